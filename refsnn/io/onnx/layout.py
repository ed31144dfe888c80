"""Operators that only move values: most of them cost nothing, see `refsnn.io.onnx.tensors`."""

from __future__ import annotations

from math import prod

import numpy as np

from refsnn.io.onnx.builder import Builder
from refsnn.io.onnx.call import Call
from refsnn.io.onnx.file import onnx
from refsnn.io.onnx.registry import operator
from refsnn.io.onnx.tensors import Tensor
from refsnn.ops import Concat, Pad

APART = "a shape whose first axis is the samples"
NOTHING = "nothing; a Flatten or a Reshape where the next operation needs it"


@operator("Identity", 25, "nothing")
def identity(builder: Builder, call: Call) -> Tensor:
    """The same."""
    return builder.tensor(call)


@operator("Dropout", 22, "nothing", "in evaluation")
def dropout(builder: Builder, call: Call) -> Tensor:
    """The identity in evaluation."""
    training = call.optional(2, "training_mode")
    if training is not None and np.any(training):
        raise call.refused("in training", "an export for evaluation")
    return builder.tensor(call)


@operator("Cast", 28, "nothing", "of the image to float or double; of constants any")
def cast(builder: Builder, call: Call) -> Tensor:
    """Types of the file are not followed: the network runs in the type of its input."""
    types = onnx().TensorProto
    if call.attribute("to") not in (types.FLOAT, types.DOUBLE):
        raise call.refused(f"to type {types.DataType.Name(int(call.attribute('to', 0)))}",
                           "float or double: everything else rounds")  # fmt: skip
    return builder.tensor(call)


@operator("Flatten", 25, NOTHING, "axis = 1")
def flatten(builder: Builder, call: Call) -> Tensor:
    """A vector."""
    tensor = builder.tensor(call)
    if call.attribute("axis", 1) % (len(tensor.shape) + 1) != 1:
        raise call.refused(f"axis = {call.attribute('axis')}", "axis = 1: samples stay apart")
    return tensor.seen_as((prod(tensor.shape),))


@operator("Reshape", 25, NOTHING, "that keeps samples apart")
def reshape(builder: Builder, call: Call) -> Tensor:
    """-1 is what is left, 0 what was there."""
    tensor, target = builder.tensor(call), [int(n) for n in call.constant(1, "shape").ravel()]
    whole = (builder.batch, *tensor.shape)
    kept = not call.attribute("allowzero", 0)
    sizes = [whole[i] if n == 0 and kept and i < len(whole) else n for i, n in enumerate(target)]
    known = prod(n for n in sizes if n != -1)
    if sizes.count(-1) == 1 and known > 0 and prod(whole) % known == 0:
        sizes[sizes.index(-1)] = prod(whole) // known
    if sizes[:1] != [builder.batch] or prod(sizes) != prod(whole) or min(sizes) < 1:
        raise call.refused(f"{builder.whole(tensor)} to {target}", APART)
    return tensor.seen_as(sizes[1:])


@operator("Squeeze", 25, NOTHING, "axes of a sample")
def squeeze(builder: Builder, call: Call) -> Tensor:
    """Drop axes of size one."""
    tensor, axes = builder.tensor(call), call.integers(1, "axes")
    rank = len(tensor.shape) + 1
    if axes is None:
        axes = [axis for axis, n in enumerate(tensor.shape, 1) if n == 1]
    dropped = {axis % rank for axis in axes}
    if 0 in dropped or any(tensor.shape[axis - 1] != 1 for axis in dropped):
        raise call.refused(f"axes {axes} of a sample of {tensor.shape}", "axes of size one")
    return tensor.seen_as([n for axis, n in enumerate(tensor.shape, 1) if axis not in dropped])


@operator("Unsqueeze", 25, NOTHING, "axes of a sample")
def unsqueeze(builder: Builder, call: Call) -> Tensor:
    """Put in axes of size one."""
    tensor, axes = builder.tensor(call), call.integers(1, "axes") or []
    rank = len(tensor.shape) + 1 + len(axes)
    places = {axis % rank for axis in axes}
    if 0 in places or len(places) != len(axes):
        raise call.refused(f"axes {axes}", "different axes behind the samples")
    sizes = iter(tensor.shape)
    return tensor.seen_as([1 if axis in places else next(sizes) for axis in range(1, rank)])


@operator("Transpose", 25, "nothing; a Transpose where the next operation needs it",
          "that leaves the samples first")  # fmt: skip
def transpose(builder: Builder, call: Call) -> Tensor:
    """Such as from (H, W, C) to (C, H, W)."""
    tensor = builder.tensor(call)
    rank = len(tensor.shape) + 1
    order = [int(axis) for axis in call.attribute("perm") or range(rank)[::-1]]
    if sorted(order) != list(range(rank)) or order[0] != 0:
        raise call.refused(f"permutation {order}", "one that leaves the samples first")
    return builder.transposed(call, tensor, [axis - 1 for axis in order[1:]])


@operator("Concat", 13, "Concat", "not along the samples, without constants")
def concat(builder: Builder, call: Call) -> Tensor:
    """Along the channels, or another axis that is brought there and back."""
    tensors = [builder.tensor(call, index) for index in range(len(call.inputs))]
    rank = len(tensors[0].shape)
    axis = int(call.attribute("axis", 1)) % (rank + 1) - 1
    if axis < 0 or any(len(tensor.shape) != rank for tensor in tensors):
        raise call.refused("along the samples, or of different axes", "samples of one rank")
    if len(tensors) == 1:
        return tensors[0]
    order = (axis, *(other for other in range(rank) if other != axis))
    fronts = [builder.transposed(call, tensor, order) for tensor in tensors]
    edges = [builder.held(call, front, front.shape) for front in fronts]
    made = builder.made(call, Concat(), *edges)
    return builder.transposed(call, made, [order.index(place) for place in range(rank)])


@operator("Pad", 25, "Pad", "with zeros, nothing cut off, samples apart")
def pad(builder: Builder, call: Call) -> Tensor:
    """Zeros around a sample."""
    tensor, value = builder.tensor(call), call.optional(2, "value")
    rank = len(tensor.shape) + 1
    axes = [axis % rank for axis in call.integers(3, "axes") or range(rank)]
    pads = call.integers(1, "pads") or []
    if call.text("mode", "constant") != "constant" or (value is not None and np.any(value)):
        raise call.refused(f"mode {call.text('mode', 'constant')}, or another value than zero",
                           "zeros")  # fmt: skip
    if len(pads) != 2 * len(axes) or min(pads, default=0) < 0:
        raise call.refused(f"pads {pads}", "two numbers, zero or more, for each axis")
    around = [(0, 0)] * rank
    for place, axis in enumerate(axes):
        around[axis] = (pads[place], pads[len(axes) + place])
    if any(around[0]):
        raise call.refused("of samples", "pads of zero on the first axis")
    edge = builder.held(call, tensor, tensor.shape)
    return builder.made(call, Pad(tuple(around[1:])), edge)
