"""Sums that are cast before they are given: compiled in one pass, equal to unbounded integers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from fixedpoint import InputError, oracle
from fixedpoint import accumulate as module
from fixedpoint.accumulate import Accumulate, Accumulator
from fixedpoint.arith import increments, round_shift
from fixedpoint.formats import Cast, Format
from fixedpoint.modes import OVERFLOWS, ROUNDINGS
from fixedpoint.register import Register

FULL = (-(2**15), 2**15 - 1)


def by_oracle(weight, x, bias, spec, out, frac):
    target, mode = spec.register.format, spec.register.overflow
    sums = [
        [
            oracle.accumulate(w, frame, b, target, mode, spec.when, bias_first=spec.bias_first)
            for w, b in zip(weight.tolist(), bias.tolist(), strict=True)
        ]
        for frame in x.tolist()
    ]
    return [[oracle.cast(total, frac, out) for total in row] for row in sums]


def compiled(monkeypatch):
    """Let every sum take the loop, however small."""
    monkeypatch.setattr(module, "LOOP", 0)


@pytest.mark.parametrize("mode", ROUNDINGS)
@pytest.mark.parametrize("drop", [1, 2, 3])
def test_a_table_is_its_rounding_mode(mode, drop):
    """Every remainder, sign and last bit, in every mode."""
    codes, table = np.arange(-64, 64), increments(mode)
    odd, negative = codes >> drop & 1, codes < 0
    half = codes >> (drop - 1) & 1
    sticky = codes & ((1 << (drop - 1)) - 1) != 0
    got = (codes >> drop) + table[8 * odd + 4 * negative + 2 * half + sticky]
    assert_array_equal(got, round_shift(codes, drop, mode))


@pytest.mark.parametrize("mode", ROUNDINGS)
@pytest.mark.parametrize("overflow", ["saturate", "saturate_sym"])
@pytest.mark.parametrize("signed", [True, False])
def test_every_small_sum(monkeypatch, mode, overflow, signed):
    """All sums of 9 bits (sent as biases) into 5 bits, for every number of dropped bits."""
    compiled(monkeypatch)
    bias = np.arange(-256, 256)
    # A weight that can leave the register: so the order counts, and the loop runs.
    weight = np.full((len(bias), 1), 300)
    spec = Accumulate(Register(9, overflow))
    for frac in range(12):
        out = Cast(Format(signed, 5, 0), mode, overflow)
        loaded = Accumulator(weight, bias, spec, (-1, 1), out, frac)
        assert not loaded.safe.any()
        x = np.array([[0], [1], [-1]])
        assert_array_equal(loaded(x), by_oracle(weight, x, bias, spec, out, frac))


@st.composite
def casts(draw):
    width = draw(st.integers(1, 20))
    target = Format(draw(st.booleans()), width, draw(st.integers(-4, 24)))
    overflows = [name for name in OVERFLOWS if name != "error"]
    return Cast(target, draw(st.sampled_from(tuple(ROUNDINGS))), draw(st.sampled_from(overflows)))


@given(
    out=casts(),
    frac=st.integers(0, 70),
    width=st.integers(4, 40),
    mode=st.sampled_from(("saturate", "saturate_sym", "wrap")),
    first=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from((3, 200, 2**15)),
)
def test_any_cast_of_any_sum(out, frac, width, mode, first, seed, scale):
    """Narrow loops, wide loops, safe rows and array code: the same integers."""
    rng = np.random.default_rng(seed)
    weight, x = (rng.integers(-scale, scale, (n, 5)) for n in (4, 3))
    weight[0] = 0
    bias = rng.integers(-scale, scale, 4)
    spec = Accumulate(Register(width, mode), bias_first=first)
    expected = by_oracle(weight, x, bias, spec, out, min(frac, out.format.frac + 66))
    with pytest.MonkeyPatch.context() as patch:
        for loop in (0, 1 << 30):
            patch.setattr(module, "LOOP", loop)
            loaded = Accumulator(
                weight, bias, spec, (-scale, scale - 1), out, min(frac, out.format.frac + 66)
            )
            assert_array_equal(loaded(x), expected)


def test_a_planted_fault_in_a_table_is_seen(monkeypatch):
    """Half to even whose ties go up: the sums of 9 bits show it."""
    import fixedpoint.loops as loops

    monkeypatch.setattr(loops, "increments", lambda mode: increments("half_up"))
    with pytest.raises(AssertionError):
        test_every_small_sum(monkeypatch, "half_even", "saturate", True)


def test_an_input_outside_its_range_is_refused_by_the_loop_too(monkeypatch):
    compiled(monkeypatch)
    loaded = Accumulator([[2**15 - 1] * 3], 0, Accumulate(Register(20)), (-3, 3))
    assert loaded([[3, 3, 3]]).tolist() == [[9 * (2**15 - 1)]]
    with pytest.raises(InputError, match=r"input outside its range: expected -3\.\.3, got 0\.\.4"):
        loaded([[0, 4, 0]])


def test_a_cast_that_may_not_overflow_says_so(monkeypatch):
    compiled(monkeypatch)
    out = Cast(Format(True, 4, 0), "floor", "error")
    loaded = Accumulator([[100, 100]], 0, Accumulate(Register(8)), (-1, 1), out, 4)
    assert loaded([[1, 0]]).tolist() == [[6]]
    with pytest.raises(InputError, match=r"value outside its format"):
        Accumulator([[120, 120]], 0, Accumulate(Register(9)), (-1, 2), out, 4)([[1, 1]])


def test_the_loop_is_plain_python_too():
    """What NUMBA_DISABLE_JIT=1 would run."""
    from fixedpoint.kernels import rescaled_sums

    rng = np.random.default_rng(0)
    weight, x = rng.integers(*FULL, (7, 9)), rng.integers(*FULL, (2, 9))
    spec, out = Accumulate(Register(31)), Cast(Format(True, 12, 3), "half_even", "saturate")
    given_ = (x, FULL, np.zeros(7, np.int32), weight.T.astype(np.int16, order="C"))
    ends, last = (-(2**30), 2**30 - 1), np.zeros(7, np.int64)
    expected = by_oracle(weight, x, last, spec, out, 20)
    for loop in (rescaled_sums, rescaled_sums.py_func):
        got = np.zeros((2, 7), np.int64)
        assert loop(*given_, last, ends, 17, increments("half_even"), (-2048, 2047), got)
        assert_array_equal(got, expected)
