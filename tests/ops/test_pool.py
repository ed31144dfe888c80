"""Pooling: value, gradient, the order sum-then-divide."""

from fractions import Fraction

import numpy as np
import pytest
from gradcheck import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st

from refsnn.errors import InputError
from refsnn.ops import AvgPool2d, GlobalAvgPool, MaxPool2d


@st.composite
def pools(draw, kind):
    """(op, sample shape) that fit each other; padding below the kernel."""
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride = draw(st.none() | st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = tuple(draw(st.integers(0, k - 1)) for k in kernel)
    size = [k + draw(st.integers(0, 3)) for k in kernel]
    return kind(kernel, stride, padding), (draw(st.integers(1, 3)), *size)


def windows(op, x, value):
    """Every window of every channel, as lists of numbers: the definition."""
    (kh, kw), (sh, sw), (ph, pw) = op.window.kernel, op.window.stride, op.window.padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=value)
    _, oh, ow = op.out_shape(x.shape[1:])
    for b, c, i, j in np.ndindex(*x.shape[:2], oh, ow):
        yield padded[b, c, i * sh : i * sh + kh, j * sw : j * sw + kw].ravel().tolist()


@given(pools(AvgPool2d), st.integers(0, 99))
def test_sum_pooling_is_exact_on_integers(case, seed):
    op, shape = case
    op = AvgPool2d(op.kernel, op.stride, op.padding, divisor=1)
    x = np.random.default_rng(seed).integers(-9, 10, (2, *shape))
    got = op.apply({}, x)
    assert got.dtype == np.int64
    assert got.ravel().tolist() == [sum(w) for w in windows(op, x, 0)]


@given(st.sampled_from([1, 2, (2, 4), (4, 1)]), st.integers(0, 99))
def test_average_is_exact_on_dyadic_data(kernel, seed):
    """Power-of-two areas: float32 equals rational arithmetic, padding counted."""
    op = AvgPool2d(kernel)
    x = np.random.default_rng(seed).integers(-999, 1000, (2, 2, 8, 8)).astype(np.float32) / 64
    means = [Fraction(sum(map(Fraction, w)), len(w)) for w in windows(op, x, 0)]
    assert list(map(Fraction, op.apply({}, x).ravel().tolist())) == means


def test_sum_first_then_divide():
    """Dividing each tap by 3 first gives another number: the order is visible."""
    x = np.array([5, 7, 11], np.float32).reshape(1, 1, 1, 3)
    got = AvgPool2d((1, 3)).apply({}, x).item()
    assert got == np.float32(23) / np.float32(3)
    assert got != (x / np.float32(3)).sum(dtype=np.float32)


@settings(max_examples=30)
@given(pools(AvgPool2d), st.sampled_from([None, 1, 5]), st.integers(0, 99))
def test_average_gradients(case, divisor, seed):
    op, shape = case
    op = AvgPool2d(op.kernel, op.stride, op.padding, divisor)
    check_gradients(op, {}, np.random.default_rng(seed).standard_normal((2, *shape)))


@given(st.sampled_from([None, 1, 7]), st.integers(1, 4), st.integers(1, 4))
def test_global_average(divisor, height, width):
    op, x = GlobalAvgPool(divisor), np.random.default_rng(1).standard_normal((2, 3, height, width))
    check_gradients(op, {}, x)
    expected = x.sum((2, 3)) / (divisor or height * width)
    # NumPy may add in another order, and a division is rounded
    np.testing.assert_allclose(op.apply({}, x), expected, rtol=0, atol=1e-14)
    assert op.out_shape((3, height, width)) == (3,)


def test_global_sum_of_integers():
    got = GlobalAvgPool(1).apply({}, np.arange(8).reshape(1, 2, 2, 2))
    assert got.tolist() == [[6, 22]]


@given(pools(MaxPool2d), st.integers(0, 99), st.sampled_from([np.int64, np.float32]))
def test_maximum(case, seed, dtype):
    op, shape = case
    x = np.random.default_rng(seed).integers(-9, 10, (2, *shape)).astype(dtype)
    want = [
        max(w) for w in windows(op, x, np.iinfo(np.int64).min if dtype == np.int64 else -np.inf)
    ]
    assert op.apply({}, x).ravel().tolist() == want


@settings(max_examples=30)
@given(pools(MaxPool2d), st.integers(0, 99))
def test_maximum_gradients_away_from_ties(case, seed):
    op, shape = case
    size = 2 * int(np.prod(shape))
    x = np.random.default_rng(seed).permutation(size).reshape(2, *shape) / 8
    check_gradients(op, {}, x)


def test_the_first_of_equal_maxima_gets_the_gradient():
    op, x = MaxPool2d(2), np.ones((1, 1, 2, 2))
    (dx,), _ = op.backward({}, op.forward({}, x)[1], np.array([[[[5.0]]]]))
    assert dx.tolist() == [[[[5, 0], [0, 0]]]]


def test_affine_or_not():
    assert AvgPool2d(2).affine
    assert GlobalAvgPool().affine
    assert not MaxPool2d(2).affine


def test_an_average_of_integers_is_refused():
    with pytest.raises(InputError, match="a division by 4 needs floats"):
        AvgPool2d(2).apply({}, np.ones((1, 1, 2, 2), np.int64))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AvgPool2d(0), "kernel: "),
        (lambda: AvgPool2d(2, stride=0), "stride: "),
        (lambda: AvgPool2d(2, padding=-1), "padding: "),
        (lambda: AvgPool2d(2, divisor=0), "divisor: "),
        (lambda: GlobalAvgPool(0), "divisor: "),
        (lambda: MaxPool2d(2, padding=2), "padding: .*< kernel"),
        (lambda: AvgPool2d(3).out_shape((1, 2, 3)), "does not fit the height"),
        (lambda: AvgPool2d(2).out_shape((4,)), "needs an image"),
        (lambda: MaxPool2d(3).out_shape((1, 3, 2)), "does not fit the width"),
        (lambda: MaxPool2d(1).out_shape((0, 3, 2)), "output is empty"),
        (lambda: GlobalAvgPool().out_shape((3, 0, 2)), "output is empty"),
    ],
)
def test_errors(make, message):
    with pytest.raises(InputError, match=message):
        make()
