"""The array casts against the table of definitions and against unbounded integers."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from fixedpoint import OVERFLOWS, ROUNDINGS, Cast, Format, InputError, arith, oracle

VALUES = (-2.5, -1.75, -1.5, -1.25, -0.5, -0.25, 0.25, 0.5, 1.25, 1.5, 1.75, 2.5)
ROUNDED = {
    "floor": (-3, -2, -2, -2, -1, -1, 0, 0, 1, 1, 1, 2),
    "ceil": (-2, -1, -1, -1, 0, 0, 1, 1, 2, 2, 2, 3),
    "to_zero": (-2, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 2),
    "away_from_zero": (-3, -2, -2, -2, -1, -1, 1, 1, 2, 2, 2, 3),
    "half_up": (-2, -2, -1, -1, 0, 0, 0, 1, 1, 2, 2, 3),
    "half_down": (-3, -2, -2, -1, -1, 0, 0, 0, 1, 1, 2, 2),
    "half_to_zero": (-2, -2, -1, -1, 0, 0, 0, 0, 1, 1, 2, 2),
    "half_away": (-3, -2, -2, -1, -1, 0, 0, 1, 1, 2, 2, 3),
    "half_even": (-2, -2, -2, -1, 0, 0, 0, 0, 1, 2, 2, 2),
    "half_odd": (-3, -2, -1, -1, -1, 0, 0, 1, 1, 1, 2, 3),
    "jam_unbiased": (-3, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 3),
}
INTEGERS = (-2, -1, 0, 1, 2)
ROUNDED_INTEGERS = {  # where bits are dropped, two modes change exact integers as well
    "mag_trunc": (-1, 0, 0, 1, 2),
    "jam": (-1, -1, 1, 1, 3),
}
CODES = (-19, -9, -8, -7, 7, 8, 9, 19)
LIMITED = {
    "wrap": (-3, 7, -8, -7, 7, -8, -7, 3),
    "saturate": (-8, -8, -8, -7, 7, 7, 7, 7),
    "saturate_sym": (-7, -7, -7, -7, 7, 7, 7, 7),
    "saturate_zero": (0, 0, -8, -7, 7, 0, 0, 0),
    "keep_sign": (-3, -1, -8, -7, 7, 0, 1, 3),
}


@pytest.mark.parametrize("mode", ROUNDED)
def test_rounding_table(mode):
    quarters = [round(4 * v) for v in VALUES]
    assert tuple(arith.round_shift(quarters, 2, mode)) == ROUNDED[mode]  # eq: integers.1
    assert tuple(oracle.round_value(Fraction(v), mode) for v in VALUES) == ROUNDED[mode]


@pytest.mark.parametrize("mode", ROUNDINGS)
def test_rounding_of_exact_integers(mode):
    expected = ROUNDED_INTEGERS.get(mode, INTEGERS)
    assert tuple(arith.round_shift(4 * np.array(INTEGERS), 2, mode)) == expected
    assert tuple(oracle.round_code(4 * v, 2, mode) for v in INTEGERS) == expected
    assert tuple(arith.round_shift(INTEGERS, 0, mode)) == INTEGERS, (
        "nothing dropped, nothing rounded"
    )


def test_the_tables_cover_all_modes():
    assert set(ROUNDED) | set(ROUNDED_INTEGERS) == set(ROUNDINGS)
    assert set(LIMITED) | {"error"} == set(OVERFLOWS)


@pytest.mark.parametrize("mode", LIMITED)
def test_overflow_table(mode):
    # eq: integers.2 integers.3
    assert tuple(arith.bring_in_range(CODES, True, 4, mode)) == LIMITED[mode]
    assert tuple(oracle.overflow_code(c, Format(True, 4), mode) for c in CODES) == LIMITED[mode]


MEAN_ERROR = {  # in steps of the result, over all codes, n bits dropped
    "floor": lambda n: -(1 - Fraction(1, 2**n)) / 2,
    "ceil": lambda n: (1 - Fraction(1, 2**n)) / 2,
    "half_up": lambda n: Fraction(1, 2 ** (n + 1)),
    "half_down": lambda n: -Fraction(1, 2 ** (n + 1)),
    "half_even": lambda n: 0,
    "half_odd": lambda n: 0,
}


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("mode", MEAN_ERROR)
def test_mean_error_of_a_rounding(mode, n):
    codes = np.arange(-(1 << (n + 2)), 1 << (n + 2))
    lost = (arith.round_shift(codes, n, mode) << n) - codes
    assert Fraction(int(lost.sum()), len(codes) << n) == MEAN_ERROR[mode](n)  # eq: integers.4


def differences(width_in, cast_array=Cast.cast):
    """Compare arrays with the oracle: all codes of ``width_in`` bits, all modes, all drops."""
    codes = np.arange(-(1 << (width_in - 1)), 1 << width_in)  # both signed and unsigned codes
    wrong = 0
    for mode, over, drop, width, signed in product(
        ROUNDINGS, LIMITED, range(-2, 5), (1, 2, width_in - 1), (True, False)
    ):
        how = Cast(Format(signed, width), mode, over)
        expected = [oracle.cast(int(c), drop, how) for c in codes]
        wrong += int((cast_array(how, codes, drop) != expected).sum())
    return wrong


@pytest.mark.parametrize("width", range(4, 9))
def test_arrays_equal_the_oracle_exhaustively(width):
    assert differences(width) == 0


@pytest.mark.parametrize("mode", ROUNDINGS)
def test_six_bits_of_every_rounding(mode):
    codes = np.arange(-32, 32)
    for drop in range(5):
        expected = [oracle.round_code(int(c), drop, mode) for c in codes]
        assert_array_equal(arith.round_shift(codes, drop, mode), expected)


@pytest.mark.parametrize(
    ("mode", "fault"),
    [
        ("half_up", lambda f, inexact, tie, above, neg: above),
        ("half_even", lambda f, inexact, tie, above, neg: above | (tie & (f & 1 == 0))),
        ("to_zero", lambda f, inexact, tie, above, neg: neg),
        ("jam_unbiased", lambda f, inexact, tie, above, neg: (f | 1) - f),
    ],
)
def test_a_planted_rounding_fault_is_found(monkeypatch, mode, fault):
    monkeypatch.setitem(arith._INCREMENT, mode, fault)
    assert differences(4) > 0


def test_overflow_before_rounding_is_found():
    def swapped(how, codes, frac_in):
        frac = frac_in - how.format.frac
        wide = how.format.width + max(frac, 0)
        limited = arith.bring_in_range(codes, how.format.signed, min(wide, 62), how.overflow)
        return arith.round_shift(limited, frac, how.rounding)

    assert differences(4, swapped) > 0


def test_round_first_then_overflow():
    code = [31]  # 7.75 in s6.2
    assert Cast(Format(True, 4), "half_up", "saturate").cast(code, 2) == 7
    assert Cast(Format(True, 4), "half_up", "wrap").cast(code, 2) == -8


def test_error_mode_raises_exactly_outside():
    how = Cast(Format(True, 4))
    assert_array_equal(how.cast([-8, 7], 0), [-8, 7])
    for code in (-9, 8):
        with pytest.raises(InputError, match="value outside its format"):
            how.cast([code], 0)
        with pytest.raises(InputError):
            oracle.cast(code, 0, how)


@given(st.integers(-(2**62) + 1, 2**62 - 1), st.integers(0, 200), st.sampled_from(ROUNDINGS))
def test_wide_codes_and_shifts_beyond_the_width(code, drop, mode):
    assert int(arith.round_shift([code], drop, mode)[0]) == oracle.round_code(code, drop, mode)


@given(
    st.integers(-(2**62) + 1, 2**62 - 1),
    st.sampled_from(ROUNDINGS),
    st.sampled_from(list(LIMITED)),
    st.integers(-70, 70),
    st.integers(1, 62),
    st.booleans(),
)
def test_any_cast_equals_the_oracle_or_raises(code, mode, over, frac_in, width, signed):
    how = Cast(Format(signed, width, 3), mode, over)
    shifted = abs(code) << max(3 - frac_in, 0)
    if shifted >= 2**62:
        with pytest.raises(InputError, match="left shift"):
            how.cast([code], frac_in)
    else:
        assert int(how.cast([code], frac_in)[0]) == oracle.cast(code, frac_in, how)
