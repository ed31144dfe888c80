from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixedpoint import OVERFLOWS, ROUNDINGS, Cast, Format, InputError, overflow, rounding
from fixedpoint.modes import OVERFLOW_ALIASES, ROUNDING_ALIASES


def test_a_format_is_its_range_and_step():
    signed, unsigned = Format(True, 8, 4), Format(False, 5)
    assert (signed.low, signed.high, signed.step, str(signed)) == (
        -128,
        127,
        Fraction(1, 16),
        "s8.4",
    )
    assert (unsigned.low, unsigned.high, unsigned.step, str(unsigned)) == (0, 31, 1, "u5.0")
    assert (Format(True, 1).low, Format(True, 1).high) == (-1, 0)


def test_contains_is_tight_at_both_ends():
    fmt = Format(True, 4)
    assert fmt.contains(np.arange(-8, 8))
    assert not fmt.contains([-9])
    assert not fmt.contains([8])


def test_contains_works_where_the_format_is_wider_than_int64():
    assert Format(True, 80).contains([2**62, -(2**62)])


@given(st.booleans(), st.integers(1, 99), st.integers(-9, 99))
def test_text_round_trip(signed, width, frac):
    fmt = Format(signed, width, frac)
    assert Format.parse(str(fmt)) == fmt


@pytest.mark.parametrize("text", ["", "s8", "8.0", "x8.0", "s.4", "s8.", "s-8.0", "s8.4.2", "s0.0"])
def test_bad_text_is_refused(text):
    with pytest.raises(InputError):
        Format.parse(text)


@given(st.integers(-(2**20), 2**20), st.integers(0, 2**20))
def test_holding_is_the_narrowest(low, length):
    fmt = Format.holding(low, low + length)
    assert fmt.low <= low
    assert low + length <= fmt.high
    if fmt.width > 1:
        narrower = Format(fmt.signed, fmt.width - 1)
        assert low < narrower.low or low + length > narrower.high


@pytest.mark.parametrize(
    "bad", [{"width": 0}, {"width": True}, {"width": 2.0}, {"signed": 1}, {"frac": "0"}]
)
def test_bad_formats_are_refused(bad):
    with pytest.raises(InputError):
        Format(**({"signed": True, "width": 8, "frac": 0} | bad))


def test_require_names_the_first_value_outside():
    with pytest.raises(
        InputError, match=r"port a: value outside s8\.0: expected -128..127, got 132"
    ):
        Format(True, 8).require([1, 132, 200], "port a")


def test_the_qonnx_trap():
    assert rounding("qonnx:HALF_UP") == "half_away"
    assert rounding("qonnx:HALF_DOWN") == "half_to_zero"
    assert rounding("half_up") == "half_up"
    assert Cast(Format(True, 8), "qonnx:HALF_UP").cast([-5], 1) == -3
    assert Cast(Format(True, 8), "half_up").cast([-5], 1) == -2


def test_every_alias_is_canonical_and_namespaced():
    assert set(ROUNDING_ALIASES.values()) == set(ROUNDINGS)
    assert set(OVERFLOW_ALIASES.values()) == set(OVERFLOWS)
    assert all(":" in name for name in ROUNDING_ALIASES)
    assert overflow("narrow_range") == "saturate_sym"
    assert Cast(Format(True, 4), "ap_fixed:AP_RND", "apytypes:SAT") == Cast(
        Format(True, 4), "half_up", "saturate"
    )


def test_unknown_names_get_a_hint():
    with pytest.raises(InputError, match="did you mean 'half_even'"):
        rounding("half_evn")
    with pytest.raises(InputError, match="did you mean 'qonnx:HALF_UP'"):
        rounding("qonnx:HALFUP")
    with pytest.raises(InputError, match="unknown rounding"):
        rounding("HALF_UP")
    with pytest.raises(InputError, match="unknown overflow"):
        overflow("ap_fixed:AP_WRAP_SM")
