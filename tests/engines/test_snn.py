"""Building a spiking network: what is refused, what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from laws.dyadic_networks import Shape, graph_of

from refsnn.activations import QCFS
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import Graph, Node
from refsnn.neurons import IF, Pascal, Readout, phases
from refsnn.ops import MaxPool2d
from refsnn.snn import SNN


@pytest.fixture
def pascal():
    return PascalConversion().convert(graph_of(Shape(levels=(4, 2, 3)), 0))[0]


def test_every_activation_needs_a_neuron(pascal):
    fewer = {k: v for k, v in pascal.neurons.items() if k != "act1"}
    with pytest.raises(InputError, match=r"SNN: every activation needs a neuron.*'act1'.*got"):
        replace(pascal, neurons=fewer)


def test_nothing_else_has_a_neuron(pascal):
    with pytest.raises(InputError, match="nothing else has one.*'conv1'"):
        replace(pascal, neurons={**pascal.neurons, "conv1": IF(theta=1)})


@pytest.mark.parametrize("frames", [0, -1, 1.5, True])
def test_input_frames(pascal, frames):
    with pytest.raises(InputError, match="^input frames: not a number of steps"):
        replace(pascal, input_frames=frames)


def test_maximum_pooling_in_a_rate_coded_network():
    graph = graph_of(Shape(levels=(4,), pool="max"), 0)
    with pytest.raises(UnsupportedError, match="pool: MaxPool2d does not commute with a sum"):
        QCFSConversion().convert(graph)[0]
    PascalConversion().convert(graph)[0]


def test_maximum_pooling_must_follow_a_thermometer_neuron():
    """After a convolution the frame-wise maximum means nothing, in any scheme."""
    graph = graph_of(Shape(levels=(4,), residual=False, pool="none"), 0)
    nodes = [n if n.name != "act3" else replace(n, inputs=("pool",)) for n in graph.nodes]
    nodes.append(Node("pool", MaxPool2d(1), ("conv3",)))
    with pytest.raises(UnsupportedError, match="pool: MaxPool2d does not commute"):
        PascalConversion().convert(Graph(graph.input_shape, tuple(nodes), graph.params))[0]


def test_maximum_pools_in_a_row_are_fine():
    graph = graph_of(Shape(levels=(4,), residual=False, pool="max"), 0)
    nodes = [n if n.name != "conv3" else replace(n, inputs=("again",)) for n in graph.nodes]
    nodes.append(Node("again", MaxPool2d(1), ("pool",)))
    PascalConversion().convert(Graph(graph.input_shape, tuple(nodes), graph.params))[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class Doubling(IF):
    """Claims to be synchronous and gives two frames for one."""

    def schedule(self, t_in):
        return phases("fire", 2 * t_in, consumes=True, emits=True)


def test_trains_of_unequal_length_meet():
    graph = graph_of(Shape(levels=(4,)), 0)
    neurons = {name: IF(theta=1) for name in ("act0", "act2", "act3")}
    with pytest.raises(UnsupportedError, match=r"add: trains of unequal length meet: got \[8, 4\]"):
        SNN(graph, {**neurons, "act1": Doubling(theta=1)}, Readout(), 4)


def test_frames_of_every_edge(pascal):
    frames = pascal.frames
    assert frames["input"] == frames["conv0"] == 1
    assert [frames[f"act{i}"] for i in range(4)] == [4, 2, 3, 4]
    assert frames["add"] == frames["conv2"] == 2
    assert frames["fc"] == 4
    rate = QCFSConversion(steps=5).convert(graph_of(Shape(levels=(4,)), 0))[0]
    assert set(rate.frames.values()) == {5}


def test_synchronous(pascal):
    assert not pascal.synchronous
    assert QCFSConversion().convert(graph_of(Shape(levels=(4,)), 0))[0].synchronous


def test_semantics_of_every_layer(pascal):
    assert set(pascal.semantics) == {*pascal.neurons, "fc"}
    assert pascal.semantics["act1"].negative == "free"
    assert pascal.semantics["fc"].reset == "none"


def test_a_network_is_frozen(pascal):
    with pytest.raises(TypeError):
        pascal.neurons["act0"] = IF(theta=1)
    with pytest.raises(TypeError):
        pascal.settings["a"] = 1
    with pytest.raises(AttributeError):
        pascal.readout = Readout()


def test_first_layer_neurons(pascal):
    kinds = {name: type(neuron).__name__ for name, neuron in pascal.neurons.items()}
    assert kinds == {"act0": "PascalFirst", "act1": "Pascal", "act2": "Pascal", "act3": "Pascal"}


def test_neuron_settings_come_from_the_activation(pascal):
    for name, neuron in pascal.neurons.items():
        op, lam = pascal.graph.node(name).op, pascal.graph.params[f"{name}.lambda"]
        assert isinstance(op, QCFS)
        assert neuron.t_out == op.levels
        assert np.array_equal(neuron.theta * op.levels, lam)
    assert isinstance(pascal.neurons["act1"], Pascal)
