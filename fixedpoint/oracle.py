"""The same conversions in unbounded Python integers and fractions: slow, obvious, the last word.

Nothing here uses shifts, masks or the formulas of `fixedpoint.arith`: a value is a fraction, and a
rounding is a choice between its two integer neighbours.
"""

from __future__ import annotations

import math
from fractions import Fraction

from fixedpoint.errors import InputError
from fixedpoint.formats import Cast, Format
from fixedpoint.modes import overflow, rounding


def round_value(value: Fraction, mode: str) -> int:
    """Round a fraction to an integer, by definition of the mode."""
    mode = rounding(mode)
    below, above = math.floor(value), math.ceil(value)
    if mode == "mag_trunc":  # add the sign bit, also to an exact negative integer
        return below + 1 if value < 0 else below
    if mode == "jam":  # the last bit always becomes one
        return below if below % 2 == 1 else below + 1
    if below == above:
        return below
    return _choose(value, below, above, mode)


def _choose(value: Fraction, below: int, above: int, mode: str) -> int:
    inner, outer = sorted((below, above), key=abs)
    even, odd = (below, above) if below % 2 == 0 else (above, below)
    directed = {
        "floor": below,
        "ceil": above,
        "to_zero": inner,
        "away_from_zero": outer,
        "jam_unbiased": odd,
    }
    if mode in directed:
        return directed[mode]
    if value - below != above - value:
        return below if value - below < above - value else above
    return {
        "half_up": above,
        "half_down": below,
        "half_to_zero": inner,
        "half_away": outer,
        "half_even": even,
        "half_odd": odd,
    }[mode]


def round_code(code: int, drop: int, mode: str) -> int:
    """Divide by 2^drop and round; where no bit is dropped the value is exact and stays."""
    value = Fraction(code) / Fraction(2) ** drop
    return round_value(value, mode) if drop > 0 else int(value)


def overflow_code(code: int, target: Format, mode: str) -> int:
    """Bring an integer into a format, by definition of the mode."""
    mode = overflow(mode)
    if mode == "error" and not target.low <= code <= target.high:
        raise InputError("value outside its format", expected=str(target), got=code)
    if mode == "saturate_sym" and target.signed:
        return max(-target.high, min(target.high, code))
    if mode in ("saturate", "saturate_sym"):
        return max(target.low, min(target.high, code))
    if mode == "keep_sign" and target.signed:  # the sign bit, and all lower bits but the sign's
        return code % (target.high + 1) + (target.low if code < 0 else 0)
    if target.low <= code <= target.high:
        return code
    if mode == "saturate_zero":
        return 0
    period = target.high - target.low + 1
    return target.low + (code - target.low) % period


def cast(code: int, frac_in: int, how: Cast) -> int:
    """Convert one code with ``frac_in`` fractional bits: round first, then overflow."""
    rounded = round_code(code, frac_in - how.format.frac, how.rounding)
    return overflow_code(rounded, how.format, how.overflow)


def accumulate(
    weights: list[int], inputs: list[int], bias: int, target: Format, mode: str, when: str,
    *, bias_first: bool = True,
) -> int:  # fmt: skip
    """Sum one row in unbounded integers: the register after every product, after all, or never."""
    terms = [w * x for w, x in zip(weights, inputs, strict=True)]
    terms = [bias, *terms] if bias_first else [*terms, bias]
    if when != "each_add":
        total = sum(terms)
        return total if when == "never" else overflow_code(total, target, mode)
    acc = 0
    for term in terms:
        acc = overflow_code(acc + term, target, mode)
    return acc
