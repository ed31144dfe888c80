"""The real weight of one unit of a source, amplitudes and pool areas included."""

from __future__ import annotations

import numpy as np

from refsnn.graph import Node
from refsnn.lower.taps import Path
from refsnn.ops import AvgPool2d, Conv2d, GlobalAvgPool, Linear
from refsnn.snn import SNN
from refsnn.typing import Array


def effective_weight(snn: SNN, path: Path, amplitude: Array) -> Array:
    """Real weight of one unit of the source: its amplitude and pool areas included.

    ``amplitude`` is the value of one unit at every place of one sample of the source.
    """
    factor, value = 1.0, amplitude[None]
    for node in path.nodes:
        if isinstance(node.op, AvgPool2d):
            factor /= node.op.area
        elif isinstance(node.op, GlobalAvgPool):
            _, *pixels = snn.graph.shapes[node.inputs[0]]
            factor /= node.op.divisor or int(np.prod(pixels))
        elif node is path.weighted:
            weight = np.asarray(snn.graph.of(node.name)["weight"], np.float64)
            return _weighted_columns(node, weight, value[0]) * factor
        value = _carried(node, value)
    return _per_channel_or_one(value[0]) * factor


def _carried(node: Node, value: Array) -> Array:
    """Amplitudes behind an operation that only moves or averages: the weighted mean of them."""
    total, ones = node.op.apply({}, value), node.op.apply({}, np.ones_like(value))
    return np.asarray(np.divide(total, ones, out=np.ones_like(total), where=ones != 0))


def _per_channel_or_one(value: Array) -> Array:
    if np.all(value == value.flat[0]):
        return np.asarray(value.flat[0])
    return value[(slice(None), *[slice(0, 1)] * (value.ndim - 1))]


def _weighted_columns(node: Node, weight: Array, value: Array) -> Array:
    """A weight with each input column multiplied by the value of a unit of that input."""
    if isinstance(node.op, Conv2d):
        groups = node.op.groups
        columns = value[:, 0, 0].reshape(groups, 1, -1, 1, 1)  # the same at every pixel
        grouped = weight.reshape(groups, -1, *weight.shape[1:])
        return np.asarray((grouped * columns).reshape(weight.shape))
    if isinstance(node.op, Linear):
        return np.asarray(weight * value)
    channel = _per_channel_or_one(value)
    return np.asarray(weight.reshape(-1, 1, 1) * channel if weight.ndim else weight * channel)
