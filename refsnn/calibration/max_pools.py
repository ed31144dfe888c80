"""Maximum pooling without a maximum: ``max(a, b) = b + relu(a - b)``, which spikes can compute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from refsnn.activations import ReLU
from refsnn.errors import UnsupportedError
from refsnn.graph import Graph, Node
from refsnn.ops import Add, MaxPool2d, Op, Scale, Slice
from refsnn.typing import Array, Shape


def max_as_relu(graph: Graph) -> Graph:
    """The same function, every unpadded maximum pooling as a tournament of ReLUs.

    A pool over a whole axis (the points of a point cloud) halves it round by round: log2 of its
    length activations. Any other window takes one activation for each tap but the first.

    Exactness
    ---------
    The same function; bit for bit on dyadic data, to rounding otherwise. As spikes it is
    approximate: each round is a layer of neurons.

    Source
    ------
    Derived. The frame-by-frame maximum of spike trains would be biased upwards.
    """
    nodes: list[Node] = []
    params = dict(graph.params)
    for node in graph.nodes:
        if isinstance(node.op, MaxPool2d):
            made, own = _tournament(node, node.op, graph.shapes[node.inputs[0]])
            nodes += made
            params |= own
        else:
            nodes.append(node)
    return Graph(graph.input_shape, tuple(nodes), params)


class _Rounds:
    """Collects the nodes that take the place of one pool."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes: list[Node] = []
        self.params: dict[str, Array] = {}

    def add(self, label: str, op: Op, *inputs: str) -> str:
        name = f"{self.name}.{label}{len(self.nodes)}"
        self.nodes.append(Node(name, op, inputs))
        return name

    def larger(self, a: str, b: str) -> str:
        """``b + relu(a - b)``."""
        minus = self.add("minus", Scale(), b)
        self.params[f"{minus}.weight"] = np.asarray(-1.0)
        gap = self.add("relu", ReLU(), self.add("gap", Add(), a, minus))
        return self.add("max", Add(), b, gap)

    def cut(self, edge: str, axis: int, part: slice) -> str:
        """A slice along one axis of a sample."""
        start: list[int | None] = [None] * 3
        stop: list[int | None] = [None] * 3
        step = [1] * 3
        start[axis], stop[axis], step[axis] = part.start, part.stop, part.step or 1
        return self.add("cut", Slice(tuple(start), tuple(stop), tuple(step)), edge)


def _tournament(node: Node, op: MaxPool2d, shape: Shape) -> tuple[list[Node], Mapping[str, Array]]:
    window = op.window
    if window.padding != (0, 0):
        raise UnsupportedError(
            "a padded maximum pool has no form in ReLUs",
            where=node.name,
            fix="pool without padding",
        )
    rounds, edge, size = _Rounds(node.name), node.inputs[0], window.out_size(shape[1:])
    for axis in (1, 2):
        length, kernel = shape[axis], window.kernel[axis - 1]
        if kernel == length:
            edge = _halved(rounds, edge, axis, length)
        else:
            edge = _taps(rounds, edge, axis, kernel, window.stride[axis - 1], size[axis - 1])
    if not rounds.nodes:  # a window of one element
        edge = rounds.cut(edge, 1, slice(None))
    rounds.nodes[-1] = replace(rounds.nodes[-1], name=node.name)
    return rounds.nodes, rounds.params


def _halved(rounds: _Rounds, edge: str, axis: int, length: int) -> str:
    """Halves overlap by one where the length is odd: the maximum does not mind."""
    while length > 1:
        half = (length + 1) // 2
        a = rounds.cut(edge, axis, slice(0, half))
        b = rounds.cut(edge, axis, slice(length - half, length))
        edge, length = rounds.larger(a, b), half
    return edge


def _taps(rounds: _Rounds, edge: str, axis: int, kernel: int, stride: int, out: int) -> str:
    if kernel == 1 == stride:
        return edge
    ends = stride * (out - 1) + 1
    taps = [rounds.cut(edge, axis, slice(i, i + ends, stride)) for i in range(kernel)]
    best = taps[0]
    for tap in taps[1:]:
        best = rounds.larger(tap, best)
    return best
