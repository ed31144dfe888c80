"""Unequal T in one network: perceptrons, shortcuts, maximum pools; each fails when done wrong."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import SEEDS, Shape, graph_of, images, shapes
from numpy.testing import assert_array_equal

from refsnn.activations import QCFS
from refsnn.analysis.exactness import exactness
from refsnn.ann import evaluate, references
from refsnn.codings import thermometer
from refsnn.convert import Calibration, PascalConversion
from refsnn.datasets import digits
from refsnn.engines import propagate as engine
from refsnn.engines import run
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.jobs.training import TrainJob, prepare
from refsnn.jobs.two_stage import with_levels
from refsnn.ops import Linear, MaxPool2d

WIDTH = 4
LEVELS = st.lists(st.integers(1, 16), min_size=1, max_size=4)


def perceptron(levels, seed) -> Graph:
    """One activation per entry; weights and thetas are quarters."""
    nodes, source = [], INPUT
    for i, level in enumerate(levels):
        nodes += [
            Node(f"fc{i}", Linear(WIDTH), (source,)),
            Node(f"act{i}", QCFS(levels=level), (f"fc{i}",)),
        ]
        source = f"act{i}"
    graph = initialise((WIDTH,), [*nodes, Node("out", Linear(3), (source,))], seed)
    rng, params = np.random.default_rng(seed), {}
    for name, value in graph.params.items():
        if name.endswith("lambda"):
            op = graph.node(name.rpartition(".")[0]).op
            params[name] = np.asarray(rng.integers(1, 9) / 4 * op.levels)
        else:
            params[name] = rng.integers(-8, 9, value.shape) / 4
    return graph.with_params(params)


def equal(graph, x, snn=None):
    """The spiking network is the ANN: counts, sums, charges, logits, bit for bit."""
    snn = snn or PascalConversion().convert(graph)[0]
    assert exactness(snn, x).level == "E"
    values, outcome = evaluate(snn.graph, x), run(snn, x)
    for name, reference in references(snn.graph, values).items():
        assert_array_equal(outcome.counts[name], reference.level)
        assert_array_equal(outcome.sums[name], reference.a)
        assert_array_equal(outcome.charges[name], reference.z)
    assert_array_equal(outcome.logits, values[snn.graph.output])


def all_equal(cases):
    for graph, x in cases:
        equal(graph, x)


@given(levels=LEVELS, seed=SEEDS)
def test_perceptrons(levels, seed):
    x = np.random.default_rng(seed).integers(-16, 17, (5, WIDTH)) / 8
    equal(perceptron(levels, seed), x)


@pytest.mark.parametrize(("outer", "inner"), list(product((1, 2, 3, 4, 8), repeat=2)))
def test_every_pair_of_a_shortcut(outer, inner):
    """T frames over the shortcut, T' over the branch."""
    for seed in range(3):
        equal(graph_of(Shape((outer, inner), pool="max"), seed), images(seed))


def truncating(train, length):
    """A wrong meeting of unequal trains: the frames beyond the shorter one are lost."""
    padded = np.zeros((length, *train.shape[1:]), train.dtype)
    padded[: len(train)] = train[:length]
    return padded


@pytest.mark.parametrize(("outer", "inner"), [(4, 2), (2, 4)])
def test_a_shortcut_that_loses_frames_is_caught(monkeypatch, outer, inner):
    monkeypatch.setattr(engine, "_merged", truncating)
    graphs = [(graph_of(Shape((outer, inner)), seed), images(seed)) for seed in range(6)]
    if outer < inner:  # nothing is cut, and only the total matters
        all_equal(graphs)
        return
    with pytest.raises(AssertionError, match="Arrays are not equal"):
        all_equal(graphs)


def test_one_level_too_many_is_caught():
    graph = perceptron((4, 2, 8), 3)
    snn = PascalConversion().convert(with_levels(graph, {"act1": 3}))[0]
    x = np.random.default_rng(3).integers(-16, 17, (16, WIDTH)) / 8
    values = evaluate(graph, x)
    assert (run(snn, x).counts["act1"] != references(graph, values)["act1"].level).any()


@pytest.fixture(scope="module")
def trained():
    settings = {"epochs": 3, "rate": 0.05}
    return prepare(TrainJob(data="digits", levels=4, settings=settings)).run()


@pytest.mark.parametrize("levels", [(4, 2, 4, 1, 4), (1, 8, 2, 16, 3)])
def test_a_trained_network(trained, levels):
    """The residual network of the demo: the block's T differs from its branch's."""
    graph = with_levels(trained.graph, {f"act{i}": level for i, level in enumerate(levels)})
    data = digits().test[:120]
    x = data.prepared(trained.preprocessing, np.float64)
    snn, report = PascalConversion(snap=10).convert(graph, Calibration(x, data.y))
    assert [snn.frames[f"act{i}"] for i in range(5)] == list(levels)
    assert report.evaluation.wrong_counts == 0
    assert report.evaluation.logit_difference == 0
    assert report.claim.held
    equal(graph, x, snn)


@given(shape=shapes(("max",)), seed=SEEDS)
def test_a_pooled_train_is_the_or_of_its_window(shape, seed):
    """Frame by frame, in a network: the maximum of 0 and theta is an OR of spikes."""
    graph, x = graph_of(shape, seed), images(seed, 2)
    snn = PascalConversion().convert(graph)[0]
    outcome = run(snn, x, record=None)
    node = graph.node("pool")
    trace = outcome.traces[node.inputs[0]]
    spikes = trace.fired[trace.phase == "emit"]
    pooled = np.stack([node.op.apply({}, frame.astype(float)) for frame in spikes])
    biggest = node.op.apply({}, outcome.counts[node.inputs[0]].astype(float))
    assert_array_equal(pooled, thermometer(biggest.astype(np.int64), len(spikes)))
    assert set(np.unique(pooled)) <= {0, 1}


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_every_pair_of_counts(frames):
    """Exhaustive: the OR of two thermometers is the thermometer of the larger."""
    counts = np.array(list(product(range(frames + 1), repeat=2)))
    trains = thermometer(counts, frames).astype(bool)
    assert_array_equal(
        trains[..., 0] | trains[..., 1], thermometer(counts.max(axis=1), frames).astype(bool)
    )


def test_trains_that_are_no_thermometers_break_maximum_pooling():
    """One early and one late spike: their OR has two, the larger count is one."""
    early = thermometer(np.array([[[1, 0]]]), 2).astype(float)
    late = thermometer(np.array([[[0, 1]]]), 2).astype(float)[::-1]
    pool = MaxPool2d((1, 2))
    both = early[:, None] + late[:, None]
    assert sum(pool.apply({}, frame) for frame in both).item() == 2
    assert pool.apply({}, both.sum(axis=0)).item() == 1


def near_a_tie(distance):
    """x over two linear layers onto a neuron with T = 3, ``distance`` below its first tie."""
    nodes = (
        Node("fc0", Linear(1), (INPUT,)),
        Node("act0", QCFS(levels=1), ("fc0",)),
        Node("fc1", Linear(1), ("act0",)),
        Node("act1", QCFS(levels=3), ("fc1",)),
        Node("fc2", Linear(1), ("act1",)),
    )
    params = {"fc0.weight": [[1.0]], "fc0.bias": [0.0], "act0.lambda": 1.0}
    params |= {"fc1.weight": [[0.5 - distance]], "fc1.bias": [0.0], "act1.lambda": 3.0}
    params |= {"fc2.weight": [[1.0]], "fc2.bias": [0.0]}
    return Graph((1,), nodes, {k: np.array(v) for k, v in params.items()})


@pytest.mark.parametrize(("distance", "fine"), [(2.0**-14, False), (2.0**-12, True)])
def test_the_released_tolerance_fails_the_claim_near_a_tie(distance, fine):
    """8e-5 lies between 2**-14 and 2**-12."""
    x = Calibration(np.ones((1, 1)))
    graph = near_a_tie(distance)
    _, exact = PascalConversion().convert(graph, x)
    assert exact.claim.held
    assert exact.evaluation.exactness.level == "E"
    _, released = PascalConversion(as_released=True).convert(graph, x)
    assert released.claim.held is fine
