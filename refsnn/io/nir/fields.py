"""The NIR node of each operation of ours that has no state."""

from __future__ import annotations

import numpy as np

from refsnn.errors import UnsupportedError
from refsnn.graph import Node
from refsnn.io.nir.hdf5 import Tree
from refsnn.io.nir.metadata import op_metadata
from refsnn.ops import AvgPool2d, Conv2d, Flatten, GlobalAvgPool, Linear, Scale
from refsnn.typing import Array, Shape

Pair = tuple[int, int]


def fields_of(node: Node, params: dict[str, Array], shape: Shape) -> tuple[Tree, Tree]:
    """The fields of the NIR node of an operation, and nodes that follow it, by suffix."""
    op = node.op
    if isinstance(op, Linear):
        return {"type": "Affine" if op.bias else "Linear", **params}, {}
    if isinstance(op, Conv2d):
        return _conv(op, params, shape), {}
    if isinstance(op, Flatten):
        return _flatten(shape), {}
    if isinstance(op, Scale):
        weight = params["weight"].reshape(-1, *[1] * (len(shape) - 1))
        return {"type": "Scale", "scale": np.array(np.broadcast_to(weight, shape))}, {}
    if isinstance(op, AvgPool2d | GlobalAvgPool):
        return _pool(node, op, shape)
    raise UnsupportedError(f"NIR has no node for {type(op).__name__}", where=node.name)


def _conv(op: Conv2d, params: dict[str, Array], shape: Shape) -> Tree:
    window, weight = op.window, params["weight"]
    return {
        "type": "Conv2d",
        "input_shape": np.array(shape[1:]),
        "weight": weight,
        "bias": params.get("bias", np.zeros(op.channels, weight.dtype)),
        "stride": np.array(window.stride),
        "padding": np.array(window.padding),
        "dilation": np.array(window.dilation),
        "groups": op.groups,
    }


def _flatten(shape: Shape) -> Tree:
    return {"type": "Flatten", "start_dim": 0, "end_dim": -1, "input_type": np.array(shape)}


def _pool(node: Node, op: AvgPool2d | GlobalAvgPool, shape: Shape) -> tuple[Tree, Tree]:
    """A global pool is one window over the map, then flat; its own sum keeps its order."""
    if isinstance(op, AvgPool2d):
        window = op.window
        return _window(node, op.divisor, window.kernel, window.stride, window.padding), {}
    size = (shape[1], shape[2])
    fields = _window(node, op.divisor, size, size, (0, 0))
    return {**fields, "metadata": op_metadata(op)}, {"flat": _flatten((shape[0], 1, 1))}


def _window(node: Node, divisor: int | None, kernel: Pair, stride: Pair, padding: Pair) -> Tree:
    area = kernel[0] * kernel[1]
    if divisor not in (None, 1, area):
        raise UnsupportedError(
            "NIR pools divide by their area or not", where=node.name, got=divisor
        )
    return {
        "type": "SumPool2d" if divisor == 1 and area != 1 else "AvgPool2d",
        "kernel_size": np.array(kernel),
        "stride": np.array(stride),
        "padding": np.array(padding),
    }
