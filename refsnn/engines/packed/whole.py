"""Dyadic numbers as integers: ``values = whole * factor / 2**frac``, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from refsnn.typing import Array, IntArray

FINEST = 40
"""Grids finer than this do not fit 32 bits with anything beside them."""
BLOCK = 1 << 18
"""Numbers that are looked at together: temporary arrays stay small."""


class Whole(NamedTuple):
    """Integers and their unit."""

    whole: IntArray
    """int8 or int16 where they fit, else int64; no common divisor."""
    factor: int
    frac: int


def fraction_bits(values: Any) -> int | None:
    """Smallest f >= 0 for which all values are multiples of ``2**-f``; None past `FINEST`.

    >>> fraction_bits(np.array([0.5, 3.0, 0.375]))
    3
    """
    most = 0
    for part in _parts(values):
        mantissa, exponent = np.frexp(part[part != 0].astype(np.float64))
        digits = np.ldexp(mantissa, 53).astype(np.int64)
        lowest = np.frexp((digits & -digits).astype(np.float64))[1] - 1  # trailing zeros
        most = max(most, int((53 - lowest - exponent).max(initial=0)))
    return most if most <= FINEST else None


def whole(values: Any) -> Whole | None:
    """Values as integers without a common divisor; None where they are not dyadic."""
    values = np.asarray(values)
    frac = fraction_bits(values)
    if frac is None or np.abs(values).max(initial=0) * 2.0**frac >= 2.0**53:
        return None
    divisor, top = 0, 0
    for part in _parts(values):
        numbers = np.ldexp(part.astype(np.float64), frac).astype(np.int64)
        divisor = int(np.gcd(divisor, np.gcd.reduce(numbers))) if numbers.size else divisor
        top = max(top, int(np.abs(numbers).max(initial=0)))
    divisor = divisor or 1
    out = np.empty(values.shape, narrowest(top // divisor))
    flat, done = out.reshape(-1), 0
    for part in _parts(values):
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


def _parts(values: Any) -> Iterator[Array]:
    flat = np.asarray(values).reshape(-1)
    for start in range(0, len(flat), BLOCK):
        yield flat[start : start + BLOCK]
