"""The operation counter against one that walks every spike through every synapse."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import SEEDS

from refsnn.activations import QCFS
from refsnn.analysis.cost import PJ_AC, PJ_MAC, ann_macs, cost
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.engines import run
from refsnn.graph import INPUT, Node, initialise
from refsnn.ops import Add, AvgPool2d, Conv2d, Flatten, GlobalAvgPool, Linear

H = W = 5


def network(seed, stride=1, groups=1, head="flatten"):
    """Padding, a strided convolution, an identity shortcut, a pool with padding, a linear layer."""
    nodes = [
        Node("conv0", Conv2d(4, 3, stride=stride, padding=1), (INPUT,)),
        Node("act0", QCFS(levels=3, lambda_init=1.0), ("conv0",)),
        Node("conv1", Conv2d(4, 3, padding=1, groups=groups), ("act0",)),
        Node("add", Add(), ("conv1", "act0")),
        Node("act1", QCFS(levels=2, lambda_init=1.0), ("add",)),
        Node("pool", AvgPool2d(2, stride=1, padding=1), ("act1",)),
        Node("conv2", Conv2d(2, (1, 2), dilation=2), ("pool",)),
        Node("act2", QCFS(levels=4, lambda_init=1.0), ("conv2",)),
        Node("head", Flatten() if head == "flatten" else GlobalAvgPool(), ("act2",)),
        Node("fc", Linear(3), ("head",)),
    ]
    return initialise((2, H, W), nodes, seed)


def reads(op, y, x, height, width):
    """Input places that output place (y, x) of a window reads, padding left out."""
    window = op.window
    for i, j in product(range(window.kernel[0]), range(window.kernel[1])):
        row = y * window.stride[0] + i * window.dilation[0] - window.padding[0]
        column = x * window.stride[1] + j * window.dilation[1] - window.padding[1]
        if 0 <= row < height and 0 <= column < width:
            yield row, column


def conv_touches(graph, name, events):
    """Walk every output of a convolution over every input it reads."""
    op, node = graph.node(name).op, graph.node(name)
    channels, height, width = graph.shapes[node.inputs[0]]
    out_channels, out_h, out_w = graph.shapes[name]
    total = 0.0
    for o, y, x in product(range(out_channels), range(out_h), range(out_w)):
        per = channels // op.groups
        first = o // (out_channels // op.groups) * per
        for row, column in reads(op, y, x, height, width):
            total += events[:, first : first + per, row, column].sum()
    return total


def pool_arrivals(graph, name, events):
    """How many spikes come to every output of a pool."""
    op, node = graph.node(name).op, graph.node(name)
    _, height, width = graph.shapes[node.inputs[0]]
    arrived = np.zeros((len(events), *graph.shapes[name]))
    for y, x in product(*map(range, arrived.shape[2:])):
        for row, column in reads(op, y, x, height, width):
            arrived[:, :, y, x] += events[:, :, row, column]
    return arrived


def brute_force(graph, counts):
    """(MACs of the image, accumulates) of all samples."""
    image = np.ones((1, *graph.input_shape))
    macs = conv_touches(graph, "conv0", image)
    accumulates = conv_touches(graph, "conv1", counts["act0"]) + counts["act0"].sum()
    pooled = pool_arrivals(graph, "pool", counts["act1"])
    accumulates += conv_touches(graph, "conv2", pooled)
    accumulates += counts["act2"].sum() * 3
    return macs, accumulates


@pytest.mark.parametrize("head", ["flatten", "global"])
@given(seed=SEEDS, stride=st.integers(1, 2), groups=st.sampled_from([1, 2]), rate=st.booleans())
def test_operations(head, seed, stride, groups, rate):
    graph = network(seed, stride, groups, head)
    method = QCFSConversion(steps=3) if rate else PascalConversion()
    snn = method.convert(graph.astype(np.float64))[0]
    x = np.random.default_rng(seed).uniform(-1, 2, (2, 2, H, W))
    done = run(snn, x)
    found = cost(snn, done)
    macs, accumulates = brute_force(snn.graph, done.sent)
    assert found.snn_macs == macs
    assert found.snn_accumulates * 2 == pytest.approx(accumulates, rel=1e-12)
    assert found.spikes * 2 == sum(count.sum() for count in done.sent.values())
    assert found.spikes_per_layer == {k: v.sum() / 2 for k, v in done.sent.items()}
    assert found.snn_energy_nj == pytest.approx(
        (macs * PJ_MAC + accumulates / 2 * PJ_AC) / 1000, rel=1e-12
    )


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("stride", [1, 2])
def test_macs_of_the_ann(stride, groups):
    graph = network(0, stride, groups)
    total = 0.0
    for name in ("conv0", "conv1", "conv2"):
        total += conv_touches(graph, name, np.ones((1, *graph.shapes[graph.node(name).inputs[0]])))
    total += graph.shapes["head"][0] * 3
    assert ann_macs(graph) == total


def test_padding_is_not_counted():
    """The plain product of sizes is larger: the counter really leaves padding out."""
    graph = network(0)
    channels, height, width = graph.shapes["conv0"]
    snn = PascalConversion().convert(graph.astype(np.float64))[0]
    found = cost(snn, run(snn, np.zeros((1, 2, H, W))))
    assert found.snn_macs < channels * height * width * 2 * 9


def test_the_image_is_multiplied_once_whatever_t():
    graph = network(3).astype(np.float64)
    x = np.random.default_rng(3).uniform(-1, 2, (2, 2, H, W))
    macs = []
    for steps in (1, 8):
        snn = QCFSConversion(steps=steps).convert(graph)[0]
        macs.append(cost(snn, run(snn, x)).snn_macs)
    assert macs[0] == macs[1] > 0


def test_silence_costs_nothing():
    graph = network(0).astype(np.float64)
    quiet = graph.with_params({k: v * 0 for k, v in graph.params.items() if k.endswith("weight")})
    snn = PascalConversion().convert(quiet)[0]
    found = cost(snn, run(snn, np.ones((1, 2, H, W))))
    assert found.spikes == found.snn_accumulates == 0
    assert found.snn_energy_nj == pytest.approx(found.snn_macs * PJ_MAC / 1000)


def test_cost_is_json_with_its_constants():
    graph = network(0).astype(np.float64)
    snn = PascalConversion().convert(graph)[0]
    data = json.loads(json.dumps(cost(snn, run(snn, np.ones((1, 2, H, W)))).to_dict()))
    assert "4.6 pJ" in data["constants"]
    assert "Horowitz" in data["constants"]
