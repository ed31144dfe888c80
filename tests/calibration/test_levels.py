"""ReLU networks that get levels: by hand, by the definition, and exact under both schemes."""

from __future__ import annotations

import numpy as np
import pytest
from burst_networks import graph, images, relu_net
from numpy.testing import assert_array_equal

from refsnn.activations import QCFS
from refsnn.ann import activations, evaluate, logits
from refsnn.calibration.levels import with_levels
from refsnn.calibration.parts import bias_owner, channel_mean, with_biases
from refsnn.convert import METHODS, Calibration
from refsnn.errors import InputError, UnsupportedError

ROUNDED = 1e-12
"""Means of floats near one, added up in two ways (float64)."""


def test_levels_that_are_there_are_found():
    """Activations 0..4: lambda = 4, four levels, and no bias to correct."""
    x = np.arange(-2.0, 5).reshape(-1, 1)
    made = with_levels(relu_net(theta=1.0, phi=1).graph, x, 4)
    assert made.params["act.lambda"] == 4
    assert made.params["fc0.bias"] == 0
    assert_array_equal(logits(made, x), np.maximum(x, 0))


def test_bias_by_hand():
    """At 1 and 4, one level: of the candidates 4 (off by 1, as 1 becomes 0) is best.

    The mean falls from 2.5 to 2, and the bias takes up the half.
    """
    x = np.array([[1.0], [4.0]])
    plain = with_levels(relu_net(theta=1.0, phi=1).graph, x, 1, bias=False)
    assert plain.params["act.lambda"] == 4
    assert_array_equal(logits(plain, x), [[0], [4]])
    assert with_levels(relu_net(theta=1.0, phi=1).graph, x, 1).params["fc0.bias"] == 0.5


@pytest.mark.parametrize("bias", [False, True])
def test_each_layer_is_fitted_to_what_the_quantised_ones_give_it(bias):
    net, x = graph(1), images(1)
    made, whole = with_levels(net, x, 3, bias=bias), evaluate(with_biases(net), x)
    values = evaluate(made, x)
    for node in activations(made):
        assert node.op == QCFS(3)
        owner = bias_owner(made, node.name)
        key = f"{owner.name}.bias"
        moved = made.params[key] - net.params.get(key, 0)
        before = values[node.inputs[0]] - moved.reshape(-1, *[1] * (values[owner.name].ndim - 2))
        sent = node.op.apply(made.of(node.name), before)
        lost = channel_mean((whole[node.name] - sent).mean(axis=0))
        np.testing.assert_allclose(moved, lost if bias else 0, atol=ROUNDED)
        squared = np.sum((sent - np.maximum(before, 0)) ** 2)
        shrunk = {"lambda": made.params[f"{node.name}.lambda"] * 0.9}
        assert squared <= np.sum((node.op.apply(shrunk, before) - np.maximum(before, 0)) ** 2)


@pytest.mark.parametrize("channels", [False, True])
def test_many_levels_are_the_relu_network(channels):
    net, x = graph(2), images(2)
    fine, coarse = (with_levels(net, x, levels, channels=channels) for levels in (4096, 2))
    gap = np.abs(logits(fine, x) - logits(net, x)).max()
    assert gap < 0.01 * np.abs(logits(coarse, x) - logits(net, x)).max()


@pytest.mark.parametrize(("method", "settings"), [("pascal", {}), ("snn-meets-ann", {"steps": 4})])
def test_the_levels_convert_exactly(method, settings):
    net, x = graph(3), images(3)
    made = with_levels(net, x, 15)
    _, report = METHODS[method](snap=10, **settings).convert(made, Calibration(x))
    assert report.evaluation.exactness.level == "E"
    assert report.evaluation.wrong_counts == 0
    assert report.claim.held


def test_a_silent_channel_gets_a_threshold():
    net, x = graph(4), images(4)
    bias = np.array([0.0, -100.0, 0.0])
    made = with_levels(net.with_params({"conv0.bias": bias}), x, 4)
    assert np.all(made.params["act0.lambda"] > 0)


def test_bad_input():
    net, x = graph(0), images(0)
    with pytest.raises(InputError, match="levels"):
        with_levels(net, x, 0)
    with pytest.raises(UnsupportedError, match="act0.*ReLU.*QCFS"):
        with_levels(with_levels(net, x, 4), x, 4)
    dead = net.with_params({"fc0.bias": np.full(5, -1e3)})
    with pytest.raises(InputError, match="act2"):
        with_levels(dead, x, 4)
