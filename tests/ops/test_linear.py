"""Linear: product, gradient, cost."""

from dataclasses import dataclass

import numpy as np
import pytest
from gradcheck import check_gradients, params_of
from hypothesis import given
from hypothesis import strategies as st

from refsnn.errors import InputError
from refsnn.ops import Linear
from refsnn.ops.linear import kaiming


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5), st.booleans(), st.integers(0, 99))
def test_gradients(batch, n_in, n_out, bias, seed):
    rng, op = np.random.default_rng(seed), Linear(n_out, bias)
    check_gradients(op, params_of(op, rng, (n_in,)), rng.standard_normal((batch, n_in)))


def test_the_gradient_check_can_fail():
    @dataclass(frozen=True)
    class Forgetful(Linear):
        def backward(self, params, saved, grad):
            dx, dparams = super().backward(params, saved, grad)
            return dx, {**dparams, "bias": dparams["bias"] / 2}

    rng, op = np.random.default_rng(0), Forgetful(3)
    with pytest.raises(AssertionError):
        check_gradients(op, params_of(op, rng, (2,)), rng.standard_normal((2, 2)))


def test_value_on_integers():
    params = {"weight": np.array([[1, 2], [3, 4], [5, 6]]), "bias": np.array([10, 20, 30])}
    got = Linear(3).apply(params, np.array([[1, -1], [2, 0]]))
    assert got.tolist() == [[9, 19, 29], [12, 26, 40]]
    assert got.dtype == np.int64


def test_shapes_and_cost():
    op = Linear(3, bias=False)
    assert op.out_shape((4,)) == (3,)
    assert op.param_shapes((4,)) == {"weight": (3, 4)}
    assert op.fanout({}, (4,)).tolist() == [3, 3, 3, 3]
    assert op.macs((4,)) == 12


def test_kaiming_variance():
    """Standard deviation sqrt(2 / fan-in), within five standard errors of 40 000 draws."""
    weights = kaiming(np.random.default_rng(3), (400, 25, 2, 2))
    assert weights.dtype == np.float32
    assert abs(weights.std() / np.sqrt(2 / 100) - 1) < 5 / np.sqrt(2 * weights.size)


@pytest.mark.parametrize("features", [0, -1, 2.0, True, "3"])
def test_bad_features(features):
    with pytest.raises(InputError, match="features: bad hyper-parameter"):
        Linear(features)


def test_refuses_an_image():
    with pytest.raises(InputError, match=r"needs a vector.*Flatten"):
        Linear(3).out_shape((1, 8, 8))


def test_parameters_that_do_not_fit():
    with pytest.raises(InputError, match="parameters do not fit"):
        Linear(3).check_params({"weight": np.zeros((3, 4))}, (4,))
    Linear(3, bias=False).check_params({"weight": np.zeros((3, 4))}, (4,))


@pytest.mark.parametrize(
    ("x", "weight"), [(np.int8, np.int64), (np.int64, np.float32), (np.int32, np.float64)]
)
def test_integers_are_not_rounded_or_wrapped(x, weight):
    with pytest.raises(InputError, match="do not act on this input"):
        Linear(1, bias=False).apply({"weight": np.ones((1, 1), weight)}, np.ones((1, 1), x))
