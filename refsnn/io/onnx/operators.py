"""What each ONNX operator becomes: one function an operator, the file's node in, an edge out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from refsnn.activations import LeakyReLU, ReLU
from refsnn.io.onnx.build import BATCH, Builder, Call
from refsnn.ops import (
    Add,
    AvgPool2d,
    BatchNorm,
    Concat,
    Conv2d,
    Flatten,
    GlobalAvgPool,
    Linear,
    MaxPool2d,
    Op,
    Pad,
    Slice,
)
from refsnn.typing import Array

Operator = Callable[[Builder, Call], str]


def _conv(builder: Builder, call: Call) -> str:
    weight, bias = call.constant(1, "weight"), call.optional(2)
    if weight.ndim != 4:
        raise call.refused(f"{weight.ndim - 2}-D kernels are not supported")
    source, padding = _padded(builder, call, weight.shape[2:])
    op = Conv2d(
        weight.shape[0],
        tuple(weight.shape[2:]),
        stride=_pair(call, "strides"),
        padding=padding,
        dilation=_pair(call, "dilations"),
        groups=int(call.attribute("group", 1)),
        bias=bias is not None,
    )
    return builder.add(call, op, source, weight=weight, **_maybe(bias))


def _maybe(bias: Array | None) -> dict[str, Array]:
    return {} if bias is None else {"bias": bias}


def _pair(call: Call, name: str) -> tuple[int, int]:
    values = call.attribute(name) or [1, 1]
    if len(values) != 2:
        raise call.refused(f"{name} {list(values)}: only images are supported")
    return int(values[0]), int(values[1])


def _padded(builder: Builder, call: Call, kernel: Any) -> tuple[str, tuple[int, int]]:
    """Source and symmetric padding; an own node for what is not symmetric."""
    pads = _pads(builder, call, kernel)
    if pads[0] == pads[2] and pads[1] == pads[3]:
        return builder.source(call), (pads[0], pads[1])
    around = ((0, 0), (pads[0], pads[2]), (pads[1], pads[3]))
    return builder.add(call, Pad(around), builder.source(call)), (0, 0)


def _pads(builder: Builder, call: Call, kernel: Any) -> list[int]:
    auto = call.attribute("auto_pad", b"NOTSET")
    if auto in (b"NOTSET", b""):
        return [int(p) for p in call.attribute("pads") or [0, 0, 0, 0]]
    if auto == b"VALID":
        return [0, 0, 0, 0]
    strides, dilations = _pair(call, "strides"), _pair(call, "dilations")
    before, after = [], []
    for size, k, s, d in zip(builder.shape(call)[1:], kernel, strides, dilations, strict=True):
        total = max(0, (-(-size // s) - 1) * s + d * (k - 1) + 1 - size)
        small = total // 2
        first, last = (total - small, small) if auto == b"SAME_LOWER" else (small, total - small)
        before.append(first)
        after.append(last)
    return [*before, *after]


def _gemm(builder: Builder, call: Call) -> str:
    weight, bias = call.constant(1, "weight"), call.optional(2)
    if call.attribute("transA", 0):
        raise call.refused("transA = 1 is not supported")
    weight = weight if call.attribute("transB", 0) else weight.T
    weight = weight * weight.dtype.type(call.attribute("alpha", 1.0))
    if bias is not None:
        bias = np.broadcast_to(bias, (1, len(weight)))[0] * bias.dtype.type(
            call.attribute("beta", 1.0)
        )
    op = Linear(len(weight), bias=bias is not None)
    return builder.add(call, op, builder.source(call), weight=weight, **_maybe(bias))


def _matmul(builder: Builder, call: Call) -> str:
    weight = call.constant(1, "weight")
    if weight.ndim != 2 or len(builder.shape(call)) != 1:
        raise call.refused("only a vector times a matrix is supported")
    op = Linear(weight.shape[1], bias=False)
    return builder.add(call, op, builder.source(call), weight=weight.T)


def _add(builder: Builder, call: Call) -> str:
    if not call.constants:
        return builder.add(call, Add(), builder.source(call, 0), builder.source(call, 1))
    return _add_bias(builder, call)


def _add_bias(builder: Builder, call: Call) -> str:
    """A constant that is added: the bias of the linear operation before it."""
    index, value = next(iter(call.constants.items()))
    edge = builder.source(call, 1 - index)
    last = builder.nodes[-1] if builder.nodes else None
    shape = builder.shapes[edge]
    per_channel = np.broadcast_to(value, (1, *shape))[0].reshape(shape[0], -1)
    owns = last is not None and last.name == edge and isinstance(last.op, Linear | Conv2d)
    if last is None or not owns or getattr(last.op, "bias", True):
        raise call.refused("a constant is added where there is no weight to take it as a bias")
    if np.any(per_channel != per_channel[:, :1]):
        raise call.refused("the constant differs from pixel to pixel")
    assert isinstance(last.op, Linear | Conv2d)
    builder.nodes[-1] = replace(last, op=replace(last.op, bias=True))
    builder.params[f"{last.name}.bias"] = np.ascontiguousarray(per_channel[:, 0])
    return edge


def _simple(op: Op) -> Operator:
    return lambda builder, call: builder.add(call, op, builder.source(call))


def _leaky(builder: Builder, call: Call) -> str:
    slope = float(call.attribute("alpha", 0.01))
    return builder.add(call, LeakyReLU(slope), builder.source(call))


def _batch_norm(builder: Builder, call: Call) -> str:
    names = ("weight", "bias", "running_mean", "running_var")
    values = {name: call.constant(i + 1, name) for i, name in enumerate(names)}
    op = BatchNorm(eps=float(call.attribute("epsilon", 1e-5)))
    return builder.add(call, op, builder.source(call), **values)


def _average_pool(builder: Builder, call: Call) -> str:
    kernel = _pair(call, "kernel_shape")
    if call.attribute("ceil_mode", 0):
        raise call.refused("ceil_mode = 1 is not supported")
    source, padding = _padded(builder, call, kernel)
    if (padding != (0, 0) or source != builder.source(call)) and not call.attribute(
        "count_include_pad", 0
    ):
        raise call.refused("padding that is not counted: the divisor differs from place to place")
    op = AvgPool2d(kernel, stride=_pair(call, "strides"), padding=padding)
    return builder.add(call, op, source)


def _max_pool(builder: Builder, call: Call) -> str:
    kernel, pads = _pair(call, "kernel_shape"), _pads(builder, call, call.attribute("kernel_shape"))
    if call.attribute("ceil_mode", 0) or pads[:2] != pads[2:] or _pair(call, "dilations") != (1, 1):
        raise call.refused("only symmetric padding, no dilation and ceil_mode = 0 are supported")
    op = MaxPool2d(kernel, stride=_pair(call, "strides"), padding=(pads[0], pads[1]))
    return builder.add(call, op, builder.source(call))


def _reduce_mean(builder: Builder, call: Call) -> str:
    given = call.optional(1)
    axes = call.attribute("axes") if given is None else given.tolist()
    rank = len(builder.shape(call)) + 1
    if rank != 4 or sorted(a % rank for a in axes or ()) != [2, 3]:
        raise call.refused(f"mean over axes {axes}: only over the pixels")
    return _global(builder, call)


def _global(builder: Builder, call: Call) -> str:
    """The mean over all pixels; (C,), with or without the two empty axes of the file."""
    return builder.add(call, GlobalAvgPool(), builder.source(call))


def _flatten(builder: Builder, call: Call) -> str:
    if call.attribute("axis", 1) != 1:
        raise call.refused("only axis = 1 is supported")
    return _flat(builder, call)


def _flat(builder: Builder, call: Call) -> str:
    source = builder.source(call)
    if len(builder.shapes[source]) == 1:
        return source
    return builder.add(call, Flatten(), source)


def _reshape(builder: Builder, call: Call) -> str:
    target = [int(n) for n in call.constant(1, "shape")]
    shape = builder.shape(call)
    whole = (BATCH, *shape)
    found = [whole[i] if n == 0 and i < len(whole) else n for i, n in enumerate(target)]
    size = int(np.prod(shape))
    if len(found) == 2 and found[0] in (BATCH, -1) and found[1] in (size, -1):
        return _flat(builder, call)
    if tuple(found[1:]) == shape:
        return builder.source(call)
    raise call.refused(f"{whole} to {target}: only flattening is supported")


def _squeeze(builder: Builder, call: Call) -> str:
    if int(np.prod(builder.shape(call))) != builder.shape(call)[0]:
        raise call.refused("only empty axes behind the channel are supported")
    return _flat(builder, call)


def _identity(builder: Builder, call: Call) -> str:
    return builder.source(call)


def _transpose(builder: Builder, call: Call) -> str:
    order = list(call.attribute("perm") or ())
    if order != sorted(order) or not order:
        raise call.refused(f"permutation {order}: images are channel first here")
    return builder.source(call)


def _pad(builder: Builder, call: Call) -> str:
    given = call.optional(1)
    pads = call.attribute("pads") if given is None else given.tolist()
    value = call.optional(2)
    if call.attribute("mode", b"constant") != b"constant" or (value is not None and np.any(value)):
        raise call.refused("only padding with zeros is supported")
    rank = len(builder.shape(call)) + 1
    if pads is None or len(pads) != 2 * rank or min(pads) < 0 or pads[0] or pads[rank]:
        raise call.refused(f"pads {pads}")
    around = tuple((int(pads[i]), int(pads[rank + i])) for i in range(1, rank))
    return builder.add(call, Pad(around), builder.source(call))


def _slice(builder: Builder, call: Call) -> str:
    starts, ends = call.constant(1, "starts").tolist(), call.constant(2, "ends").tolist()
    axes, steps = call.optional(3), call.optional(4)
    which = range(len(starts)) if axes is None else axes.tolist()
    strides = [1] * len(starts) if steps is None else steps.tolist()
    shape = builder.shape(call)
    cut: list[list[Any]] = [[None] * len(shape), [None] * len(shape), [1] * len(shape)]
    for axis, start, end, step in zip(which, starts, ends, strides, strict=True):
        place = axis % (len(shape) + 1) - 1
        if place < 0 or step < 1:
            raise call.refused("only samples are cut, with positive steps")
        size = shape[place]
        cut[0][place] = int(start) or None
        cut[1][place] = None if end >= size else int(end)
        cut[2][place] = int(step)
    op = Slice(tuple(cut[0]), tuple(cut[1]), tuple(cut[2]))
    return builder.add(call, op, builder.source(call))


def _concat(builder: Builder, call: Call) -> str:
    if call.attribute("axis", 1) % (len(builder.shape(call)) + 1) != 1:
        raise call.refused("only along the channels")
    sources = (builder.source(call, i) for i in range(len(call.inputs)))
    return builder.add(call, Concat(), *sources)


OPERATORS: dict[str, Operator] = {
    "Add": _add,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Concat": _concat,
    "Conv": _conv,
    "Dropout": _identity,
    "Flatten": _flatten,
    "Gemm": _gemm,
    "GlobalAveragePool": _global,
    "Identity": _identity,
    "LeakyRelu": _leaky,
    "MatMul": _matmul,
    "MaxPool": _max_pool,
    "Pad": _pad,
    "ReduceMean": _reduce_mean,
    "Relu": _simple(ReLU()),
    "Reshape": _reshape,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "Transpose": _transpose,
}
