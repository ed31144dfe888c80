"""The two small networks of the golden cases, and numbers for them from SplitMix64."""

from __future__ import annotations

import numpy as np

from fixedpoint.stimuli import integers, substream
from refsnn.activations import Activation
from refsnn.graph import INPUT, Graph, Node
from refsnn.ops import Add, BatchNorm, Conv2d, Flatten, Linear, Op
from refsnn.typing import Array, Shape

NEAR = {1: 2.0**-14, 2: 2.0**-11}
"""Channel to what it misses its ties by: less than 8e-5, and less than 1e-3."""
FINE_PARTS = 2**20
"""Weights of the cases on a fine grid: their sums are exact in float64 alone."""


def mlp(act: Activation, norm: bool) -> list[Node]:
    """12-12-9-10; the first matrix is square, so that a transposed one fits too."""
    source, nodes = INPUT, []
    for i, features in enumerate((12, 9)):
        nodes.append(Node(f"fc{i}", Linear(features), (source,)))
        if norm:
            nodes.append(Node(f"bn{i}", BatchNorm(eps=0.0), (f"fc{i}",)))
        nodes.append(Node(f"act{i}", act, (nodes[-1].name,)))
        source = f"act{i}"
    return [*nodes, Node("fc2", Linear(10), (source,))]


def conv(act: Activation, norm: bool, pool: Op) -> list[Node]:
    """A convolution, one with a shortcut, a pool, a linear layer."""
    nodes = [Node("conv0", Conv2d(3, 3, padding=1), (INPUT,))]
    if norm:
        nodes.append(Node("bn0", BatchNorm(eps=0.0), ("conv0",)))
    nodes.append(Node("act0", act, (nodes[-1].name,)))
    nodes.append(Node("conv1", Conv2d(3, 3, padding=1), ("act0",)))
    if norm:
        nodes.append(Node("bn1", BatchNorm(eps=0.0), ("conv1",)))
    nodes.append(Node("add", Add(), (nodes[-1].name, "act0")))
    nodes.append(Node("act1", act, ("add",)))
    nodes.append(Node("pool", pool, ("act1",)))
    nodes.append(Node("flatten", Flatten(), ("pool",)))
    return [*nodes, Node("fc", Linear(3), ("flatten",))]


def drawn(graph: Graph, key: str, shape: Shape, stream: str) -> Array:
    """Weights in quarters, thresholds in quarters, biases in eighths."""
    node, _, name = key.rpartition(".")
    stream = f"{stream}/{key}"
    if name == "lambda":
        levels = getattr(graph.node(node).op, "levels", None)
        return grid(stream, 2, 4, shape, 4) * (levels or 1)
    if name == "running_var":
        return np.asarray(4.0) ** grid(stream, -1, 0, shape, 1)
    if name == "running_mean":
        return grid(stream, -2, 2, shape, 4)
    if isinstance(graph.node(node).op, BatchNorm) and name == "weight":
        return grid(stream, 1, 3, shape, 2)
    if name == "weight":
        return grid(stream, -4, 5, shape, 4 if len(shape) == 2 else 8)
    bias = grid(stream, -3, 4, shape, 8)
    if not any(isinstance(reader.op, BatchNorm) for reader in graph.consumers(node)):
        for channel, gap in NEAR.items():
            bias[channel] -= gap
    return bias


def refined(graph: Graph, stream: str) -> Graph:
    """Every weight moved by less than 1/16, onto the fine grid."""
    most = FINE_PARTS // 16 - 1
    return graph.with_params(
        {
            key: value + grid(f"{stream}/{key}/fine", -most, most, value.shape, FINE_PARTS)
            for key, value in graph.params.items()
            if key.endswith(".weight")
        }
    )


def grid(stream: str, low: int, high: int, shape: Shape, parts: int) -> Array:
    """Multiples of 1 / parts from low / parts to high / parts, the same on every machine."""
    count = int(np.prod(shape, dtype=np.int64))
    return integers(substream(1, stream), low, high, count).reshape(shape) / parts
