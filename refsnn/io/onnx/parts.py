"""Parts of a sample: slices, splits, and picked entries."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from refsnn.io.onnx.builder import Builder
from refsnn.io.onnx.call import Call
from refsnn.io.onnx.registry import operator
from refsnn.io.onnx.tensors import Tensor
from refsnn.ops import Slice


@operator("Slice", 13, "Slice", "of a sample, with positive steps")
def cut(builder: Builder, call: Call) -> Tensor:
    """Starts and ends beyond the axis end there."""
    rank = len(builder.tensor(call).shape) + 1
    starts, ends = (call.constant(i, what).ravel() for i, what in ((1, "starts"), (2, "ends")))
    axes = [axis % rank for axis in call.integers(3, "axes") or range(len(starts))]
    steps = call.integers(4, "steps") or [1] * len(starts)
    if len({len(starts), len(ends), len(axes), len(steps)}) > 1 or min(steps, default=1) < 1:
        raise call.refused(f"steps {steps} on axes {axes}", "a positive step for each axis")
    bounds = zip(starts.tolist(), ends.tolist(), steps, strict=True)
    return part(builder, call, {axis: slice(*b) for axis, b in zip(axes, bounds, strict=True)})


@operator("Split", 18, "a Slice for each part", "of a sample")
def split(builder: Builder, call: Call) -> tuple[Tensor, ...]:
    """Parts of the sizes given, or of equal ones, the last of what is left."""
    tensor = builder.tensor(call)
    axis = call.attribute("axis", 0) % (len(tensor.shape) + 1)
    size = tensor.shape[axis - 1] if axis else 0
    sizes = call.integers(1, "split")
    if sizes is None:
        most = -(-size // call.outputs)
        sizes = [min(most, size - most * i) for i in range(call.outputs)]
    if axis and (sum(sizes) != size or min(sizes) < 1):
        raise call.refused(f"{size} into {sizes}", "sizes that fill the axis")
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    spans = zip(ends, sizes, strict=True)
    return tuple(part(builder, call, {axis: slice(end - n, end)}) for end, n in spans)


@operator("Gather", 13, "Slice", "of a sample; one index, or several in equal steps")
def gather(builder: Builder, call: Call) -> Tensor:
    """A single index drops its axis."""
    tensor, index = builder.tensor(call), call.constant(1, "index")
    axis = call.attribute("axis", 0) % (len(tensor.shape) + 1)
    size = tensor.shape[axis - 1]
    picks = [int(i) % size for i in index.ravel()]
    steps = {b - a for a, b in pairwise(picks)} or {1}
    inside = all(-size <= i < size for i in index.ravel().tolist())
    if index.ndim > 1 or len(steps) > 1 or min(steps) < 1 or not picks or not inside:
        raise call.refused(f"indices {picks}", "indices in equal steps, or a Slice for each")
    found = part(builder, call, {axis: slice(picks[0], picks[-1] + 1, min(steps))})
    if index.ndim:
        return found
    return found.seen_as([n for place, n in enumerate(found.shape, 1) if place != axis])


def part(builder: Builder, call: Call, cuts: dict[int, slice]) -> Tensor:
    """What slices leave of a sample; axes are counted with the samples."""
    tensor = builder.tensor(call)
    if cuts.get(0, slice(None)) != slice(None):
        raise call.refused("of samples", "axes of one sample only")
    asked: list[Any] = [cuts.get(axis, slice(None)) for axis in range(1, len(tensor.shape) + 1)]
    op = Slice(
        tuple(one.start for one in asked),
        tuple(one.stop for one in asked),
        tuple(1 if one.step is None else one.step for one in asked),
    )
    return builder.made(call, op, builder.held(call, tensor, tensor.shape))
