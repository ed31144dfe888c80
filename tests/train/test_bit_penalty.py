"""The penalty on set bits: its value, its surrogate gradient, and what training with it does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from refsnn.activations import QCFS
from refsnn.ann import evaluate, references
from refsnn.convert import Calibration, SNNMeetsANN
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.models import mlp
from refsnn.ops import Linear
from refsnn.train import Training, loss_and_gradients, train
from refsnn.train.bit_penalty import bit_penalty, set_bits


def alone(z, lam, bits, gradient="floor_first"):
    """An activation that reads the image itself, and a layer of weight zero."""
    nodes = (
        Node("fc", Linear(z.shape[1], bias=False), (INPUT,)),
        Node("act", QCFS(levels=2**bits - 1, gradient=gradient), ("fc",)),
        Node("out", Linear(2), ("act",)),
    )
    graph = initialise(z.shape[1:], nodes, 0)
    zeros = {"out.weight": np.zeros((2, z.shape[1])), "out.bias": np.zeros(2)}
    return graph.with_params({"fc.weight": np.eye(z.shape[1]), "act.lambda": lam, **zeros})


def gradients(graph, z, kappa):
    """Value and gradients of the penalty by the whole backward pass; the loss itself is flat."""
    y = np.zeros(len(z), np.int64)
    plain = loss_and_gradients(graph, z, y)
    with_it = loss_and_gradients(graph, z, y, kappa=kappa)
    own = {k: with_it[1][k] - plain[1][k] for k in plain[1] if not k.startswith("out")}
    return with_it[0] - plain[0], own


@given(seed=st.integers(0, 999), bits=st.integers(1, 5), kappa=st.sampled_from([1.0, 0.25]))
def test_value_and_gradient_are_those_of_the_equations(seed, bits, kappa):
    rng = np.random.default_rng(seed)
    lam, levels = np.array([1.5, 0.7, 2.0]), 2**bits - 1
    z = rng.uniform(-1, 3, (6, 3))
    value, own = gradients(alone(z, lam, bits), z, kappa)
    n = np.clip(np.floor(z * levels / lam + 0.5), 0, levels)
    ones = sum(int(k).bit_count() for k in n.flat)
    assert value == pytest.approx(kappa * ones, rel=1e-12)  # eq: snn_meets_ann.6
    q = np.floor(z * levels / lam + 0.5)
    band = (q >= 0) & (q <= levels)
    slope = kappa * band * levels / lam  # eq: snn_meets_ann.7
    assert_allclose(own["fc.weight"], slope.T @ z, rtol=1e-12, atol=1e-12)
    fall = -kappa * band * levels * z / lam**2  # eq: snn_meets_ann.8
    assert_allclose(own["act.lambda"], fall.sum(0), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("gradient", ["paper", "floor_first", "clip_first"])
def test_the_gradient_is_that_of_the_level_not_of_the_bits(gradient):
    """From 7 (three bits) to 8 (one): the value falls, the gradient is the same."""
    z = np.array([[7.0], [8.0]])
    one, two = (
        gradients(alone(row[None], np.array(15.0), 4, gradient), row[None], 1.0) for row in z
    )
    assert (one[0], two[0]) == (3, 1)
    assert one[1]["fc.weight"].item() / 7 == two[1]["fc.weight"].item() / 8 == 1


def test_nothing_flows_where_the_level_is_clipped():
    z = np.array([[-5.0], [50.0]])
    value, own = gradients(alone(z, np.array(15.0), 4), z, 1.0)
    assert value == 4
    assert own["fc.weight"].item() == 0
    assert own["act.lambda"].item() == pytest.approx(0, abs=1e-12)


@given(level=st.lists(st.integers(0, 2**16 - 1), min_size=1))
def test_set_bits(level):
    assert set_bits(np.array(level)).tolist() == [n.bit_count() for n in level]


def test_it_is_a_sum_over_the_batch():
    graph = alone(np.ones((1, 2)), np.array(7.0), 3)
    z = np.array([[3.0, 5.0]])
    one = bit_penalty(graph, evaluate(graph, z), 0.5).value
    many = bit_penalty(graph, evaluate(graph, np.repeat(z, 4, axis=0)), 0.5).value
    assert (one, many) == (2.0, 8.0)


@pytest.mark.parametrize("levels", [2, 4, 5, 8, 16])
def test_levels_that_do_not_fill_their_bits_are_refused(levels):
    graph = mlp((1, 2, 2), 3, QCFS(levels=levels), seed=0, width=3)
    with pytest.raises(UnsupportedError, match=rf"act0: a bit penalty needs .* levels {levels};"):
        loss_and_gradients(graph, np.ones((2, 1, 2, 2)), np.zeros(2, int), kappa=1.0)


@pytest.mark.parametrize("kappa", [-1e-9, float("nan")])
def test_kappa_is_not_negative(kappa):
    with pytest.raises(InputError, match="kappa: negative"):
        Training(kappa=kappa)


def digits():
    from refsnn.datasets import dataset

    chosen = dataset("digits")
    return [(s.prepared(), s.y) for s in (chosen.split("train"), chosen.split("test"))]


def trained(kappa: float, epochs: int = 4) -> Graph:
    (x, y), _ = digits()
    graph = mlp(x.shape[1:], 10, QCFS(levels=15), seed=0, width=32)
    return train(graph, x, y, Training(epochs=epochs, kappa=kappa)).graph


def test_what_it_does_to_digits():
    """Measured, not promised: here levels and spikes fall, and accuracy is what it is (-s)."""
    _, (x, y) = digits()
    x, rows = np.asarray(x, np.float64), []
    for kappa in (0.0, 1e-5, 1e-4):
        graph = trained(kappa)
        _, report = SNNMeetsANN(snap=10).convert(graph, Calibration(x, y))
        levels = [r.level for r in references(graph, evaluate(graph, x)).values()]
        mean = float(np.mean(np.concatenate([level.ravel() for level in levels])))
        rows.append((mean, report.notes["activity"], report.evaluation.snn_accuracy))
        print(f"kappa {kappa:g}: level %.3f, spikes a neuron %.3f, accuracy %.4f" % rows[-1])
        assert report.claim.held
    # what the surrogate does push down
    assert rows[0][0] > rows[1][0] > rows[2][0]


def test_kappa_zero_changes_no_bit():
    (x, y), _ = digits()
    graph = mlp(x.shape[1:], 10, QCFS(levels=4), seed=0, width=4)
    plain = loss_and_gradients(graph, x[:8], y[:8])
    zero = loss_and_gradients(graph, x[:8], y[:8], kappa=0.0)
    assert plain[0] == zero[0]
    for name, grad in plain[1].items():
        assert_array_equal(grad, zero[1][name])
