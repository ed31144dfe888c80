"""Numeric answers, compared by a salted SHA-256: no file holds one in clear."""

from __future__ import annotations

import hashlib
import operator

from refsnn.errors import InputError
from refsnn.lessons.shelf import Lesson, Shelf


def digest(lesson: str, exercise: int, salt: str, answer: int) -> str:
    """SHA-256 of a whole number, salted: so that no file holds the answer in clear."""
    text = f"{salt}:{lesson}:{exercise}:{operator.index(answer)}"
    return hashlib.sha256(text.encode()).hexdigest()


def check_number(shelf: Shelf, lesson: Lesson, exercise: int, answer: int) -> bool:
    """Whether this is the answer to a numeric exercise (``answers.json`` holds the digests)."""
    known = shelf.answers.get(lesson.number, {})
    entry = known.get(str(exercise))
    if entry is None:
        numeric = f"exercises with a number: {', '.join(sorted(known)) or 'none'}"
        raise InputError(f"no numeric exercise {exercise}", where=lesson.number, fix=numeric)
    try:
        return digest(lesson.number, exercise, entry["salt"], answer) == str(entry["sha256"])
    except TypeError:
        where = f"{lesson.number}, exercise {exercise}"
        raise InputError("not a whole number", where=where, got=repr(answer)) from None


def whole(text: str) -> int:
    """A whole number typed by the learner."""
    try:
        return int(text)
    except ValueError:
        raise InputError("not a whole number", where="--answer", got=repr(text)) from None
