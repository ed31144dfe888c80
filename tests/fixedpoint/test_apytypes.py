"""Casts against APyTypes, an implementation nobody here wrote; and where it is not the judge."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from fixedpoint.accumulate import Accumulate, accumulate
from fixedpoint.arith import bring_in_range, round_shift
from fixedpoint.modes import OVERFLOW_ALIASES, ROUNDING_ALIASES
from fixedpoint.register import Register

ap = pytest.importorskip("apytypes")

NAMES = {
    alias.removeprefix("apytypes:"): mode
    for alias, mode in ROUNDING_ALIASES.items()
    if alias.startswith("apytypes:")
}
OVERFLOWS = {
    alias.removeprefix("apytypes:"): mode
    for alias, mode in OVERFLOW_ALIASES.items()
    if alias.startswith("apytypes:")
}


def from_codes(codes, width, frac):
    return ap.APyFixedArray.from_array(np.ldexp(codes.astype(float), -frac), width - frac, frac)


def to_codes(values, frac):
    return np.ldexp(values.to_numpy(), frac).astype(np.int64)


@pytest.mark.parametrize("name", NAMES)
def test_every_rounding_of_all_eight_bit_codes(name):
    codes = np.arange(-128, 128)
    for drop in (1, 2, 3, 4):
        rounding = getattr(ap.QuantizationMode, name)
        # one more bit above, so that nothing overflows
        theirs = from_codes(codes, 8, drop).cast(9 - drop + 1, 0, rounding)
        assert_array_equal(round_shift(codes, drop, NAMES[name]), to_codes(theirs, 0))


@pytest.mark.parametrize("name", OVERFLOWS)
def test_every_overflow_of_all_ten_bit_codes(name):
    codes = np.arange(-512, 512)
    for width in (1, 2, 4, 8):
        mode = getattr(ap.OverflowMode, name)
        theirs = from_codes(codes, 10, 0).cast(width, 0, overflow=mode)
        assert_array_equal(bring_in_range(codes, True, width, OVERFLOWS[name]), to_codes(theirs, 0))


def test_its_saturating_accumulator_is_not_the_judge():
    """Five products 1 * 2 in three signed bits: 3 by definition. Version 0.5.1 gives 10."""
    ones, twos = np.ones(5, np.int64), np.full(5, 2)
    assert accumulate(ones[None], twos[None], spec=Accumulate(Register(3))).item() == 3
    a, b = from_codes(ones[None], 4, 0), from_codes(twos[:, None], 4, 0)
    with ap.APyFixedAccumulatorContext(int_bits=3, frac_bits=0, overflow=ap.OverflowMode.SAT):
        theirs = to_codes(a @ b, 0).item()
    if theirs == 3:
        pytest.skip(f"APyTypes {ap.__version__} saturates: compare accumulators with it too")
    assert theirs == 10
