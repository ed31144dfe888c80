"""Seals of the check files: a verdict counts only if the checks are those of the lesson.

After a change of a check file its author seals them again: ``python -m refsnn.lessons.seals``.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from refsnn.errors import InputError
from refsnn.lessons.shelf import Lesson, Shelf, find_shelf


def seal(path: Path) -> str:
    """SHA-256 of a file's text, whatever its line ends are."""
    return hashlib.sha256(path.read_text(encoding="utf-8").encode()).hexdigest()


def sealed_checks(shelf: Shelf, lesson: Lesson) -> Path:
    """The check file of a lesson, if it is the one that was sealed."""
    path = shelf.checks(lesson)
    if _kept(shelf).get(lesson.number) != seal(path):
        raise InputError(
            "not the check file that came with the lesson, so its verdict would mean nothing",
            where=str(path),
            fix="restore it (git checkout FILE); nothing of yours was touched. "
            "Its author seals a new one: python -m refsnn.lessons.seals",
        )
    return path


def write_seals(shelf: Shelf) -> Path:
    """Seal every check file."""
    seals = {number: seal(shelf.checks(lesson)) for number, lesson in shelf.lessons.items()}
    path = _file(shelf)
    path.write_text(json.dumps(seals, indent=2) + "\n", encoding="utf-8")
    return path


def _kept(shelf: Shelf) -> dict[str, str]:
    path = _file(shelf)
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _file(shelf: Shelf) -> Path:
    return shelf.folder / "checks" / "seals.json"


if __name__ == "__main__":
    print(f"wrote {write_seals(find_shelf())}")
