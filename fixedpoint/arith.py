"""Integer arithmetic on int64 arrays that never wraps by accident.

Every function takes integer arrays with |x| < 2^62, and raises where a result would reach 2^62.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from fixedpoint.errors import InputError
from fixedpoint.modes import overflow, rounding
from fixedpoint.typing import AnyArray, IntArray

LIMIT = 1 << 62
"""Codes stay strictly between -LIMIT and LIMIT."""
FLOAT64_EXACT = 1 << 53
"""Sums of integers below this bound are exact in float64, in any order."""

_FULL_SHIFT = 63  # every code is then below half a unit: larger shifts give the same result


def peak(array: AnyArray) -> int:
    """Give the largest absolute value as a Python integer (0 for an empty array)."""
    return max(int(array.max()), -int(array.min())) if array.size else 0


def as_codes(values: npt.ArrayLike, where: str = "codes") -> IntArray:
    """Give the values as int64, or an `InputError` if they are no integers or reach 2^62."""
    array = np.asarray(values)
    if array.size == 0:
        return array.astype(np.int64)
    integer = array.dtype.kind in "iub" or (
        array.dtype.kind == "O" and all(isinstance(v, int) for v in array.flat)
    )
    if not integer:
        raise InputError("codes must be integers", where=where, got=f"dtype {array.dtype}")
    array = array.astype(np.int64) if array.dtype.kind == "b" else array
    if peak(array) >= LIMIT:
        raise InputError("code too large", where=where, expected="|code| < 2^62", got=peak(array))
    return array.astype(np.int64, copy=False)


def round_shift(codes: npt.ArrayLike, drop: int, mode: str) -> IntArray:
    """Divide by 2^drop with a rounding mode; a negative ``drop`` multiplies, exactly.

    With f = floor(a / 2^drop), r the dropped bits and h their half, the result is f + inc. Where no
    bit is dropped nothing is rounded, in any mode.

    Parameters
    ----------
    codes : integer array
    drop : int
        Number of bits to drop; may exceed the width of the codes.
    mode : str
        A rounding mode of `fixedpoint.modes`.
    """
    a, rule = as_codes(codes), _INCREMENT[rounding(mode)]
    if drop <= 0:
        return _shift_left(a, -drop)
    n = min(drop, _FULL_SHIFT)
    floor, rest, half = a >> n, a & ((1 << n) - 1), 1 << (n - 1)
    increment = rule(floor, rest != 0, rest == half, rest > half, a < 0)
    return np.asarray(floor + increment, np.int64)  # eq: integers.1


def _shift_left(a: IntArray, n: int) -> IntArray:
    if peak(a) << n >= LIMIT:
        raise InputError(
            "left shift leaves int64", expected="result < 2^62", got=f"{peak(a)} << {n}"
        )
    return a << n if n < _FULL_SHIFT else np.zeros_like(a)  # only zeros get there


# increment(floor, inexact, tie, above half, negative)
_INCREMENT: dict[str, Callable[..., AnyArray]] = {
    "floor": lambda f, inexact, tie, above, neg: np.zeros_like(f),
    "ceil": lambda f, inexact, tie, above, neg: inexact,
    "to_zero": lambda f, inexact, tie, above, neg: neg & inexact,
    "away_from_zero": lambda f, inexact, tie, above, neg: ~neg & inexact,
    "half_up": lambda f, inexact, tie, above, neg: tie | above,
    "half_down": lambda f, inexact, tie, above, neg: above,
    "half_to_zero": lambda f, inexact, tie, above, neg: above | (tie & neg),
    "half_away": lambda f, inexact, tie, above, neg: above | (tie & ~neg),
    "half_even": lambda f, inexact, tie, above, neg: above | (tie & (f & 1 == 1)),
    "half_odd": lambda f, inexact, tie, above, neg: above | (tie & (f & 1 == 0)),
    "mag_trunc": lambda f, inexact, tie, above, neg: neg,
    "jam": lambda f, inexact, tie, above, neg: (f | 1) - f,
    "jam_unbiased": lambda f, inexact, tie, above, neg: (f | inexact) - f,
}


def increments(mode: str) -> AnyArray:
    """A rounding mode as a table: what is added to the floor, int8 (16,).

    The place of a case is ``8 odd + 4 negative + 2 half + sticky``: of the floor, of the value, the
    highest dropped bit, and whether a lower one is set. No mode depends on more than these.
    """
    odd, negative, half, sticky = (np.arange(16) >> n & 1 for n in (3, 2, 1, 0))
    high, low = half == 1, sticky == 1
    found = _INCREMENT[rounding(mode)](odd, high | low, high & ~low, high & low, negative == 1)
    return np.asarray(found, np.int8)


def bring_in_range(codes: npt.ArrayLike, signed: bool, width: int, mode: str) -> IntArray:
    """Bring codes into ``width`` bits by an overflow mode of `fixedpoint.modes`.

    ``saturate_sym`` also turns the lowest code of a signed format into its neighbour. For unsigned
    formats it equals ``saturate``, and ``keep_sign`` equals ``wrap``.
    """
    a, mode = as_codes(codes), overflow(mode)
    if not 1 <= width <= 62:
        raise InputError("width outside int64 arithmetic", expected="1..62", got=width)
    low = -(1 << (width - 1)) if signed else 0
    high = (1 << (width - signed)) - 1
    if mode == "wrap" or (mode == "keep_sign" and not signed):
        return ((a - low) & ((1 << width) - 1)) + low  # eq: integers.2
    if mode == "keep_sign":
        return (a & high) + np.where(a < 0, low, 0)
    if mode.startswith("saturate"):
        return _saturate(a, low, high, mode)
    if a.size and (int(a.min()) < low or int(a.max()) > high):
        raise InputError(
            "value outside its format",
            expected=f"{low}..{high}",
            got=int(a.min()) if int(a.min()) < low else int(a.max()),
            fix="widen the format, or choose another overflow mode",
        )
    return a


def _saturate(a: IntArray, low: int, high: int, mode: str) -> IntArray:
    if mode == "saturate_zero":
        return np.where((a < low) | (a > high), 0, a)
    floor = -high if mode == "saturate_sym" and low < 0 else low
    return np.minimum(np.maximum(a, floor), high)  # eq: integers.3; np.clip costs thrice as much


def add(a: npt.ArrayLike, b: npt.ArrayLike) -> IntArray:
    """Add; raises where a sum reaches 2^62."""
    x, y = as_codes(a), as_codes(b)
    return as_codes(x + y, "sum")  # two codes below 2^62 cannot pass 2^63: int64 holds the sum


def mul(a: npt.ArrayLike, b: npt.ArrayLike) -> IntArray:
    """Multiply elementwise; raises where a product reaches 2^62."""
    x, y = as_codes(a), as_codes(b)
    if peak(x) * peak(y) < LIMIT:
        return np.asarray(x * y)
    # The bound is too coarse, for instance 2^61 * 1 beside 1 * 2^61: unbounded integers decide.
    return as_codes(np.asarray(x.astype(object) * y.astype(object)), "product")


def matmul(a: npt.ArrayLike, b: npt.ArrayLike) -> IntArray:
    """Multiply matrices ``(..., n, k) @ (k, m)``; raises where a result reaches 2^62.

    Where |a| |b| k < 2^53, every partial sum is exact in float64, so the fast float product gives
    the same integers. Otherwise int64, or unbounded integers where int64 might not do.
    """
    x, y = as_codes(a), as_codes(b)
    bound = peak(x) * peak(y) * x.shape[-1]
    if bound < FLOAT64_EXACT:
        return np.asarray((x.astype(np.float64) @ y.astype(np.float64)).astype(np.int64))
    if bound < LIMIT:
        return np.asarray(x @ y)
    return as_codes(np.asarray(x.astype(object) @ y.astype(object)), "matrix product")
