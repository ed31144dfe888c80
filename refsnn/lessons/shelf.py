"""Where the lessons are, and what each is called. They are files to open, not in the wheel."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from refsnn.errors import InputError, nearest

FOLDER = "REFSNN_LESSONS"
CLONE = Path(__file__).resolve().parents[2] / "tutorials"
"""Beside the package, where it runs from a clone or an unpacked source distribution."""


@dataclass(frozen=True)
class Lesson:
    """One lesson."""

    number: str
    """``t00``"""
    path: Path
    title: str
    question: str

    @property
    def exercises(self) -> Path:
        """The learner's own file, in the current folder."""
        return Path(f"{self.number}_exercises.py")


@dataclass(frozen=True)
class Shelf:
    """A folder of lessons."""

    folder: Path

    @cached_property
    def lessons(self) -> Mapping[str, Lesson]:
        """Number to lesson, in order."""
        return {path.name[:3]: read(path) for path in _files(self.folder)}

    @cached_property
    def answers(self) -> Mapping[str, Mapping[str, Any]]:
        """Lesson to numeric exercise to salt and digest."""
        return dict(json.loads((self.folder / "answers.json").read_text(encoding="utf-8")))

    def lesson(self, name: str) -> Lesson:
        """The lesson called ``T06``, ``t06`` or ``6``."""
        match = re.fullmatch(r"[tT]?(\d{1,2})", name.strip())
        number = f"t{int(match[1]):02}" if match else name.lower()
        if number not in self.lessons:
            known = [each.upper() for each in self.lessons]
            raise InputError(f"no lesson {name!r}", fix=nearest(number.upper(), known))
        return self.lessons[number]

    def solution(self, lesson: Lesson) -> Path:
        """What its stub is made from."""
        return self._part("solutions", lesson)

    def checks(self, lesson: Lesson) -> Path:
        """What its exercises are tried with."""
        return self._part("checks", lesson)

    def _part(self, folder: str, lesson: Lesson) -> Path:
        path = self.folder / folder / f"{lesson.number}.py"
        if not path.is_file():
            fix = "restore it from the repository"
            raise InputError("a file of the lesson is missing", where=str(path), fix=fix)
        return path


def read(path: Path) -> Lesson:
    """Title and question of a lesson's file."""
    text = re.sub(r"^# ?", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    title = re.search(r"^# T\d\d\. (.+)$", text, re.MULTILINE)
    question = re.search(r"^## 1\. Question\n\s*(.+?)\s*^##", text, re.MULTILINE | re.DOTALL)
    return Lesson(
        number=path.name[:3],
        path=path,
        title=title[1] if title else path.stem,
        question=" ".join(question[1].split()) if question else "",
    )


def find_shelf(folder: str | Path | None = None) -> Shelf:
    """The lessons in ``folder``, or REFSNN_LESSONS, or of the clone, or in ``./tutorials``."""
    named = folder or os.environ.get(FOLDER)
    places = [Path(named)] if named else [CLONE, Path("tutorials")]
    for place in places:
        if (place / "answers.json").is_file() and _files(place):
            return Shelf(place)
    raise InputError(
        "no lessons here",
        where=", ".join(str(place) for place in places),
        fix="they come with the source: clone the repository or unpack the source distribution "
        f"(pip download --no-deps --no-binary refsnn refsnn), then name its folder tutorials by "
        f"--lessons or {FOLDER}",
    )


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("t[0-9][0-9]_*.py"))
