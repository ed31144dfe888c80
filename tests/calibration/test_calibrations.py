"""Biases, start values and weights: by hand, by their definition, and that they help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from burst_networks import STEPS, graph, images, network, relu_net
from numpy.testing import assert_array_equal

from refsnn.ann import evaluate, logits
from refsnn.calibration import (
    bias_owner,
    calibrate_biases,
    calibrate_potentials,
    calibrate_weights,
    max_as_relu,
    with_biases,
)
from refsnn.calibration.parts import with_neuron
from refsnn.calibration.walk import Walk
from refsnn.calibration.weights import loss_gradients
from refsnn.engines import run
from refsnn.errors import UnsupportedError
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.neurons import AdaFire
from refsnn.ops import BatchNorm, Conv2d, Linear, MaxPool2d


def test_bias_by_hand():
    """theta = 1: 0.7 is sent as 3/4, so the bias moves by -0.05; its ANN stays."""
    snn, x = relu_net(theta=1.0, phi=2), np.array([[0.7]])
    moved = calibrate_biases(snn, x)
    assert moved.graph.params["fc0.bias"] == pytest.approx([-0.05])  # eq: adaptive_calibration.6
    assert moved.ann.params["fc0.bias"] == 0
    assert snn.graph.params["fc0.bias"] == 0


def test_start_value_by_hand():
    """T (0.7 - 0.75) = -0.2; an earlier start value is replaced, not added to."""
    snn, x = relu_net(theta=1.0, phi=2), np.array([[0.7]])
    once = calibrate_potentials(snn, x)
    assert once.neurons["act"].v0 == pytest.approx([-0.2])  # eq: adaptive_calibration.7
    assert once.neurons["act"] == calibrate_potentials(once, x).neurons["act"]


def test_biases_see_the_corrections_before_them():
    snn, x = network(3)
    snn = replace(snn, graph=with_biases(snn.graph), reference=with_biases(snn.graph))
    values, current = evaluate(snn.ann, x), snn
    done = calibrate_biases(snn, x)
    for name in snn.neurons:
        key = f"{bias_owner(snn.graph, name).name}.bias"
        gap = run(current, x).sums[name] / STEPS - values[name]
        gap = gap.mean(tuple(i for i in range(gap.ndim) if i != 1))
        np.testing.assert_allclose(done.graph.params[key], snn.graph.params[key] - gap, atol=1e-12)
        current = replace(current, graph=current.graph.with_params({key: done.graph.params[key]}))
    assert current.ann is snn.ann


def test_gaps_of_the_first_layer_shrink():
    """Of channel means by the bias, of each place by the start value: on most networks."""
    better = np.zeros(2, int)
    for seed in range(10):
        snn, x = network(seed, phi=4, theta=0.7)
        snn = replace(snn, graph=with_biases(snn.graph), reference=with_biases(snn.graph))
        a = evaluate(snn.ann, x)["act0"]

        def gap(network, axes, a=a, x=x):
            return np.abs((run(network, x).sums["act0"] / STEPS - a).mean(axes)).sum()

        for i, (calibrate, axes) in enumerate(
            ((calibrate_biases, (0, 2, 3)), (calibrate_potentials, 0))
        ):
            better[i] += gap(calibrate(snn, x), axes) < gap(snn, axes)
    assert (better >= 7).all(), better


def test_a_walk_sends_what_the_network_sends(monkeypatch):
    snn, x = network(2)
    monkeypatch.setattr("refsnn.memory.MOST", 2)
    done, walk = run(snn, x, batch=2), Walk(x)
    for name in snn.neurons:
        assert_array_equal(walk.mean_sent(snn, name), done.sums[name] / STEPS)
        walk.go(snn, name)
        read_later = {e for n in snn.graph.nodes for e in n.inputs} & set(snn.neurons)
        assert set(walk.kept) <= read_later
    assert list(walk.kept) == list(snn.neurons)[-1:], "what was read by all its readers is gone"


def test_a_walk_does_not_see_changes_behind_it():
    snn, x = network(2)
    walk, fresh = Walk(x), Walk(x)
    walk.go(snn, "act0")
    quieter = with_neuron(snn, "act0", replace(snn.neurons["act0"], phi=1))
    fresh.go(quieter, "act0")
    before = walk.mean_sent(snn, "act1")
    assert_array_equal(walk.mean_sent(quieter, "act1"), before)
    assert not np.array_equal(fresh.mean_sent(quieter, "act1"), before)


def test_owners_of_biases():
    made = with_biases(graph())
    owners = {name: bias_owner(made, name).name for name in ("act0", "act1", "act2")}
    assert owners == {"act0": "conv0", "act1": "conv1", "act2": "fc0"}
    assert_array_equal(made.params["conv1.bias"], 0)
    assert_array_equal(logits(made, images()), logits(graph(), images()))


def test_a_bias_that_others_read_is_left_alone():
    nodes = (
        Node("fc", Linear(3), (INPUT,)),
        Node("norm", BatchNorm(), ("fc",)),
        Node("act", graph().node("act0").op, ("norm",)),
        Node("out", Linear(2), ("act",)),
    )
    assert bias_owner(initialise((4,), nodes, 0), "act") is None


def test_weights_lower_their_loss():
    snn, x = network(4, phi=1, theta=1.0)
    snn = replace(snn, graph=with_biases(snn.graph), reference=with_biases(snn.graph))
    tuned = calibrate_weights(snn, x, iterations=60, rate=3e-3, batch=12)
    owner, target = snn.graph.node("conv0"), evaluate(snn.ann, x)["act0"]
    before, after = (
        loss_gradients(owner, s.neurons["act0"], s.graph.of("conv0"), x, target, STEPS)[0]
        for s in (snn, tuned)
    )
    assert after < before
    assert not np.array_equal(tuned.graph.params["fc0.weight"], snn.graph.params["fc0.weight"])
    assert_array_equal(tuned.graph.params["fc1.weight"], snn.graph.params["fc1.weight"])
    assert tuned.ann is snn.ann


def test_the_straight_through_gradient():
    """Of ``(q(w x) - a)^2`` with q as the identity inside its range, by hand."""
    owner, neuron = Node("fc", Linear(2), (INPUT,)), AdaFire(theta=1.0, phi=1, steps=4)
    params = {"weight": np.array([[0.6], [1.5]]), "bias": np.zeros(2)}
    target = np.array([[1.0, 0.5]])
    loss, grads = loss_gradients(owner, neuron, params, np.array([[1.0]]), target, 4)
    assert loss == (0.5 - 1) ** 2 + (1 - 0.5) ** 2
    assert grads["bias"].tolist() == [2 * (0.5 - 1), 0]  # the second is clipped
    assert grads["weight"].tolist() == [[-1.0], [0.0]]


@pytest.mark.parametrize(
    ("pool", "shape"),
    [
        (MaxPool2d((7, 1)), (2, 7, 1)),
        (MaxPool2d(2), (2, 4, 6)),
        (MaxPool2d((2, 3), stride=1), (1, 3, 5)),
        (MaxPool2d((4, 4)), (2, 4, 4)),
        (MaxPool2d(1, stride=2), (2, 4, 4)),
        (MaxPool2d(1), (2, 4, 4)),
    ],
)
def test_maximum_as_relus(pool, shape):
    """The same function, bit for bit on a dyadic grid, negative values too."""
    nodes = (Node("pool", pool, (INPUT,)), Node("out", Conv2d(2, 1), ("pool",)))
    made, rng = initialise(shape, nodes, 0), np.random.default_rng(0)
    made = made.with_params({k: rng.integers(-4, 5, v.shape) / 4 for k, v in made.params.items()})
    x = rng.integers(-16, 17, (5, *shape)) / 8
    rewritten = max_as_relu(made)
    assert not any(isinstance(n.op, MaxPool2d) for n in rewritten.nodes)
    assert_array_equal(logits(rewritten, x), logits(made, x))


def test_a_padded_maximum_is_refused():
    nodes = (Node("pool", MaxPool2d(2, padding=1), (INPUT,)),)
    with pytest.raises(UnsupportedError, match="pool: a padded maximum"):
        max_as_relu(Graph((1, 4, 4), nodes, {}))
