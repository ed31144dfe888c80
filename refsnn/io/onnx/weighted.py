"""Operators with weights: convolutions and products with a constant matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from refsnn.io.onnx.builder import Builder
from refsnn.io.onnx.call import Call
from refsnn.io.onnx.registry import operator
from refsnn.io.onnx.tensors import Tensor
from refsnn.io.onnx.window import Sides, Two, shared, sides, space, two
from refsnn.ops import Conv2d, ConvTranspose2d, Linear, Pad, Slice
from refsnn.typing import Array


@operator("Conv", 22, "Conv2d", "1-D and 2-D; uneven padding becomes a Pad before it")
def conv(builder: Builder, call: Call) -> Tensor:
    """A signal is convolved as an image of width one."""
    image, weight, bias = space(builder, call), _kernel(call), call.optional(2, "bias")
    if weight.ndim != image.axes + 2:
        raise call.refused(
            f"a kernel of shape {weight.shape} on {image.axes} axes", "one that fits"
        )
    weight = weight.reshape((*weight.shape, 1)[:4])
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


@operator(
    "ConvTranspose", 22, "ConvTranspose2d",
    "1-D and 2-D; groups and dilations are written out with zeros and counted so; uneven padding "
    "becomes a Slice after it",
)  # fmt: skip
def conv_transpose(builder: Builder, call: Call) -> Tensor:
    """Weights of ONNX are (in, out / groups, kh, kw)."""
    image, weight, bias = space(builder, call), _kernel(call), call.optional(2, "bias")
    if weight.ndim != image.axes + 2:
        raise call.refused(
            f"a kernel of shape {weight.shape} on {image.axes} axes", "one that fits"
        )
    weight = weight.reshape((*weight.shape, 1)[:4])
    dilations = two(call, "dilations", image.axes)
    weight = dilated(block_diagonal(call, weight, int(call.attribute("group", 1))), dilations)
    kernel: Two = (weight.shape[2], weight.shape[3])
    strides, extra = two(call, "strides", image.axes), two(call, "output_padding", image.axes, 0)
    full = [
        (n - 1) * s + k + e for n, s, k, e in zip(image.size, strides, kernel, extra, strict=True)
    ]
    around = _cropped(call, full, image.axes, image.size)
    even = all(before == after for before, after in around)
    padding = (around[0][0], around[1][0]) if even else (0, 0)
    op = ConvTranspose2d(weight.shape[1], kernel, strides, padding, extra, bias is not None)
    made = builder.made(call, op, image.edge, weight=weight, **maybe(bias))
    if not even:
        stop = (None, full[0] - around[0][1], full[1] - around[1][1])
        cut = Slice((None, around[0][0], around[1][0]), stop, (1, 1, 1))
        made = builder.made(call, cut, made.edge)
    return image.seen(made)


def _cropped(call: Call, full: list[int], axes: int, size: Two) -> Sides:
    """What is cut from the full result on each side."""
    asked, auto = call.attribute("output_shape"), call.text("auto_pad", "NOTSET")
    pads = [int(p) for p in call.attribute("pads") or [0] * 2 * axes]
    if not asked and auto == "NOTSET":
        if len(pads) != 2 * axes or min(pads) < 0:
            raise call.refused(f"pads {pads}", "two numbers, zero or more, for each axis")
        return (pads[0], pads[axes]), (0, 0) if axes == 1 else (pads[1], pads[3])
    if not asked and auto == "VALID":
        return (0, 0), (0, 0)
    strides = two(call, "strides", axes)
    wanted = (
        [*asked[-axes:], 1][:2] if asked else [n * s for n, s in zip(size, strides, strict=True)]
    )
    totals = [whole - int(goal) for whole, goal in zip(full, wanted, strict=True)]
    if min(totals) < 0:
        raise call.refused(f"an output of {wanted} where {full} is all there is", "a smaller one")
    lower = "SAME_UPPER" if auto == "SAME_UPPER" else "SAME_LOWER"
    return shared(totals[0], lower), shared(totals[1], lower)


def block_diagonal(call: Call, weight: Array, groups: int) -> Array:
    """(in, out / groups, ...) of separate groups as one (in, out, ...) with zeros between them."""
    if groups < 1 or len(weight) % groups:
        raise call.refused(f"{groups} groups of {len(weight)} channels", "a divisor")
    each, own = len(weight) // groups, weight.shape[1]
    whole = np.zeros((len(weight), own * groups, *weight.shape[2:]), weight.dtype)
    for group in range(groups):
        rows, columns = (
            slice(group * each, (group + 1) * each),
            slice(group * own, (group + 1) * own),
        )
        whole[rows, columns] = weight[rows]
    return whole


def dilated(weight: Array, dilations: Two) -> Array:
    """Zeros between the taps."""
    (kh, kw), (dh, dw) = weight.shape[2:], dilations
    spread = np.zeros((*weight.shape[:2], (kh - 1) * dh + 1, (kw - 1) * dw + 1), weight.dtype)
    spread[:, :, ::dh, ::dw] = weight
    return spread


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


def _kernel(call: Call) -> Array:
    weight = call.constant(1, "weight")
    if weight.ndim not in (3, 4):
        raise call.refused(f"a kernel of shape {weight.shape}", "1-D or 2-D kernels")
    return weight
