"""BatchNorm: both modes, gradients through the statistics, running values."""

import numpy as np
import pytest
from gradcheck import check_gradients, params_of
from hypothesis import given, settings
from hypothesis import strategies as st

from refsnn.errors import InputError
from refsnn.ops import BatchNorm

SHAPES = st.one_of(
    st.tuples(st.integers(1, 4)), st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
)


@settings(max_examples=30)
@given(SHAPES, st.integers(2, 4), st.booleans(), st.integers(0, 99))
def test_gradients(shape, batch, training, seed):
    rng, op = np.random.default_rng(seed), BatchNorm(eps=0.1)
    x = rng.standard_normal((batch, *shape))
    check_gradients(op, params_of(op, rng, shape), x, training=training, tolerance=1e-6)


def test_the_check_sees_the_batch_statistics():
    """The evaluation gradient, applied to a training pass, is caught."""

    class Frozen(BatchNorm):
        def backward(self, params, saved, grad):
            return super().backward(params, saved._replace(mean=None), grad)

    rng, op = np.random.default_rng(0), Frozen()
    with pytest.raises(AssertionError):
        check_gradients(op, params_of(op, rng, (3,)), rng.standard_normal((4, 3)), training=True)


@given(SHAPES, st.integers(0, 99))
def test_training_normalises(shape, seed):
    rng, op = np.random.default_rng(seed), BatchNorm(eps=0)
    x = rng.standard_normal((5, *shape))
    y, _ = op.forward(op.init_params(rng, shape), x, training=True)
    axes = (0, *range(2, x.ndim))
    # sums, a division and a square root, rounded
    np.testing.assert_allclose(y.mean(axes), 0, rtol=0, atol=1e-14)
    np.testing.assert_allclose(y.var(axes), 1, rtol=0, atol=1e-14)


def test_evaluation_is_exact_on_dyadic_data():
    """eps = 0 and a power-of-two deviation: 3 * (5 - 1) / 2 - 4 = 2, to the last bit."""
    params = {"weight": [3], "bias": [-4], "running_mean": [1], "running_var": [4]}
    params = {k: np.array(v, np.float32) for k, v in params.items()}
    assert BatchNorm(eps=0).apply(params, np.full((1, 1), 5, np.float32)).tolist() == [[2]]


def test_evaluation_is_linear_without_its_offsets():
    rng, op = np.random.default_rng(2), BatchNorm(eps=0)
    params = params_of(op, rng, (3,))
    linear = {k: np.zeros_like(v) if k in op.offsets else v for k, v in params.items()}
    a, b = rng.standard_normal((2, 4, 3))
    apart = op.apply(linear, a) + op.apply(linear, b)
    np.testing.assert_allclose(op.apply(linear, a + b), apart, rtol=0, atol=1e-14)  # rounded


def test_running_values():
    """Batch 1, 2, 3, 6: mean 3, unbiased variance 14/3, moved halfway from 1 and 1."""
    op, x = BatchNorm(momentum=0.5), np.array([[1.0], [2.0], [3.0], [6.0]])
    params = {**op.init_params(np.random.default_rng(0), (1,)), "running_mean": np.ones(1)}
    new = op.updates(params, op.forward(params, x, training=True)[1])
    assert new["running_mean"] == 2
    assert new["running_var"] == np.float32((1 + 14 / 3) / 2)
    assert new["running_var"].dtype == np.float32
    assert op.updates(params, op.forward(params, x)[1]) == {}


def test_initial_parameters():
    params = BatchNorm().init_params(np.random.default_rng(0), (2, 4, 4))
    plain = {k: v.tolist() for k, v in params.items()}
    ones, zeros = [1, 1], [0, 0]
    assert plain == {"weight": ones, "bias": zeros, "running_mean": zeros, "running_var": ones}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BatchNorm(eps=-1), "eps: .*>= 0, got -1"),
        (lambda: BatchNorm(eps=float("nan")), "eps: "),
        (lambda: BatchNorm(momentum=1.5), r"momentum: .*\[0, 1\]"),
        (lambda: BatchNorm().out_shape((3, 4, 2, 2)), r"needs \(C,\), \(C, N\) or \(C, H, W\)"),
    ],
)
def test_errors(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_one_value_has_no_variance():
    op, x = BatchNorm(), np.ones((1, 2))
    with pytest.raises(InputError, match="a batch variance needs more values"):
        op.forward(op.init_params(np.random.default_rng(0), (2,)), x, training=True)


def test_integers_are_refused():
    op = BatchNorm()
    with pytest.raises(InputError, match="batch normalisation needs floats"):
        op.apply(op.init_params(np.random.default_rng(0), (2,)), np.ones((1, 2), np.int64))
