"""Learned thresholds stay positive: by a floor, or because they have a positive form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from refsnn.activations import QCFS, Clip
from refsnn.errors import InputError
from refsnn.models import mlp
from refsnn.train import LAMBDA_MIN, SGD, Adam, Training, train
from refsnn.train.positivity import Rooted, from_free, slope, to_free


@given(k=st.floats(-1e6, 1e6))
def test_root_form(k):
    """Positive for every k; the written formula where that does not cancel."""
    lam = from_free(np.asarray(k))
    assert lam > 0
    if k > -10:
        written = (k + np.sqrt(k * k + 0.01)) / 2  # eq: error_compensation.30
        assert_allclose(lam, written, rtol=1e-9)
    assert_allclose(lam * (lam - k), 0.0025, rtol=max(1e-9, 1e-13 * k * k))


@given(lam=st.floats(1e-3, 1e3))
def test_there_and_back(lam):
    assert_allclose(from_free(to_free(np.asarray(lam))), lam, rtol=1e-9)


@given(k=st.floats(-5, 5))
def test_slope(k):
    k, h = np.asarray(k), 1e-6
    numeric = (from_free(k + h) - from_free(k - h)) / (2 * h)
    assert_allclose(slope(from_free(k)), numeric, rtol=1e-5)  # eq: error_compensation.31
    assert_allclose(slope(from_free(k)), (1 + k / np.sqrt(k * k + 0.01)) / 2, rtol=1e-9)


@pytest.mark.parametrize("rule", [SGD(weight_decay=0.0), Adam()])
def test_no_gradient_makes_it_negative(rule):
    """Pushed down for ever: below the floor of the other rule, never to zero."""
    params = {"a.lambda": np.asarray(1.0), "a.weight": np.asarray(1.0)}
    gradients = dict.fromkeys(params, np.asarray(1.0))
    rooted = Rooted(rule)
    state = rooted.start(params)
    for _ in range(200):
        state, params = rooted.step(state, params, gradients, 0.1)
    assert params["a.weight"] < -5
    assert 0 < params["a.lambda"] < 0.1
    plain_state, plain = rule.start({"a.lambda": np.asarray(1.0)}), {"a.lambda": np.asarray(1.0)}
    for _ in range(200):
        plain_state, plain = rule.step(plain_state, plain, {"a.lambda": np.asarray(1.0)}, 0.1)
    assert plain["a.lambda"] < 0  # the fault it is there for


def test_other_parameters_move_as_before():
    params = {"a.lambda": np.asarray(1.0), "a.weight": np.asarray(1.0)}
    gradients = dict.fromkeys(params, np.asarray(0.5))
    _, plain = SGD().step(SGD().start(params), params, gradients, 0.1)
    rooted = Rooted(SGD(weight_decay=0.0))
    _, moved = Rooted(SGD()).step(Rooted(SGD()).start(params), params, gradients, 0.1)
    assert moved["a.weight"] == plain["a.weight"]
    _, free = rooted.step(rooted.start(params), params, gradients, 0.1)
    want = from_free(to_free(params["a.lambda"]) - 0.1 * 0.5 * slope(params["a.lambda"]))
    assert_array_equal(free["a.lambda"], want)


@pytest.mark.parametrize("op", [Clip(lambda_init=0.05), QCFS(2, lambda_init=0.05)])
@pytest.mark.parametrize("positivity", ["floor", "root"])
def test_training_with_either_rule(op, positivity):
    """Fierce weight decay on tiny thresholds: all stay usable, float32 throughout."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 64)
    x = (rng.standard_normal((64, 1, 4, 4)) + 2 * y[:, None, None, None]).astype(np.float32)
    graph = mlp((1, 4, 4), 2, op, seed=0, width=8)
    settings = Training(epochs=5, rate=0.1, weight_decay=0.5, positivity=positivity)
    trained = train(graph, x, y, settings).graph
    lambdas = [v for name, v in trained.params.items() if name.endswith(".lambda")]
    assert all(v.dtype == np.float32 for v in trained.params.values())
    assert all(lam > 0 and (positivity == "root" or lam >= LAMBDA_MIN) for lam in lambdas)
    assert trained.params["act0.lambda"] != graph.params["act0.lambda"]


def test_unknown_rule():
    with pytest.raises(InputError, match="positivity: unknown choice: expected floor or root"):
        Training(positivity="square")
