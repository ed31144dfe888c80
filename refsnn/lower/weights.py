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

    ``amplitude`` is the value of one unit at every place of one sample of the source. Of a
    concatenation: the columns of this source.
    """
    factor = _pooled(snn, path)
    value = carried(path, amplitude)
    node = path.weighted
    if node is None:
        return per_channel_or_one(value) * factor
    weight = np.asarray(snn.graph.of(node.name)["weight"], np.float64)
    return columns_times(node, _own(path, weight), value) * factor


def carried(path: Path, amplitude: Array) -> Array:
    """Value of one unit where the weights read it, or at the end of a path without any.

    Operations that only move or average give the weighted mean of their inputs.
    """
    value = amplitude[None]
    for node in path.nodes:
        if node is path.weighted:
            break
        total, ones = node.op.apply({}, value), node.op.apply({}, np.ones_like(value))
        value = np.divide(total, ones, out=_padding(total), where=ones != 0)
    return np.asarray(value[0])


def _padding(value: Array) -> Array:
    """A value for places that hold no unit: that of their channel, which is all that is asked."""
    if value.ndim < 4:
        return np.ones_like(value)
    return np.broadcast_to(value.max(axis=(2, 3), keepdims=True), value.shape).copy()


def _pooled(snn: SNN, path: Path) -> float:
    """One over the areas of the average pools, which become sums."""
    factor = 1.0
    for node in path.nodes:
        if isinstance(node.op, AvgPool2d):
            factor /= node.op.area
        elif isinstance(node.op, GlobalAvgPool):
            _, *pixels = snn.graph.shapes[node.inputs[0]]
            factor /= node.op.divisor or int(np.prod(pixels))
    return factor


def _own(path: Path, weight: Array) -> Array:
    if path.channels is None:
        return weight
    return weight[:, path.columns(weight.shape[1])]


def per_channel_or_one(value: Array) -> Array:
    """One value () where all places agree, else one per channel: (C,) or (C, 1, 1)."""
    if np.all(value == value.flat[0]):
        return np.asarray(value.flat[0])
    return value[(slice(None), *[slice(0, 1)] * (value.ndim - 1))]


def columns_times(node: Node, weight: Array, value: Array) -> Array:
    """A weight with each input column multiplied by the value of a unit of that input."""
    if isinstance(node.op, Conv2d):
        groups = node.op.groups
        columns = value[:, 0, 0].reshape(groups, 1, -1, 1, 1)  # the same at every pixel
        grouped = weight.reshape(groups, -1, *weight.shape[1:])
        return np.asarray((grouped * columns).reshape(weight.shape))
    if isinstance(node.op, Linear):
        return np.asarray(weight * value)
    channel = per_channel_or_one(value)
    return np.asarray(weight.reshape(-1, 1, 1) * channel if weight.ndim else weight * channel)
