"""Rewriting passes keep the function."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import SEEDS, Shape, graph_of, images, shapes
from laws.tiny import one_neuron
from numpy.testing import assert_array_equal

from refsnn.activations import Clip, ReLU
from refsnn.analysis.exactness import dyadic_bits
from refsnn.ann import evaluate
from refsnn.errors import InputError
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.ops import (
    Add,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    Linear,
)
from refsnn.passes import drop_dropout, fold_batch_norm, remove, snap


def normed(bias=True, groups=1):
    """Convolution, linear, each with batch norm; a shortcut; a norm that cannot be folded."""
    nodes = (
        Node("conv", Conv2d(4, 3, padding=1, bias=bias, groups=groups), (INPUT,)),
        Node("bn", BatchNorm(eps=0.0), ("conv",)),
        Node("relu", ReLU(), ("bn",)),
        Node("conv2", Conv2d(4, 3, padding=1, bias=False), ("relu",)),
        Node("bn2", BatchNorm(eps=0.0), ("conv2",)),
        Node("add", Add(), ("bn2", "relu")),
        Node("pool", AvgPool2d(2), ("add",)),
        Node("bn3", BatchNorm(eps=0.0), ("pool",)),
        Node("flat", Flatten(), ("bn3",)),
        Node("fc", Linear(3, bias=bias), ("flat",)),
        Node("bn4", BatchNorm(eps=0.0), ("fc",)),
    )
    return initialise((2, 4, 4), nodes, 0)


def with_statistics(graph, rng, dyadic):
    """Random parameters; dyadic ones have variances whose roots are powers of two."""
    params = {}
    for name, value in graph.params.items():
        grid = np.asarray(rng.integers(-8, 9, value.shape) / 4)
        if name.endswith("running_var"):
            grid = np.asarray(4.0 ** rng.integers(-1, 3, value.shape))
        params[name] = grid if dyadic else np.abs(grid) + rng.uniform(0.5, 1.5, value.shape)
    return graph.with_params(params)


def bn_names(graph):
    return [n.name for n in graph.nodes if isinstance(n.op, BatchNorm)]


@given(seed=SEEDS, bias=st.booleans(), groups=st.sampled_from([1, 2]))
def test_folding_is_exact_on_dyadic_data(seed, bias, groups):
    """gamma / sqrt(var) is dyadic: every edge keeps its bits."""
    graph = with_statistics(normed(bias, groups), np.random.default_rng(seed), dyadic=True)
    folded = fold_batch_norm(graph)
    x = np.random.default_rng(seed).integers(-8, 9, (3, 2, 4, 4)) / 4
    before, after = evaluate(graph, x), evaluate(folded, x)
    assert_array_equal(after["fc"], before["bn4"])
    assert_array_equal(after["conv"], before["bn"])
    assert_array_equal(after["add"], before["add"])
    assert bn_names(folded) == ["bn3"]


@given(seed=SEEDS, bias=st.booleans())
def test_folding_is_close_otherwise(seed, bias):
    graph = with_statistics(normed(bias), np.random.default_rng(seed), dyadic=False)
    x = np.random.default_rng(seed).uniform(-1, 1, (3, 2, 4, 4))
    before, after = evaluate(graph, x)["bn4"], evaluate(fold_batch_norm(graph), x)["fc"]
    # folded weights are rounded once more, and sums of them
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-13 * np.abs(before).max())


@pytest.mark.parametrize("key", ["weight", "bias", "running_mean", "running_var"])
def test_every_statistic_matters(key):
    """Twin: forgetting any of the four is seen."""
    graph = with_statistics(normed(), np.random.default_rng(1), dyadic=True)
    x = np.random.default_rng(1).integers(-8, 9, (3, 2, 4, 4)) / 4
    other = graph.with_params({f"bn.{key}": graph.params[f"bn.{key}"] * 4 + 1})
    assert (evaluate(fold_batch_norm(other), x)["fc"] != evaluate(graph, x)["bn4"]).any()


def test_folded_weights_by_hand():
    nodes = (Node("fc", Linear(1), (INPUT,)), Node("bn", BatchNorm(eps=1.0), ("fc",)))
    params = {"fc.weight": [[2.0]], "fc.bias": [3.0], "bn.weight": [4.0], "bn.bias": [5.0]}
    params |= {"bn.running_mean": [1.0], "bn.running_var": [3.0]}
    graph = Graph((1,), nodes, {k: np.array(v) for k, v in params.items()})
    folded = fold_batch_norm(graph)
    assert {k: v.tolist() for k, v in folded.params.items()} == {
        "fc.weight": [[4.0]],
        "fc.bias": [9.0],  # 5 + (3 - 1) * 4 / 2
    }
    assert folded.output == "fc"


def test_a_layer_with_a_second_reader_is_not_touched():
    nodes = (
        Node("conv", Conv2d(2, 1), (INPUT,)),
        Node("bn", BatchNorm(), ("conv",)),
        Node("add", Add(), ("bn", "conv")),
    )
    graph = initialise((2, 2, 2), nodes, 0)
    assert bn_names(fold_batch_norm(graph)) == ["bn"]


def test_two_norms_in_a_row():
    nodes = (
        Node("fc", Linear(2), (INPUT,)),
        Node("bn", BatchNorm(eps=0.0), ("fc",)),
        Node("bn2", BatchNorm(eps=0.0), ("bn",)),
    )
    graph = with_statistics(initialise((3,), nodes, 0), np.random.default_rng(0), dyadic=True)
    folded = fold_batch_norm(graph)
    x = np.array([[1.0, -0.5, 2.0]])
    assert_array_equal(evaluate(folded, x)[folded.output], evaluate(graph, x)["bn2"])


@given(seed=SEEDS)
def test_dropout_is_removed(seed):
    graph = graph_of(Shape((4,)), seed)
    nodes = [replace(n, inputs=("d2",)) if n.name == "conv3" else n for n in graph.nodes]
    nodes += [Node("d1", Dropout(0.5), ("pool",)), Node("d2", Dropout(0.1), ("d1",))]
    nodes = [replace(n, inputs=("d3",)) if n.name == "flatten" else n for n in nodes]
    nodes += [Node("d3", Dropout(0.9), ("act3",)), Node("d4", Dropout(0.9), ("fc",))]
    noisy = Graph(graph.input_shape, tuple(nodes), graph.params)
    clean = drop_dropout(noisy)
    assert {n.name for n in clean.nodes} == {n.name for n in graph.nodes}
    assert clean.output == "fc"
    x = images(seed)
    assert_array_equal(evaluate(clean, x)["fc"], evaluate(noisy, x)["d4"])


def test_remove_takes_the_parameters_along():
    nodes = (Node("bn", BatchNorm(), (INPUT,)), Node("fc", Linear(2), ("bn",)))
    left = remove(initialise((3,), nodes, 0), {"bn"})
    assert set(left.params) == {"fc.weight", "fc.bias"}
    assert left.node("fc").inputs == (INPUT,)


@given(shape=shapes(), seed=SEEDS, bits=st.integers(4, 20))
def test_snapped_parameters_are_on_the_grid(shape, seed, bits):
    graph, rng = graph_of(shape, seed), np.random.default_rng(seed)
    graph = graph.with_params(
        {k: v * rng.uniform(0.5, 2, v.shape) for k, v in graph.params.items()}
    )
    snapped, change = snap(graph, bits)
    for name, value in snapped.params.items():
        node, _, key = name.rpartition(".")
        levels = snapped.node(node).op.levels if key == "lambda" else 1
        assert dyadic_bits(value / levels) <= bits
        assert np.abs(value - graph.params[name]).max() <= levels * 2.0 ** -(bits + 1)
        if key == "lambda":  # lambda = L theta exactly, so that L steps of theta are lambda
            assert_array_equal(
                snapped.node(node).op.theta({"lambda": value}, float) * levels, value
            )
    largest = max(float(np.abs(snapped.params[k] - v).max()) for k, v in graph.params.items())
    assert change.largest_change == largest
    assert change.bits == bits


@given(shape=shapes(), seed=SEEDS)
def test_snapping_twice_is_snapping_once(shape, seed):
    once, _ = snap(graph_of(shape, seed), 3)
    twice, change = snap(once, 3)
    assert change.largest_change == 0
    assert all(twice.params[k].tobytes() == v.tobytes() for k, v in once.params.items())


def test_ties_go_to_even():
    graph = one_neuron().with_params(
        {"fc0.weight": np.array([[0.125]]), "fc1.weight": np.array([[0.375]])}
    )
    snapped, _ = snap(graph, 2)
    assert snapped.params["fc0.weight"] == 0
    assert snapped.params["fc1.weight"] == 0.5


@pytest.mark.parametrize("levels", [1, 4, 8])
def test_a_threshold_that_vanishes_is_an_error(levels):
    """theta = 1/8: half a step of the grid of 1/4 rounds to even, zero."""
    graph = one_neuron(levels=levels, lam=levels / 8)
    with pytest.raises(
        InputError, match=r"^act.lambda: the threshold vanishes on the grid.*more bits"
    ):
        snap(graph, 2)
    assert snap(graph, 3)[1].largest_change == 0


def test_thresholds_of_other_activations_are_snapped_themselves():
    nodes = (Node("fc", Linear(1), (INPUT,)), Node("clip", Clip(lambda_init=0.3), ("fc",)))
    snapped, _ = snap(initialise((1,), nodes, 0), 2)
    assert snapped.params["clip.lambda"] == 0.25
    with pytest.raises(InputError, match="clip.lambda: the threshold vanishes"):
        snap(initialise((1,), nodes, 0), 0)


@pytest.mark.parametrize("bits", [-1, 41, 2.5, "3", None])
def test_grids_that_cannot_be_used(bits):
    with pytest.raises(InputError, match=r"snap: grid cannot be used: expected 0\.\.40 bits"):
        snap(one_neuron(), bits)


@given(seed=SEEDS, bias=st.booleans())
def test_a_transposed_convolution_takes_a_norm_in(seed, bias):
    """Its outputs are the second axis of the weight."""
    nodes = (
        Node("up", ConvTranspose2d(3, 2, stride=2, bias=bias), (INPUT,)),
        Node("bn", BatchNorm(eps=0.0), ("up",)),
    )
    graph = initialise((2, 3, 3), nodes, 0)
    graph = with_statistics(graph, np.random.default_rng(seed), dyadic=True)
    folded = fold_batch_norm(graph)
    assert bn_names(folded) == []
    x = np.random.default_rng(seed).integers(-8, 9, (3, 2, 3, 3)) / 4
    assert_array_equal(evaluate(folded, x)["up"], evaluate(graph, x)["bn"])


def test_only_the_norms_asked_for_are_folded():
    assert bn_names(fold_batch_norm(normed(), {"bn2", "bn4"})) == ["bn", "bn3"]
