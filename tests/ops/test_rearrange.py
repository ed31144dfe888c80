"""Flatten, Pad, Reshape, Slice, Transpose, Add, Concat, Scale, Dropout: values, gradients, errors."""

import numpy as np
import pytest
from gradcheck import check_gradients, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from refsnn.errors import InputError
from refsnn.ops import (
    Add,
    Concat,
    Dropout,
    Flatten,
    Pad,
    Reshape,
    Scale,
    Slice,
    Transpose,
)

X = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
RNG = np.random.default_rng


def test_flatten():
    assert Flatten().apply({}, X)[1].tolist() == list(range(60, 120))
    assert Flatten().out_shape((3, 4, 5)) == (60,)
    assert Flatten().apply({}, X[:0]).shape == (0, 60)
    check_gradients(Flatten(), {}, X)


PADS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=3, max_size=3)


@settings(max_examples=20)
@given(PADS.map(tuple))
def test_pad(pads):
    op = Pad(pads)
    np.testing.assert_array_equal(op.apply({}, X), np.pad(X, ((0, 0), *pads)))
    assert op.out_shape((3, 4, 5)) == op.apply({}, X).shape[1:]
    check_gradients(op, {}, X)


BOUND = st.none() | st.integers(-5, 5)


@settings(max_examples=100)
@given(
    *[st.lists(BOUND, min_size=3, max_size=3).map(tuple)] * 2, st.tuples(*[st.integers(1, 3)] * 3)
)
def test_slice(start, stop, step):
    op = Slice(start, stop, step)
    want = X[:, start[0] : stop[0] : step[0], start[1] : stop[1] : step[1]]
    want = want[..., start[2] : stop[2] : step[2]]
    if want.size == 0:
        with pytest.raises(InputError, match="output is empty"):
            op.out_shape((3, 4, 5))
        return
    np.testing.assert_array_equal(op.apply({}, X), want)
    assert op.out_shape((3, 4, 5)) == want.shape[1:]
    check_gradients(op, {}, X)


@pytest.mark.parametrize("count", [2, 3])
def test_add(count):
    xs = [RNG(i).integers(-9, 9, (2, 3)) for i in range(count)]
    np.testing.assert_array_equal(Add().apply({}, *xs), sum(xs))
    assert Add().out_shape(*[(3,)] * count) == (3,)
    check_gradients(Add(), {}, *(x.astype(float) for x in xs))


def test_concat():
    xs = [X, X[:, :1], X[:, 1:]]
    np.testing.assert_array_equal(Concat().apply({}, *xs), np.concatenate(xs, 1))
    assert Concat().out_shape((3, 4, 5), (1, 4, 5), (2, 4, 5)) == (6, 4, 5)
    check_gradients(Concat(), {}, *xs)


@pytest.mark.parametrize("per_channel", [False, True])
def test_scale(per_channel):
    op = Scale(per_channel)
    weight = np.array([0.5, -2, 4]) if per_channel else np.array(3.0)
    want = X * (weight.reshape(3, 1, 1) if per_channel else weight)
    np.testing.assert_array_equal(op.apply({"weight": weight}, X), want)
    check_gradients(op, {"weight": weight}, X)
    assert op.init_params(RNG(0), (3, 4, 5))["weight"].tolist() == ([1, 1, 1] if per_channel else 1)
    assert op.macs((3, 4, 5)) == 60
    with pytest.raises(InputError, match="parameters do not fit"):
        op.check_params({"weight": np.ones(2)}, (3, 4, 5))


def test_dropout():
    op, x = Dropout(0.75), frozen(np.ones((100, 100), np.float32))
    y, factors = op.forward({}, x, training=True, rng=RNG(5))
    assert set(np.unique(y)) == {0, 4}
    assert abs((y == 0).mean() - 0.75) < 5 * np.sqrt(0.75 * 0.25 / y.size)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, op.forward({}, x, training=True, rng=RNG(5))[0])
    np.testing.assert_array_equal(op.backward({}, factors, 3 * x)[0][0], 3 * y)


def test_dropout_in_evaluation_is_the_identity():
    y, saved = Dropout(0.5).forward({}, X)
    np.testing.assert_array_equal(y, X)
    np.testing.assert_array_equal(Dropout(0.5).backward({}, saved, X)[0][0], X)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Pad(((0, -1),)), "pads: "),
        (lambda: Pad((1, 2)), "pads: .*pairs"),
        (lambda: Pad(((1, 1),)).out_shape((3, 4, 5)), "pads do not match the axes"),
        (lambda: Slice((0,), (1, 2), (1,)), "differ in length"),
        (lambda: Slice((0,), (1,), (-1,)), "step: "),
        (lambda: Slice((0.5,), (1,), (1,)), "start: .*integers or None"),
        (lambda: Slice((0,), (1,), (1,)).out_shape((3, 4, 5)), "slices do not match the axes"),
        (lambda: Add().out_shape((3,)), "two or more inputs of one shape"),
        (lambda: Add().out_shape((3,), (4,)), "two or more inputs of one shape"),
        (lambda: Concat().out_shape((3, 2, 2)), "two or more inputs that differ"),
        (lambda: Concat().out_shape((3, 2, 2), (3, 2, 3)), "two or more inputs that differ"),
        (lambda: Dropout(1), r"p: .*\[0, 1\)"),
        (lambda: Dropout(float("nan")), "p: "),
        (lambda: Dropout().forward({}, X, training=True), "random generator"),
        (lambda: Dropout().forward({}, X.astype(int), training=True, rng=RNG(0)), "needs floats"),
    ],
)
def test_errors(make, message):
    with pytest.raises(InputError, match=message):
        make()


@given(order=st.permutations(range(3)))
def test_transpose(order):
    op = Transpose(tuple(order))
    want = X.transpose(0, *(axis + 1 for axis in order))
    np.testing.assert_array_equal(op.apply({}, X), want)
    assert op.out_shape((3, 4, 5)) == want.shape[1:]
    back = Transpose(tuple(np.argsort(order).tolist()))
    np.testing.assert_array_equal(back.apply({}, op.apply({}, X)), X)
    check_gradients(op, {}, X)


@pytest.mark.parametrize("shape", [(60,), (5, 12), (3, 4, 5), (4, 5, 3, 1)])
def test_reshape(shape):
    op = Reshape(shape)
    np.testing.assert_array_equal(op.apply({}, X), X.reshape(2, *shape))
    assert op.out_shape((3, 4, 5)) == shape
    assert op.apply({}, X[:0]).shape == (0, *shape)
    check_gradients(op, {}, X)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Reshape(()), "shape"),
        (lambda: Reshape([3]), "shape"),
        (lambda: Reshape((3, 0)), "shape: .*>= 1"),
        (lambda: Reshape((3, 4)).out_shape((3, 5)), "15 values does not fill .3, 4."),
        (lambda: Transpose((0, 2)), "order"),
        (lambda: Transpose((1, 1)), "order: .*each axis .* once"),
        (lambda: Transpose((1, 0)).out_shape((1, 2, 3)), "order does not match the axes"),
    ],
)
def test_bad_orders_and_shapes(make, message):
    with pytest.raises(InputError, match=message):
        make()
