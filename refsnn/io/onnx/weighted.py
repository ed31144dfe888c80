"""Operators with weights: convolutions and products with a constant matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from refsnn.io.onnx.builder import Builder
from refsnn.io.onnx.call import Call
from refsnn.io.onnx.registry import operator
from refsnn.io.onnx.tensors import Tensor
from refsnn.io.onnx.window import Space, Two, sides, space, two
from refsnn.ops import Conv2d, Linear, Pad
from refsnn.typing import Array


@operator("Conv", 22, "Conv2d", "1-D and 2-D; uneven padding becomes a Pad before it")
def conv(builder: Builder, call: Call) -> Tensor:
    """A signal is convolved as an image of width one."""
    image, bias = space(builder, call), call.optional(2, "bias")
    weight = kernel_of(call, image)
    kernel: Two = (weight.shape[2], weight.shape[3])
    around, edge = sides(call, image, kernel), image.edge
    padding = around[0][0], around[1][0]
    if any(before != after for before, after in around):
        edge, padding = builder.add(call, Pad(((0, 0), *around)), edge), (0, 0)
    op = Conv2d(
        weight.shape[0], kernel, two(call, "strides", image.axes), padding,
        two(call, "dilations", image.axes), int(call.attribute("group", 1)), bias is not None,
    )  # fmt: skip
    return image.seen(builder.made(call, op, edge, weight=weight, **maybe(bias)))


@operator("Gemm", 13, "Linear", "a vector times a constant matrix, transA = 0")
def gemm(builder: Builder, call: Call) -> Tensor:
    """``alpha x W + beta b``, the factors in the weights."""
    tensor, weight = builder.tensor(call), call.constant(1, "weight")
    bias = call.optional(2, "bias")
    if call.attribute("transA", 0) or len(tensor.shape) != 1 or weight.ndim != 2:
        raise call.refused(f"transA, or a sample of shape {tensor.shape}", "vectors (B, F)")
    weight = weight if call.attribute("transB", 0) else weight.T
    weight = weight * weight.dtype.type(call.attribute("alpha", 1.0))
    if bias is not None:
        if bias.ndim > 2 or (bias.ndim == 2 and len(bias) > 1) or bias.size not in (1, len(weight)):
            raise call.refused(f"a bias of shape {bias.shape}", "one number for each output")
        scaled = bias * bias.dtype.type(call.attribute("beta", 1.0))
        bias = np.broadcast_to(scaled.reshape(-1), (len(weight),))
    return _product(builder, call, tensor, weight, bias)


@operator("MatMul", 13, "Linear; Conv2d of 1 x 1 where the sample has more axes",
          "a tensor times a constant matrix")  # fmt: skip
def matmul(builder: Builder, call: Call) -> Tensor:
    """The last axis of the sample is mixed; those before it are pixels."""
    if 0 in call.constants:
        raise call.refused("a constant is on the left", "the image on the left")
    tensor, weight = builder.tensor(call), call.constant(1, "second factor")
    if weight.ndim != 2 or weight.shape[0] != tensor.shape[-1]:
        raise call.refused(
            f"{tensor.shape} times {weight.shape}", "a matrix that fits the last axis"
        )
    if len(tensor.shape) == 1:
        return _product(builder, call, tensor, weight.T, None)
    *pixels, _ = tensor.shape
    last = len(pixels)
    front = builder.transposed(call, tensor, (last, *range(last)))
    edge = builder.held(call, front, (weight.shape[0], *as_image(pixels)))
    op = Conv2d(weight.shape[1], 1, bias=False)
    made = builder.made(call, op, edge, weight=weight.T[:, :, None, None])
    return builder.transposed(call, made.seen_as((weight.shape[1], *pixels)),
                              (*range(1, last + 1), 0))  # fmt: skip


def as_image(sizes: Sequence[int]) -> Two:
    """Axes as height and width, the row-major order kept."""
    return (int(np.prod(sizes)), 1) if len(sizes) != 2 else (sizes[0], sizes[1])


def maybe(bias: Array | None) -> dict[str, Array]:
    """Parameters of a bias that may be missing."""
    return {} if bias is None else {"bias": bias}


def _product(
    builder: Builder, call: Call, tensor: Tensor, weight: Array, bias: Array | None
) -> Tensor:
    """Columns are moved where the values lie in another order: weights cost nothing to move."""
    if not tensor.in_order and weight.shape[1:] == tensor.shape:
        back = np.argsort(tensor.order)
        columns = weight.reshape(len(weight), *tensor.moved)
        weight = columns.transpose(0, *(back + 1)).reshape(weight.shape)
        tensor = Tensor.of(tensor.edge, tensor.held).seen_as(tensor.shape)
    op = Linear(len(weight), bias=bias is not None)
    edge = builder.held(call, tensor, tensor.shape)
    return builder.made(call, op, edge, weight=weight, **maybe(bias))


def kernel_of(call: Call, image: Space) -> Array:
    """Weights with a height and a width, that of a signal one."""
    weight = call.constant(1, "weight")
    if weight.ndim not in (3, 4):
        raise call.refused(f"a kernel of shape {weight.shape}", "1-D or 2-D kernels")
    if weight.ndim != image.axes + 2:
        where = f"{image.axes} axes"
        raise call.refused(f"a kernel of shape {weight.shape} on {where}", "one that fits")
    return weight.reshape((*weight.shape, 1)[:4])
