"""Conv2d: against a direct loop, exact on integers; gradients; cost at borders."""

import numpy as np
import pytest
from gradcheck import check_gradients, params_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate

from refsnn.errors import InputError
from refsnn.ops import Conv2d, conv

PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def convolutions(draw):
    """(op, sample shape) that fit each other, with every hyper-parameter in play."""
    groups = draw(st.integers(1, 3))
    inputs, outputs = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    kernel, stride, dilation = draw(PAIRS), draw(PAIRS), draw(PAIRS)
    padding = draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    size = [
        max(1, d * (k - 1) + 1 - 2 * p) + draw(st.integers(0, 3))
        for k, d, p in zip(kernel, dilation, padding, strict=True)
    ]
    bias = draw(st.booleans())
    op = Conv2d(outputs, kernel, stride, padding, dilation, groups, bias)
    return op, (inputs, *size)


def direct(op, params, x):
    """The definition, tap by tap, in exact integers."""
    (kh, kw), (sh, sw) = op.window.kernel, op.window.stride
    (ph, pw), (dh, dw) = op.window.padding, op.window.dilation
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((len(x), *op.out_shape(x.shape[1:])), np.int64)
    per_in, per_out = x.shape[1] // op.groups, op.channels // op.groups
    for b, o, i, j in np.ndindex(out.shape):
        total = int(params["bias"][o]) if op.bias else 0
        for c, m, n in np.ndindex(per_in, kh, kw):
            value = padded[b, o // per_out * per_in + c, i * sh + m * dh, j * sw + n * dw]
            total += int(params["weight"][o, c, m, n]) * int(value)
        out[b, o, i, j] = total
    return out


def integers(op, shape, seed, batch=2):
    rng = np.random.default_rng(seed)
    params = {k: rng.integers(-9, 10, s) for k, s in op.param_shapes(shape).items()}
    return params, rng.integers(-9, 10, (batch, *shape))


@given(convolutions(), st.integers(0, 99), st.sampled_from([np.int64, np.float32, np.float64]))
def test_equals_the_definition(case, seed, dtype):
    op, shape = case
    params, x = integers(op, shape, seed)
    got = op.apply(params, x.astype(dtype))
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, direct(op, params, x))


def test_equals_scipy():
    op = Conv2d(1, 3, padding=1, bias=False)
    params, x = integers(op, (4, 6, 7), 5, batch=1)
    whole = correlate(np.pad(x[0], ((0, 0), (1, 1), (1, 1))), params["weight"][0], "valid")
    np.testing.assert_array_equal(op.apply(params, x)[0], whole)


@settings(max_examples=30)
@given(convolutions(), st.integers(0, 99))
def test_gradients(case, seed):
    op, shape = case
    rng = np.random.default_rng(seed)
    check_gradients(op, params_of(op, rng, shape), rng.standard_normal((2, *shape)))


@pytest.mark.parametrize("groups", [1, 3])
def test_blocks_of_the_batch_do_not_move_a_bit(monkeypatch, groups):
    """Float32 with general weights: the same bits whatever the size of the column buffer."""
    rng, op = np.random.default_rng(1), Conv2d(6, 3, padding=1, groups=groups)
    params = op.init_params(rng, (3, 8, 8))
    x = rng.standard_normal((9, 3, 8, 8)).astype(np.float32)
    y, saved = op.forward(params, x)
    dx, dparams = op.backward(params, saved, y)
    for budget in (1, 4 * 27 * 64 * 2, 4 * 27 * 64 * 4):
        monkeypatch.setattr(conv, "COLUMN_BYTES", budget)
        np.testing.assert_array_equal(op.apply(params, x), y)
        again, dagain = op.backward(params, saved, y)
        np.testing.assert_array_equal(again[0], dx[0])
        np.testing.assert_array_equal(dagain["weight"], dparams["weight"])


def test_blocks_fit_the_buffer(monkeypatch):
    monkeypatch.setattr(conv, "COLUMN_BYTES", 4 * 27 * 64 * 4)
    blocks = Conv2d(2, 3, padding=1)._blocks(np.zeros((9, 3, 8, 8), np.float32))
    assert [(b.start, b.stop) for b in blocks] == [(0, 4), (4, 8), (8, 12)]


@given(convolutions())
def test_fanout_counts_real_synapses(case):
    """One impulse at a time through all-ones weights: count the outputs that see it."""
    op, shape = case
    params = {k: np.full(s, k == "weight", np.int64) for k, s in op.param_shapes(shape).items()}
    impulses = np.eye(int(np.prod(shape)), dtype=np.int64).reshape(-1, *shape)
    fed = np.count_nonzero(op.apply(params, impulses), axis=(1, 2, 3)).reshape(shape)
    np.testing.assert_array_equal(op.fanout(params, shape), fed)
    assert op.macs(shape) == fed.sum()


def test_fanout_at_borders():
    taps = Conv2d(5, 3, padding=1).fanout({}, (1, 3, 3))
    assert (taps[0] / 5).tolist() == [[4, 6, 4], [6, 9, 6], [4, 6, 4]]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"channels": 0}, "channels: "),
        ({"kernel": 0}, "kernel: "),
        ({"kernel": (3, 3, 3)}, "kernel: "),
        ({"kernel": (3, "3")}, "kernel: "),
        ({"stride": 0}, "stride: "),
        ({"padding": -1}, "padding: "),
        ({"dilation": 0}, "dilation: "),
        ({"groups": 0}, "groups: "),
        ({"groups": 3}, "groups do not divide the output channels.*multiple of 3, got 4"),
    ],
)
def test_bad_hyper_parameters(settings, message):
    with pytest.raises(InputError, match=message):
        Conv2d(**{"channels": 4, "kernel": 3, **settings})


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((4,), "needs an image"),
        ((3, 8, 8), "groups do not divide the input channels"),
        ((4, 2, 8), "does not fit the height: expected at least 5 with padding, got 4"),
        ((4, 8, 2), "does not fit the width"),
        ((4, 0, 8), "does not fit the height"),
        ((0, 8, 8), "groups do not divide the input channels"),
    ],
)
def test_inputs_that_do_not_fit(shape, message):
    with pytest.raises(InputError, match=message):
        Conv2d(4, 3, padding=1, dilation=2, groups=2).out_shape(shape)


def test_padding_alone_is_no_input():
    with pytest.raises(InputError, match="does not fit the height"):
        Conv2d(1, 1, padding=1).out_shape((1, 0, 8))
