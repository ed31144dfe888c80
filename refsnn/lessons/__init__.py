"""The lessons: where they are, their exercises, and a check of what a learner wrote."""

from __future__ import annotations

import os
from pathlib import Path

from refsnn.lessons.numbers import check_number, digest
from refsnn.lessons.shelf import Lesson, Shelf, find_shelf
from refsnn.lessons.stubs import blank, write_stub
from refsnn.lessons.tables import played, text_table
from refsnn.lessons.trial import Verdict, try_exercises

FIGURES = "REFSNN_FIGURE_DIR"


def figure_path(name: str) -> Path:
    """Where a lesson writes its figure: in REFSNN_FIGURE_DIR, or else in the current folder."""
    return Path(os.environ.get(FIGURES, ".")) / name


__all__ = [
    "Lesson",
    "Shelf",
    "Verdict",
    "blank",
    "check_number",
    "digest",
    "figure_path",
    "find_shelf",
    "played",
    "text_table",
    "try_exercises",
    "write_stub",
]
