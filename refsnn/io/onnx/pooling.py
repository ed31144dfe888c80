"""Pools, and means, sums and maxima over axes of a sample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from refsnn.activations import Clip, ReLU
from refsnn.io.onnx.builder import Builder
from refsnn.io.onnx.call import Call
from refsnn.io.onnx.registry import operator
from refsnn.io.onnx.tensors import Tensor
from refsnn.io.onnx.weighted import as_image
from refsnn.io.onnx.window import Sides, Space, Two, sides, space, two
from refsnn.ops import AvgPool2d, Concat, GlobalAvgPool, MaxPool2d, Op, Pad, Slice, Upsample

NEVER_NEGATIVE = (ReLU, Clip)
KEEPS_SIGN = (MaxPool2d, AvgPool2d, Concat, Pad, Slice, Upsample)


@operator(
    "AveragePool", 22, "AvgPool2d",
    "padding only where it is counted (count_include_pad = 1), no dilation; ceil_mode only where "
    "it adds nothing",
)  # fmt: skip
def average_pool(builder: Builder, call: Call) -> Tensor:
    """One divisor for all windows."""
    image, kernel, strides, around = _window(builder, call)
    longer = _ceiled(call, image, kernel, strides, around)
    padded = any(any(side) for side in around)
    if longer != around or (padded and not call.attribute("count_include_pad", 0)):
        raise call.refused(
            "padding that is not counted: the divisor differs from place to place",
            "a divisor for each window; or export with count_include_pad = 1 or without padding",
        )
    edge, padding = image.edge, (around[0][0], around[1][0])
    if any(before != after for before, after in around):
        edge, padding = builder.add(call, Pad(((0, 0), *around)), edge), (0, 0)
    return image.seen(builder.made(call, AvgPool2d(kernel, strides, padding), edge))


@operator(
    "MaxPool", 22, "MaxPool2d",
    "no dilation, no indices; uneven padding and ceil_mode where no value is negative (after Relu)",
)  # fmt: skip
def max_pool(builder: Builder, call: Call) -> Tensor:
    """Padding is below every value; zeros are as good where none is negative."""
    image, kernel, strides, around = _window(builder, call)
    around = _ceiled(call, image, kernel, strides, around)
    edge, padding = image.edge, (around[0][0], around[1][0])
    if any(before != after for before, after in around):
        if not never_negative(builder, edge):
            raise call.refused(
                f"padding {around} of values that may be negative",
                "even padding, or a Relu before it",
            )
        edge, padding = builder.add(call, Pad(((0, 0), *around)), edge), (0, 0)
    return image.seen(builder.made(call, MaxPool2d(kernel, strides, padding), edge))


def _window(builder: Builder, call: Call) -> tuple[Space, Two, Two, Sides]:
    image = space(builder, call)
    kernel, strides = (two(call, name, image.axes) for name in ("kernel_shape", "strides"))
    if two(call, "dilations", image.axes) != (1, 1):
        raise call.refused(f"dilations {call.attribute('dilations')}", "windows without holes")
    return image, kernel, strides, sides(call, image, kernel)


def _ceiled(call: Call, image: Space, kernel: Two, strides: Two, around: Sides) -> Sides:
    """More padding at the end, so that the last window that starts inside is whole."""
    if not call.attribute("ceil_mode", 0):
        return around
    longer = []
    for n, k, s, (before, after) in zip(image.size, kernel, strides, around, strict=True):
        steps = -(-(n + before + after - k) // s)
        steps -= steps * s >= n + before
        longer.append((before, max(after, steps * s + k - n - before)))
    return longer[0], longer[1]


def never_negative(builder: Builder, edge: str) -> bool:
    """Whether an edge carries no value below zero, as far as its makers tell."""
    by_name = {node.name: node for node in builder.nodes}
    left = [edge]
    while left:
        node = by_name.get(left.pop())
        if node is None or not isinstance(node.op, NEVER_NEGATIVE + KEEPS_SIGN):
            return False
        left += node.inputs if isinstance(node.op, KEEPS_SIGN) else ()
    return True


@operator("GlobalAveragePool", 22, "GlobalAvgPool")
def global_average(builder: Builder, call: Call) -> Tensor:
    """Over every axis but the channel."""
    return _reduced(builder, call, lambda size: GlobalAvgPool(), _pixels(builder, call), True)


@operator("GlobalMaxPool", 22, "MaxPool2d of the whole image")
def global_max(builder: Builder, call: Call) -> Tensor:
    """Over every axis but the channel."""
    return _reduced(builder, call, MaxPool2d, _pixels(builder, call), True)


@operator("ReduceMean", 18, "GlobalAvgPool", "over axes of a sample")
def reduce_mean(builder: Builder, call: Call) -> Tensor:
    """Such as the mean over space."""
    return _over_axes(builder, call, lambda size: GlobalAvgPool())


@operator("ReduceSum", 13, "GlobalAvgPool with divisor 1", "over axes of a sample")
def reduce_sum(builder: Builder, call: Call) -> Tensor:
    """A mean without its division."""
    return _over_axes(builder, call, lambda size: GlobalAvgPool(divisor=1))


@operator("ReduceMax", 20, "MaxPool2d of all there is", "over axes of a sample")
def reduce_max(builder: Builder, call: Call) -> Tensor:
    """Such as the maximum over the points of a cloud."""
    return _over_axes(builder, call, MaxPool2d)


def _over_axes(builder: Builder, call: Call, op: Callable[[Two], Op]) -> Tensor:
    axes, rank = call.integers(1, "axes"), len(builder.tensor(call).shape) + 1
    if not axes and call.attribute("noop_with_empty_axes", 0):
        return builder.tensor(call)
    found = sorted({axis % rank for axis in axes or range(rank)})
    if found[0] == 0:
        raise call.refused("over the samples too", "axes of one sample only")
    keep = bool(call.attribute("keepdims", 1))
    return _reduced(builder, call, op, [axis - 1 for axis in found], keep)


def _reduced(
    builder: Builder, call: Call, op: Callable[[Two], Op], over: list[int], keep: bool
) -> Tensor:
    """Axes that stay become channels, the others pixels."""
    tensor = builder.tensor(call)
    stay = [axis for axis in range(len(tensor.shape)) if axis not in over]
    turned = builder.transposed(call, tensor, (*stay, *over))
    size = as_image([tensor.shape[axis] for axis in over])
    left = [tensor.shape[axis] for axis in stay]
    made = builder.made(call, op(size), builder.held(call, turned, (int(np.prod(left)), *size)))
    ones = [1 if axis in over else n for axis, n in enumerate(tensor.shape)]
    return made.seen_as(ones if keep else left)


def _pixels(builder: Builder, call: Call) -> list[int]:
    return list(range(1, len(builder.tensor(call).shape)))
