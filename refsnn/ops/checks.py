"""Checks of hyper-parameters and sample shapes, shared by the operations."""

from __future__ import annotations

import math

import numpy as np

from refsnn.errors import InputError
from refsnn.typing import Shape

Pair = int | tuple[int, int]
"""One number for both image axes, or one each for height and width."""


def whole(name: str, value: object, least: int) -> None:
    """Refuse anything but an integer of at least ``least``."""
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not (is_whole and value >= least):  # type: ignore[operator]
        raise InputError(
            "bad hyper-parameter", where=name, expected=f"an integer >= {least}", got=repr(value)
        )


def pair(name: str, value: Pair, least: int) -> tuple[int, int]:
    """(height, width) of a hyper-parameter that may be given as one number."""
    both = value if isinstance(value, tuple) else (value, value)
    if len(both) != 2:
        raise InputError(
            "bad hyper-parameter", where=name, expected="one or two integers", got=value
        )
    for number in both:
        whole(name, number, least)
    return both


def unit_interval(name: str, value: float, closed: bool = False) -> None:
    """Refuse anything outside [0, 1) (or [0, 1] when ``closed``)."""
    if not (0 <= value < 1 or (closed and value == 1)):
        raise InputError(
            "bad hyper-parameter", where=name, expected="[0, 1]" if closed else "[0, 1)", got=value
        )


def finite_at_least(name: str, value: float, least: float, strict: bool = False) -> None:
    """Refuse infinities, NaN and anything below (or, when ``strict``, at) ``least``."""
    if not (math.isfinite(value) and (value > least or (value == least and not strict))):
        sign = ">" if strict else ">="
        raise InputError("bad hyper-parameter", where=name, expected=f"{sign} {least}", got=value)


def image(shape: Shape) -> tuple[int, int, int]:
    """The sample shape as (C, H, W), or an error."""
    if len(shape) != 3:
        raise InputError("needs an image", expected="a sample shape (C, H, W)", got=shape)
    return shape[0], shape[1], shape[2]


def not_empty(shape: Shape) -> Shape:
    """The sample shape itself, unless it holds nothing."""
    if min(shape, default=1) < 1:
        raise InputError("the output is empty", expected="at least one element", got=shape)
    return shape
