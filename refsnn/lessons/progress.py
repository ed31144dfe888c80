"""What a learner has solved: a small file beside the exercises."""

from __future__ import annotations

import json
from pathlib import Path

from refsnn.errors import InputError
from refsnn.lessons.shelf import Lesson

FILE = Path("refsnn_progress.json")
"""In the current folder, where the exercises are."""

RIGHT, NOT_YET, NOT_BEGUN = "right", "not yet", "not begun"

Progress = dict[str, dict[str, str]]
"""Lesson to exercise to one of the three."""


def read_progress(path: Path = FILE) -> Progress:
    """What was noted so far; empty if nothing was."""
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(n): {str(k): str(v) for k, v in e.items()} for n, e in found.items()}
    except (ValueError, AttributeError) as error:
        fix = "mend it, or move it away to start anew"
        raise InputError("not a file of progress", where=str(path), fix=fix) from error


def note(lesson: Lesson, said: dict[int, str], path: Path = FILE) -> None:
    """Note verdicts. A number once found stays found; code is as good as it was when last tried."""
    progress = read_progress(path)
    known = progress.setdefault(lesson.number, {})
    known.update({str(exercise): verdict for exercise, verdict in said.items()})
    text = json.dumps(progress, indent=2, sort_keys=True) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
