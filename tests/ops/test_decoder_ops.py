"""What decoders need: upsampling, transposed convolution, leaky ReLU, batch norm over points."""

import numpy as np
import pytest
from gradcheck import check_gradients, params_of
from hypothesis import given, settings
from hypothesis import strategies as st

from refsnn.activations.leaky import LeakyReLU
from refsnn.errors import InputError
from refsnn.ops import BatchNorm, Conv2d, ConvTranspose2d, Upsample


@st.composite
def transposes(draw):
    """(op, sample shape) that fit each other."""
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = tuple(draw(st.integers(0, (k - 1) // 2)) for k in kernel)
    extra = tuple(draw(st.integers(0, s - 1)) for s in stride)
    size = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    op = ConvTranspose2d(draw(st.integers(1, 3)), kernel, stride, padding, extra)
    return op, (draw(st.integers(1, 3)), *size)


def spread(op, params, x):
    """The definition, one product at a time."""
    (sh, sw), (ph, pw) = op.window.stride, op.window.padding
    out = np.zeros((len(x), *op.out_shape(x.shape[1:])), x.dtype)
    out += params["bias"].reshape(-1, 1, 1)
    weight = params["weight"]
    for b, c, y, z in np.ndindex(*x.shape):
        for o, i, j in np.ndindex(*weight.shape[1:]):
            row, column = y * sh + i - ph, z * sw + j - pw
            if 0 <= row < out.shape[2] and 0 <= column < out.shape[3]:
                out[b, o, row, column] += weight[c, o, i, j] * x[b, c, y, z]
    return out


def whole_params(op, shape, rng):
    return {k: rng.integers(-4, 5, s) for k, s in op.param_shapes(shape).items()}


@settings(max_examples=40)
@given(transposes(), st.integers(0, 99))
def test_transposed_convolution_is_its_definition(case, seed):
    op, shape = case
    rng = np.random.default_rng(seed)
    params, x = whole_params(op, shape, rng), rng.integers(-9, 10, (2, *shape))
    assert np.array_equal(op.apply(params, x), spread(op, params, x))


@settings(max_examples=30)
@given(transposes(), st.integers(0, 99))
def test_it_is_the_transpose_of_the_convolution(case, seed):
    """``<conv(y), x> = <y, transpose(x)>`` in integers, for every pair."""
    op, shape = case
    rng = np.random.default_rng(seed)
    out = op.out_shape(shape)
    conv = Conv2d(shape[0], op.kernel, op.stride, op.padding, bias=False)
    params, x = whole_params(op, shape, rng), rng.integers(-9, 10, (1, *shape))
    y = rng.integers(-9, 10, (1, *out))
    forward = conv.apply({"weight": params["weight"]}, y)
    back = op.apply({**params, "bias": 0 * params["bias"]}, x)
    assert forward.shape == x.shape
    assert (forward * x).sum() == (y * back).sum()


@settings(max_examples=20)
@given(transposes(), st.integers(0, 99))
def test_gradients_of_the_transposed_convolution(case, seed):
    op, shape = case
    rng = np.random.default_rng(seed)
    check_gradients(op, params_of(op, rng, shape), rng.standard_normal((2, *shape)))


@settings(max_examples=30)
@given(transposes())
def test_fanout_counts_what_one_spike_reaches(case):
    op, shape = case
    params = {k: np.ones(s, np.int64) for k, s in op.param_shapes(shape).items()}
    params["bias"] *= 0
    fanout = op.fanout({}, shape)
    for place in np.ndindex(*shape):
        spike = np.zeros((1, *shape), np.int64)
        spike[(0, *place)] = 1
        assert op.apply(params, spike).sum() == fanout[place]


@pytest.mark.parametrize("factor", [1, 2, (3, 1)])
def test_upsampling(factor):
    op, x = Upsample(factor), np.arange(24).reshape(2, 3, 2, 2)
    fh, fw = factor if isinstance(factor, tuple) else (factor, factor)
    y = op.apply({}, x)
    assert y.shape == (2, 3, 2 * fh, 2 * fw)
    for place in np.ndindex(*y.shape):
        assert y[place] == x[place[0], place[1], place[2] // fh, place[3] // fw]
    check_gradients(op, {}, x.astype(float))


def test_leaky_relu():
    op = LeakyReLU(0.25)
    assert op.apply({}, np.array([[-4.0, 0, 3]])).tolist() == [[-1, 0, 3]]
    check_gradients(op, {}, np.array([[-4.0, -0.5, 3, 0.25]]))


@pytest.mark.parametrize("training", [False, True])
def test_batch_norm_over_points(training):
    """(B, C, N): as an image of one column."""
    op, rng = BatchNorm(), np.random.default_rng(0)
    x, params = rng.standard_normal((3, 2, 5)), params_of(op, rng, (2, 5))
    flat = op.forward(params, x, training=training)[0]
    image = op.forward(params, x[..., None], training=training)[0]
    assert np.array_equal(flat, image[..., 0])
    check_gradients(op, params, x, training=training, tolerance=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ConvTranspose2d(0, 2), "channels"),
        (lambda: ConvTranspose2d(1, 2, stride=2, extra=2), "extra: .*< stride"),
        (lambda: ConvTranspose2d(1, 1, padding=2).out_shape((1, 2, 2)), "empty"),
        (lambda: ConvTranspose2d(1, 2).out_shape((4,)), "needs an image"),
        (lambda: Upsample(0), "factor"),
        (lambda: Upsample(2).out_shape((4,)), "needs an image"),
        (lambda: LeakyReLU(1.0), "slope"),
        (lambda: LeakyReLU().apply({}, np.ones((1, 1), int)), "needs floats"),
    ],
)
def test_errors(make, message):
    with pytest.raises(InputError, match=message):
        make()
