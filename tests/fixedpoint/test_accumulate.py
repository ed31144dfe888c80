"""Saturating sums: equal to unbounded integers, in the stated order, whatever computes them."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from fixedpoint import InputError, IntIF, oracle, run_neuron
from fixedpoint import accumulate as module
from fixedpoint.accumulate import Accumulate, Accumulator, accumulate, if_step, safe_rows
from fixedpoint.register import Register

MODES = ("saturate", "saturate_sym", "wrap")


def by_oracle(weight, x, bias, spec):
    target, mode = spec.register.format, spec.register.overflow
    return [
        [
            oracle.accumulate(list(row), list(frame), int(b), target, mode, spec.when,
                              bias_first=spec.bias_first)
            for row, b in zip(weight.tolist(), bias, strict=True)
        ]
        for frame in x.tolist()
    ]  # fmt: skip


@st.composite
def sums(draw):
    rows, inputs, frames = (draw(st.integers(1, 4)) for _ in range(3))
    values = st.integers(-60, 60)
    weight, x, bias = (
        np.array(draw(st.lists(values, min_size=n, max_size=n)), np.int64)
        for n in (rows * inputs, frames * inputs, rows)
    )
    spec = Accumulate(
        Register(draw(st.integers(4, 16)), draw(st.sampled_from(MODES))),
        draw(st.sampled_from(("each_add", "each_step"))),
        draw(st.booleans()),
    )
    return weight.reshape(rows, inputs), x.reshape(frames, inputs), bias, spec


@given(case=sums())
def test_any_sum_equals_unbounded_integers(case):
    weight, x, bias, spec = case
    assert_array_equal(accumulate(weight, x, bias, spec=spec), by_oracle(weight, x, bias, spec))


@given(case=sums())
def test_the_compiled_loop_equals_the_array_code(case):
    """And its plain Python function too: what NUMBA_DISABLE_JIT=1 would run."""
    from fixedpoint.kernels import add_in_order, add_in_order_32

    weight, x, _, spec = case
    register = spec.register
    if register.overflow == "wrap":
        return
    low, high = register.format.low + (register.overflow == "saturate_sym"), register.format.high
    columns = np.ascontiguousarray(weight.T)
    begin = np.zeros((len(x), len(weight)), np.int64)
    expected = module.add_columns(begin, x, columns, register)
    for loop in (add_in_order, add_in_order.py_func):
        acc = begin.copy()
        loop(acc, x, columns.astype(np.int32), low, high)
        assert_array_equal(acc, expected)
    for loop in (add_in_order_32, add_in_order_32.py_func):
        narrow = begin.astype(np.int32)
        with np.errstate(over="ignore"):
            loop(narrow, x, columns.astype(np.int16), np.int32(low), np.int32(high))
        assert_array_equal(narrow, expected)


@pytest.mark.parametrize("width", [30, 31, 32, 33])
@pytest.mark.parametrize("mode", ["saturate", "saturate_sym"])
def test_both_ends_of_full_registers(width, mode):
    """Largest products, of both signs, that leave 32 bits from either end, and return."""
    ends = np.array([-(2**15), 1 - 2**15, -1, 1, 2**15 - 1])
    weight = np.array(list(product(ends, repeat=4)))
    x = np.array([[1, 1, 1, 1], [-1, 1, 1, -1], [1, 1, -1, -1]]) * (2**15 - 1)
    x[1] -= np.sign(x[1]) < 0  # -2**15
    spec = Accumulate(Register(width, mode))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LOOP", 0)
        got = accumulate(weight, x, 0, spec=spec, x_range=(-(2**15), 2**15 - 1))
    assert_array_equal(got, by_oracle(weight, x, np.zeros(len(weight), np.int64), spec))


@given(case=sums(), one=st.booleans())
def test_the_way_to_the_compiled_loop(case, one):
    """However small the sum, and with arrays that must not be written to."""
    weight, x, bias, spec = case
    x = x[:1] if one else x
    for array in (weight, x, bias):
        array.setflags(write=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LOOP", 0)
        got = accumulate(weight, x, bias, spec=spec)
    assert_array_equal(got, by_oracle(weight, x, bias, spec))


@pytest.mark.parametrize("mode", MODES)
def test_every_small_row(mode):
    """Three weights, three inputs, a register of three bits: all of them, in both orders of bias."""
    values = np.array(list(product((-2, -1, 1, 2), repeat=3)))
    for bias_first in (True, False):
        spec = Accumulate(Register(3, mode), bias_first=bias_first)
        bias = np.arange(len(values)) % 5 - 2
        got = accumulate(values, values, bias, spec=spec)
        assert_array_equal(got, by_oracle(values, values, bias, spec))


def test_the_order_matters():
    spec = Accumulate(Register(8))
    assert accumulate([[1, 1, 1]], [[100, 100, -100]], spec=spec) == 27
    assert accumulate([[1, 1, 1]], [[100, -100, 100]], spec=spec) == 100
    free = Accumulate(Register(8), "each_step")
    assert accumulate([[1, 1, 1]], [[100, 100, -100]], spec=free) == 100
    wraps = Accumulate(Register(8, "wrap"))
    assert accumulate([[1, 1, 1]], [[100, 100, -100]], spec=wraps) == 100  # any order, if it fits
    assert accumulate([[1, 1]], [[100, 100]], spec=wraps) == -56


@given(case=sums())
def test_a_safe_row_never_leaves_the_register(case):
    """No partial sum of it, in the order that reaches farthest: the proof's own claim."""
    weight, x, bias, spec = case
    span = (int(x.min()), int(x.max()))
    safe = safe_rows(weight, bias, span, spec.register)
    low, high = spec.register.format.low, spec.register.format.high
    low += spec.register.overflow == "saturate_sym"
    for row, b, good in zip(weight, bias, safe, strict=True):
        for frame in product(span, repeat=len(row)):
            terms = [int(b), *(int(w) * v for w, v in zip(row, frame, strict=True))]
            for ordered in (sorted(terms), sorted(terms, reverse=True)):
                partial = np.cumsum([0, *ordered])
                if good:
                    assert low <= partial.min() <= partial.max() <= high


def test_a_planted_fault_in_the_proof_is_seen(monkeypatch):
    """A proof that forgets the partial sums takes the fast way, and the answer is another."""
    weight, x = np.array([[1, 1, 1]]), np.array([[100, 100, -100]])
    spec = Accumulate(Register(8))
    assert not safe_rows(weight, np.zeros(1, np.int64), (-100, 100), spec.register)[0]
    monkeypatch.setattr(module, "safe_rows", lambda *a: np.array([True]))
    assert accumulate(weight, x, spec=spec) != 27


def test_never_means_proven():
    spec = Accumulate(Register(8), "never")
    assert accumulate([[1, 1]], [[60, 60]], spec=spec) == 120
    with pytest.raises(InputError, match=r"row 1: a sum could leave .* use 9 bits"):
        accumulate([[1, 1], [1, 2]], [[60, 60]], spec=spec)
    with pytest.raises(InputError, match="row 0"):  # another input might
        accumulate([[1, 1]], [[1, 1]], spec=spec, x_range=(0, 100))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2]], [[1]]), "shapes do not fit"),
        (([1, 2], [[1, 2]]), "no matrix"),
        (([[1 << 40]], [[1 << 40]]), "the sum could leave int64"),
        (([[1.5]], [[1]]), "codes must be integers"),
    ],
)
def test_bad_sums(arguments, message):
    with pytest.raises(InputError, match=message):
        accumulate(*arguments, spec=Accumulate(Register(8)))
    with pytest.raises(InputError, match="unknown moment"):
        Accumulate(Register(8), "sometimes")


@given(
    v=st.lists(st.integers(-128, 127), min_size=1, max_size=40),
    theta=st.integers(1, 127),
    mode=st.sampled_from(("saturate", "saturate_sym")),
    kind=st.sampled_from((np.int16, np.int32)),
    data=st.data(),
)
def test_a_compiled_step_is_that_of_the_integer_neuron(v, theta, mode, kind, data):
    register = Register(8, mode)
    v = np.maximum(np.array(v, kind), -127)
    values = st.integers(-(2**15), 2**15 - 1)
    current = np.array(data.draw(st.lists(values, min_size=len(v), max_size=len(v))), kind)
    after, spikes = if_step(v, current, theta, register)
    neuron = IntIF(theta=theta, v_init=v.astype(np.int64), membrane=register)
    run = run_neuron(neuron, current[None].astype(np.int64))
    assert_array_equal(after, run.v_end)
    assert_array_equal(spikes, run.spikes[0])
    assert after.dtype == kind


def test_a_step_that_does_not_fit_its_type():
    v = np.zeros(4, np.int16)
    with pytest.raises(InputError, match="register"):
        if_step(v, v, 3, Register(17))
    with pytest.raises(InputError, match="types"):
        if_step(v.astype(np.int64), v, 3, Register(8))


def test_inputs_outside_the_range_of_the_proof_are_refused():
    loaded = Accumulator([[1, 2]], 0, Accumulate(Register(8)), (-3, 3))
    assert loaded.safe.all()
    assert loaded([[3, 3], [-3, 3]]).tolist() == [[9], [3]]
    with pytest.raises(InputError, match=r"input outside its range: expected -3\.\.3"):
        loaded([[4, 0]])


def test_the_package_is_imported_without_the_compiler():
    code = "import sys, fixedpoint, fixedpoint.accumulate; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
