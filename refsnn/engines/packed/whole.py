"""Dyadic numbers as integers: ``values = whole * factor / 2**frac``, exactly."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from refsnn.dyadic import fraction_bits, in_blocks
from refsnn.typing import IntArray

FINEST = 40
"""Grids finer than this do not fit 32 bits with anything beside them."""


class Whole(NamedTuple):
    """Integers and their unit."""

    whole: IntArray
    """int8 or int16 where they fit, else int64; no common divisor."""
    factor: int
    frac: int


def whole(values: Any) -> Whole | None:
    """Values as integers without a common divisor; None where they are not dyadic."""
    values = np.asarray(values)
    frac = fraction_bits(values, FINEST)
    if frac is None or max(values.max(initial=0), -values.min(initial=0)) * 2.0**frac >= 2.0**53:
        return None
    divisor, top = 0, 0
    for part in in_blocks(values):
        numbers = np.ldexp(part.astype(np.float64), frac).astype(np.int64)
        divisor = int(np.gcd(divisor, np.gcd.reduce(numbers))) if numbers.size else divisor
        top = max(top, int(np.abs(numbers).max(initial=0)))
    divisor = divisor or 1
    out = np.empty(values.shape, narrowest(top // divisor))
    flat, done = out.reshape(-1), 0
    for part in in_blocks(values):
        numbers = np.ldexp(part.astype(np.float64), frac).astype(np.int64)
        flat[done : done + len(part)] = numbers // divisor
        done += len(part)
    return Whole(out, divisor, frac)


def narrowest(largest: int) -> Any:
    """The smallest type for integers of either sign."""
    return np.int8 if largest <= 127 else np.int16 if largest < 2**15 else np.int64


def at_scale(values: Any, frac: int) -> IntArray:
    """``values * 2**frac``, which must be integers."""
    return np.ldexp(np.asarray(values, np.float64), frac).astype(np.int64)
