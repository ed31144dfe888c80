"""Dyadic rationals: integers over a power of two, which floats hold exactly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from refsnn.typing import Array

BLOCK = 1 << 18
"""Numbers that are looked at together: temporary arrays stay small."""


def fraction_bits(values: Any, finest: int) -> int | None:
    """Smallest f >= 0 for which all values are multiples of ``2**-f``; None past ``finest``.

    >>> fraction_bits(np.array([0.5, 3.0, 0.375]), 40)
    3
    """
    most = 0
    for part in in_blocks(values):
        if not np.all(np.isfinite(part)):
            return None
        mantissa, exponent = np.frexp(part[part != 0].astype(np.float64))
        digits = np.ldexp(mantissa, 53).astype(np.int64)
        lowest = np.frexp((digits & -digits).astype(np.float64))[1] - 1  # trailing zeros
        most = max(most, int((53 - lowest - exponent).max(initial=0)))
        if most > finest:
            return None
    return most


def in_blocks(values: Any) -> Iterator[Array]:
    """All values, some at a time."""
    flat = np.asarray(values).reshape(-1)
    for start in range(0, len(flat), BLOCK):
        yield flat[start : start + BLOCK]
