"""What has no integer form is refused, and the node is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from laws.dyadic_networks import SIZE, Shape, graph_of

from refsnn.activations import QCFS
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT, Node, initialise
from refsnn.lower import lower
from refsnn.neurons import IF, Readout
from refsnn.ops import (
    Add,
    AvgPool2d,
    Concat,
    Conv2d,
    Flatten,
    GlobalAvgPool,
    Linear,
    Scale,
)

X = np.random.default_rng(0).integers(-8, 17, (4, 2, SIZE, SIZE)) / 8


def refused(graph, message, method=None, x=None):
    x = X if x is None else x
    with pytest.raises(UnsupportedError, match=message):
        lower((method or PascalConversion()).convert(graph)[0], x)


def chain(*ops, shape=(2, 4, 4)):
    """Operations in a row, a convolution and an activation before them and two after them."""
    nodes = [Node("conv0", Conv2d(3, 1), (INPUT,)), Node("act0", QCFS(levels=4), ("conv0",))]
    for i, op in enumerate(ops):
        nodes.append(Node(f"op{i}", op, (nodes[-1].name,)))
    nodes += [Node("act1", QCFS(levels=4), (nodes[-1].name,)), Node("flat", Flatten(), ("act1",))]
    nodes.append(Node("fc", Linear(2), ("flat",)))
    return initialise(shape, nodes, 0).astype(np.float64)


def joined(second, reader):
    """Two branches, one of them perhaps a bare convolution, concatenated and read."""
    nodes = [
        Node("conv0", Conv2d(4, 1), (INPUT,)),
        Node("act0", QCFS(levels=4), ("conv0",)),
        Node("conv1", Conv2d(4, 1), ("act0",)),
        *([Node("act1", QCFS(levels=4), ("conv1",))] if second == "act1" else []),
        Node("concat", Concat(), ("act0", second)),
        Node("conv2", reader, ("concat",)),
        Node("act2", QCFS(levels=4), ("conv2",)),
        Node("flat", Flatten(), ("act2",)),
        Node("fc", Linear(2), ("flat",)),
    ]
    return initialise((2, 4, 4), nodes, 0).astype(np.float64)


def test_refuses_a_concatenation_of_what_is_no_neuron():
    refused(joined("conv1", Conv2d(3, 1)), "concat: Concat joins what is no neuron")


def test_refuses_a_grouped_convolution_of_a_concatenation():
    grouped = Conv2d(4, 1, groups=2)
    refused(joined("act1", grouped), "conv2: Conv2d reads a concatenation without mixing")


def test_refuses_maximum_pooling():
    refused(graph_of(Shape((4,), pool="max"), 0), "pool: MaxPool2d has no integer form")


def test_refuses_two_weighted_operations_in_a_row():
    refused(
        chain(Conv2d(3, 1), Conv2d(3, 1)), "op1: Conv2d reads 'op0' with no neuron between them"
    )


def test_refuses_a_pool_between_weights_and_neuron():
    refused(chain(Conv2d(3, 1), AvgPool2d(2)), "op1: AvgPool2d lies between weights and neuron")


def test_refuses_an_operation_after_an_add():
    nodes = (
        Node("conv0", Conv2d(3, 1), (INPUT,)),
        Node("act0", QCFS(levels=4), ("conv0",)),
        Node("conv1", Conv2d(3, 1), ("act0",)),
        Node("add", Add(), ("conv1", "act0")),
        Node("pool", AvgPool2d(2), ("add",)),
        Node("act1", QCFS(levels=4), ("pool",)),
        Node("flat", Flatten(), ("act1",)),
        Node("fc", Linear(2), ("flat",)),
    )
    graph = initialise((2, 4, 4), nodes, 0).astype(np.float64)
    refused(graph, "add: Add is followed by another operation before the neuron")


def test_refuses_scales_per_channel():
    """As integers they would broadcast along the wrong axis of a square image, in silence."""
    refused(chain(Scale(per_channel=True)), "op0: Scale has one weight per channel")


def test_refuses_released_arithmetic():
    refused(graph_of(Shape((4,)), 0), "act0: as-released", PascalConversion(as_released=True))


def test_refuses_released_if_neurons():
    snn = QCFSConversion().convert(graph_of(Shape((4,)), 0))[0]
    released = {name: IF(theta=n.theta, as_released=True) for name, n in snn.neurons.items()}
    with pytest.raises(UnsupportedError, match="act0: as-released"):
        lower(replace(snn, neurons=released), X)


def test_refuses_a_bias_that_is_spread():
    """b / T is no integer."""
    snn = QCFSConversion().convert(graph_of(Shape((4,)), 0))[0]
    with pytest.raises(UnsupportedError, match="fc: .*spread"):
        lower(replace(snn, readout=Readout(bias_plan="spread")), X)


def test_refuses_weights_that_two_layers_share():
    """One convolution read by two neurons would need two integer scales."""
    nodes = (
        Node("conv0", Conv2d(3, 1), (INPUT,)),
        Node("act0", QCFS(levels=4, lambda_init=1.0), ("conv0",)),
        Node("act1", QCFS(levels=4, lambda_init=3.0), ("conv0",)),
        Node("conv1", Conv2d(3, 1), ("act0",)),
        Node("add", Add(), ("conv1", "act1")),
        Node("act2", QCFS(levels=4), ("add",)),
        Node("flat", Flatten(), ("act2",)),
        Node("fc", Linear(2), ("flat",)),
    )
    refused(
        initialise((2, 4, 4), nodes, 0).astype(np.float64),
        "conv0: Conv2d is read by more than one neuron",
    )


def test_refuses_an_output_without_weights():
    nodes = (
        Node("conv0", Conv2d(3, 1), (INPUT,)),
        Node("act0", QCFS(levels=4), ("conv0",)),
        Node("mean", GlobalAvgPool(), ("act0",)),
    )
    refused(
        initialise((2, 4, 4), nodes, 0).astype(np.float64),
        "mean: GlobalAvgPool is an output without",
    )


def test_refuses_weights_too_large_for_the_threshold():
    graph = graph_of(Shape((4,)), 0)
    big = graph.with_params({"conv1.weight": graph.params["conv1.weight"] * 1e4})
    refused(big, "act1: weights are too large for the threshold")


@pytest.mark.parametrize("bits", [1, 17, 0])
def test_weight_widths_that_cannot_be_used(bits):
    snn = PascalConversion().convert(graph_of(Shape((4,)), 0))[0]
    with pytest.raises(InputError, match=r"act0: weights cannot be that wide: expected 2\.\.16"):
        lower(snn, X, bits=bits)
