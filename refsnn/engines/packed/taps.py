"""A stage as a sum of taps: each a source, how it is read, and its weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from refsnn.engines.packed.trains import image
from refsnn.engines.simd.geometry import Reading
from refsnn.engines.stages import Stage
from refsnn.graph import Graph, Node
from refsnn.ops import Add, AvgPool2d, Conv2d, Flatten, GlobalAvgPool, Linear, Scale
from refsnn.typing import Array, Shape

ONE = (1, 1)
NONE = (0, 0)


class Tap(NamedTuple):
    """``weight (*) (sums over blocks of the source) / area``, or ``scale * source``."""

    edge: str
    """The source: the input or a layer of neurons."""
    reading: Reading
    weight: Array | None
    """(outputs, C, kh, kw); None: every channel goes to the output of its number."""
    area: int
    """Values of a block that is averaged."""
    scale: Array
    """What a source is multiplied by: (), or (C,) one a channel."""


class _OtherError(Exception):
    """Not a sum of taps."""


def taps(graph: Graph, stage: Stage) -> list[Tap] | None:
    """The taps of a stage, or None where an operation is of another kind."""
    try:
        return _taps(graph, {node.name: node for node in stage.inside}, stage.source)
    except _OtherError:
        return None


def as_image(shape: Shape) -> tuple[int, int, int]:
    """(C, H, W), of an image or a vector only."""
    if len(shape) not in (1, 3):
        raise _OtherError
    return image(shape)


def _taps(graph: Graph, inside: Mapping[str, Node], edge: str) -> list[Tap]:
    node = inside.get(edge)
    if node is None:
        shape = as_image(graph.shapes[edge])
        return [Tap(edge, Reading(shape, ONE, ONE, ONE, NONE, ONE), None, 1, np.ones(()))]
    if isinstance(node.op, Add):
        return [tap for name in node.inputs for tap in _taps(graph, inside, name)]
    if isinstance(node.op, Scale) and node.inputs[0] not in inside:
        (tap,) = _taps(graph, inside, node.inputs[0])
        return [tap._replace(scale=graph.of(node.name)["weight"])]
    if isinstance(node.op, Conv2d) and node.op.groups == 1:
        window = node.op.window
        geometry = (window.kernel, window.stride, window.padding, window.dilation)
        return [_weighted(graph, inside, node, geometry)]
    if isinstance(node.op, Linear):
        return [_weighted(graph, inside, node, None)]
    raise _OtherError


def _weighted(
    graph: Graph,
    inside: Mapping[str, Node],
    node: Node,
    geometry: tuple[tuple[int, int], ...] | None,
) -> Tap:
    source = node.inputs[0]
    if source in inside and isinstance(inside[source].op, Flatten):
        source = inside[source].inputs[0]
    c, h, w = as_image(graph.shapes[source])
    if geometry is None:
        geometry = ((h, w), ONE, NONE, ONE)
    edge, pool, area = _pooled(graph, inside, source)
    weight = graph.of(node.name)["weight"].reshape(-1, c, *geometry[0])
    reading = Reading(as_image(graph.shapes[edge]), pool, *geometry)
    return Tap(edge, reading, weight, area, np.ones(()))


def _pooled(
    graph: Graph, inside: Mapping[str, Node], edge: str
) -> tuple[str, tuple[int, int], int]:
    """(source, blocks that are averaged, what their sum is divided by)."""
    node = inside.get(edge)
    if node is None:
        return edge, ONE, 1
    source = node.inputs[0]
    _, h, w = as_image(graph.shapes[source])
    if source in inside:
        raise _OtherError
    if isinstance(node.op, GlobalAvgPool):
        return source, (h, w), node.op.divisor or int(np.prod((h, w)))
    if isinstance(node.op, AvgPool2d):
        window = node.op.window
        if window.stride == window.kernel and window.padding == NONE:
            return source, window.kernel, node.op.area
    raise _OtherError
