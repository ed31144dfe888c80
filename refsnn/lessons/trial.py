"""Try a learner's file, each exercise in a process of its own, with a limit of time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from refsnn.errors import InputError
from refsnn.lessons import judge
from refsnn.lessons.progress import NOT_YET

SECONDS = 30.0
"""The default limit of an exercise; each takes a few."""

CHILD = f"import sys; from {judge.__name__} import main; main(sys.argv[1:])"

START = 120.0
"""More than a process needs to start, even on a busy machine."""


class Verdict(NamedTuple):
    """What became of one exercise."""

    exercise: int
    said: str
    """right, not yet, or not begun."""
    why: str
    """The first counter-example, or the error; empty if there is none."""


def try_exercises(checks: Path, work: Path, seconds: float = SECONDS) -> Iterator[Verdict]:
    """One verdict for every exercise of the check file."""
    if not work.is_file():
        raise InputError("no such file", where=str(work))
    if not seconds > 0:
        raise InputError("time limit", where="--seconds", expected="> 0", got=seconds)
    for exercise in judge.load(checks).EXERCISES:
        yield try_exercise(checks, exercise, work, seconds)


def try_exercise(checks: Path, exercise: int, work: Path, seconds: float) -> Verdict:
    """Run the child process; what the learner's code prints goes to standard error."""
    with tempfile.TemporaryDirectory() as folder:
        words = [checks.resolve(), exercise, work.resolve(), seconds, folder]
        command = [sys.executable, "-c", CHILD, *map(str, words)]
        try:
            child = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=2, timeout=seconds + START, check=False
            )
        except subprocess.TimeoutExpired:
            return Verdict(exercise, NOT_YET, _too_long(seconds, ""))
        said = Path(folder) / "verdict.json"
        if said.is_file():
            return Verdict(exercise, **json.loads(said.read_text(encoding="utf-8")))
        stopped = Path(folder) / "stopped.txt"
        trace = stopped.read_text(encoding="utf-8") if stopped.is_file() else ""
    if "Timeout" in trace:
        return Verdict(exercise, NOT_YET, _too_long(seconds, _line(trace, work)))
    return Verdict(exercise, NOT_YET, f"{work.name} ended Python itself (code {child.returncode})")


def _too_long(seconds: float, place: str) -> str:
    return f"stopped after {seconds:g} s: an endless loop?{place}"


def _line(trace: str, work: Path) -> str:
    """Where the learner's code was when it was stopped: the innermost line comes first."""
    match = re.search(rf'File ".*{re.escape(work.name)}", line (\d+) in (\S+)', trace)
    return f" It was at line {match[1]} of {work.name}, in {match[2]}" if match else ""
