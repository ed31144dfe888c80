"""IF neurons whose membranes take weights one by one and saturate: kernel against integers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from fixedpoint.kernels import if_layer


def specified(v, x, columns, theta, low, high):
    """One integer after the other."""
    v, out = [int(value) for value in v], []
    for frame in x:
        for k, spike in enumerate(frame):
            if spike:
                v = [max(low, min(high, u + int(w))) for u, w in zip(v, columns[k], strict=True)]
        fired = [u >= theta for u in v]
        v = [u - theta if f else u for u, f in zip(v, fired, strict=True)]
        out.append(fired)
    return v, np.array(out, np.uint8)


def compiled(v, x, columns, theta, low, high):
    v, out = v.copy(), np.full((len(x), len(v)), 9, np.uint8)
    if_layer(v, x, columns, theta, low, high, out)
    return v, out


@st.composite
def cases(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    inputs, outputs = draw(st.integers(1, 9)), draw(st.sampled_from([1, 3, 16, 33]))
    bits = draw(st.sampled_from([8, 9, 12, 24]))
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    v = rng.integers(low, high, outputs, np.int32, endpoint=True)
    x = (rng.random((draw(st.integers(1, 9)), inputs)) < 0.6).astype(np.uint8)
    columns = rng.integers(-128, 127, (inputs, outputs), np.int8, endpoint=True)
    return v, x, columns, draw(st.integers(1, min(high, 200))), low, high


@given(case=cases())
def test_the_kernel_is_its_specification(case):
    wanted, got = specified(*case), compiled(*case)
    assert_array_equal(got[0], wanted[0])
    assert_array_equal(got[1], wanted[1])


def test_all_trains_of_three_inputs_and_three_frames():
    """Four bits: every membrane saturates somewhere."""
    columns = np.array([[5, -6], [-7, 7], [4, 3]], np.int8)
    hit = set()
    for bits in itertools.product((0, 1), repeat=9):
        x = np.array(bits, np.uint8).reshape(3, 3)
        case = (np.array([6, -8], np.int32), x, columns, 4, -8, 7)
        wanted, got = specified(*case), compiled(*case)
        assert_array_equal(got[0], wanted[0])
        assert_array_equal(got[1], wanted[1])
        hit |= set(np.ravel(wanted[0]))
    assert -8 in hit


def test_the_order_matters():
    """100 + 100 - 100 in eight bits is 27, 100 - 100 + 100 is 100: a reversed train differs."""
    columns = np.array([[100], [100], [-100]], np.int8)
    x, v = np.ones((1, 3), np.uint8), np.zeros(1, np.int32)
    one, _ = compiled(v, x, columns, 127, -128, 127)
    two, _ = compiled(v, x, np.ascontiguousarray(columns[[0, 2, 1]]), 127, -128, 127)
    assert (one[0], two[0]) == (27, 100)
    with pytest.raises(AssertionError):
        assert_array_equal(two, specified(v, x, columns, 127, -128, 127)[0])
