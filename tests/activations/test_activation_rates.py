"""The rate norm and the shifted clip: values, gradients, running maximum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from refsnn.activations import QCFS
from refsnn.activations.rates import EPSILON, RateNorm, ThresholdReLU
from refsnn.errors import InputError
from refsnn.graph import Graph
from refsnn.models import mlp
from refsnn.train import Training, train


def of(scale=1.0, top=2.0):
    return {"scale": np.asarray(scale), "running_max": np.asarray(top)}


@given(k=st.floats(-4, 4), top=st.floats(0.1, 9), x=st.floats(-5, 12), kind=st.booleans())
def test_rate_norm_value_and_slopes(k, top, x, kind):
    """Against the formulas, one number at a time."""
    op = RateNorm(fraction="sigmoid" if kind else "abs")
    p = 1 / (1 + np.exp(-k)) if kind else abs(k)  # eq: rate_norm.2
    dp = p * (1 - p) if kind else np.sign(k)
    vth = p * top + EPSILON  # eq: rate_norm.3
    y, saved = op.forward(of(k, top), np.array([[x]]))
    (dx,), own = op.backward(of(k, top), saved, np.array([[3.0]]))
    inside = 0 < x <= vth
    assert_allclose(y.item(), min(max(x, 0) / vth, 1), rtol=1e-14)  # eq: rate_norm.4
    assert_allclose(dx.item(), 3 * inside / vth, rtol=1e-14)  # eq: rate_norm.5
    assert_allclose(own["scale"], -3 * inside * x / vth**2 * top * dp, rtol=1e-12, atol=1e-300)


@given(k=st.floats(-3, 3), x=st.floats(0.05, 3), kind=st.booleans())
def test_rate_norm_slopes_are_its_differences(k, x, kind):
    op, h = RateNorm(fraction="sigmoid" if kind else "abs"), 1e-6
    vth = op.threshold(of(k), np.dtype(float)).item()
    if vth < 0.05 or abs(x - vth) < 1e-4 or abs(k) < 1e-4:
        return

    def value(x, k):
        return op.apply(of(k), np.array([[x]])).item()

    _, saved = op.forward(of(k), np.array([[x]]))
    (dx,), own = op.backward(of(k), saved, np.ones((1, 1)))
    by_x = (value(x + h, k) - value(x - h, k)) / (2 * h)
    by_k = (value(x, k + h) - value(x, k - h)) / (2 * h)
    assert_allclose([dx.item(), own["scale"]], [by_x, by_k], rtol=2e-4, atol=2e-5)


def test_the_running_maximum_moves_before_it_is_used():
    op, x = RateNorm(momentum=0.1), np.array([[3.0, -7.0]])
    params = of(10.0, 1.0)
    y, saved = op.forward(params, x, training=True)
    moved = op.updates(params, saved)["running_max"]
    assert moved == pytest.approx(1.2, abs=1e-15)  # eq: rate_norm.1
    half, _ = op.forward(params, np.array([[0.6]]))
    assert half.item() == pytest.approx(0.6, abs=1e-4)
    assert y.tolist() == [[1, 0]]
    (dx,), _ = op.backward(params, saved, np.ones((1, 2)))
    assert dx.tolist() == [[0, 0]]
    evaluated = op.forward(params, x)[1]
    assert op.updates(params, evaluated)["running_max"] == 1


def test_a_locked_maximum_stays():
    op, params = RateNorm(locked=True), of(10.0, 1.0)
    _, saved = op.forward(params, np.array([[3.0]]), training=True)
    assert op.updates(params, saved)["running_max"] == 1


def test_a_batch_without_activity_lowers_the_maximum():
    op, params = RateNorm(momentum=0.25), of(10.0, 2.0)
    _, saved = op.forward(params, np.full((4, 3), -1.0), training=True)
    assert op.updates(params, saved)["running_max"] == 1.5


def test_a_network_of_rate_norms_trains():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 64)
    x = (rng.standard_normal((64, 1, 4, 4)) / 4 + y[:, None, None, None]).astype(np.float32)
    graph = mlp((1, 4, 4), 2, RateNorm(scale_init=2.0), seed=0, width=8)
    done = train(graph, x, y, Training(epochs=15, batch=16, rate=0.1))
    assert done.train_accuracy > 0.9
    before, after = (g.params["act0.scale"] for g in (graph, done.graph))
    assert before != after
    assert graph.params["act0.running_max"] != done.graph.params["act0.running_max"]


@given(theta=st.integers(0, 9), t_ref=st.sampled_from([0, 1, 2, 4]), x=st.integers(-80, 160))
def test_shifted_clip(theta, t_ref, x):
    """On a dyadic grid: exact. Slope 1 at both ends."""
    op, at = ThresholdReLU(theta=theta / 2, t_ref=t_ref), np.array([[x / 16]])
    delta = theta / 2 / (2 * t_ref) if t_ref else 0
    moved = x / 16 - delta
    y, saved = op.forward({}, at)
    (dx,), own = op.backward({}, saved, np.array([[-3.0]]))
    top = theta / 2 or np.inf
    assert y.item() == min(max(moved, 0), top)  # eq: threshold_balancing.1
    assert dx.item() == -3 * (0 <= moved <= top)  # eq: threshold_balancing.2
    assert own == {}


def test_the_shift_moves_the_staircase_to_where_an_empty_start_is():
    """Floor in place of round: the network's shift and the neuron's cancel the same half step."""
    z = np.arange(0, 64, 2.0)[None]
    op = ThresholdReLU(theta=32.0, t_ref=4)
    rounded = QCFS(4).level({"lambda": np.asarray(32.0)}, op.apply({}, z))
    assert_array_equal(rounded, np.clip(np.floor(z / 8), 0, 4))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RateNorm(momentum=1.5), "momentum"),
        (lambda: RateNorm(fraction="tanh"), "fraction: unknown choice"),
        (lambda: ThresholdReLU(theta=-1.0), "theta"),
        (lambda: ThresholdReLU(theta=1.0, t_ref=-1), "t_ref"),
        (lambda: RateNorm().check_params(of(1.0, -2.0), (3,)), "running_max: a maximum"),
        (lambda: RateNorm().apply(of(), np.zeros((1, 1), int)), "needs floats"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_files_know_both_without_being_told():
    """The names are known as soon as graphs are."""
    import subprocess
    import sys

    code = (
        "import refsnn.io\nfrom refsnn.ops import from_dict\nprint(from_dict({'op': 'RateNorm'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert isinstance(mlp((2,), 2, ThresholdReLU(theta=1.0), 0), Graph)
