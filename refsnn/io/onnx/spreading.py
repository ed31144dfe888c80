"""Transposed convolutions."""

from __future__ import annotations

import numpy as np

from refsnn.io.onnx.builder import Builder
from refsnn.io.onnx.call import Call
from refsnn.io.onnx.fold import MOST
from refsnn.io.onnx.registry import operator
from refsnn.io.onnx.tensors import Tensor
from refsnn.io.onnx.weighted import kernel_of, maybe
from refsnn.io.onnx.window import Sides, Space, Two, shared, space, two, written_pads
from refsnn.ops import ConvTranspose2d, Slice
from refsnn.typing import Array


@operator(
    "ConvTranspose", 22, "ConvTranspose2d",
    "1-D and 2-D; groups and dilations are written out with zeros and counted so; uneven padding "
    "becomes a Slice after it",
)  # fmt: skip
def conv_transpose(builder: Builder, call: Call) -> Tensor:
    """Weights of ONNX are (in, out / groups, kh, kw)."""
    image, bias = space(builder, call), call.optional(2, "bias")
    weight = whole_kernel(call, image)
    kernel: Two = (weight.shape[2], weight.shape[3])
    strides, extra = two(call, "strides", image.axes), two(call, "output_padding", image.axes, 0)
    sizes = zip(image.size, strides, kernel, extra, strict=True)
    height, width = ((n - 1) * s + k + e for n, s, k, e in sizes)
    rows, columns = _cropped(call, image, (height, width))
    even = rows[0] == rows[1] and columns[0] == columns[1]
    padding = (rows[0], columns[0]) if even else (0, 0)
    op = ConvTranspose2d(weight.shape[1], kernel, strides, padding, extra, bias is not None)
    made = builder.made(call, op, image.edge, weight=weight, **maybe(bias))
    if not even:
        stop = (None, height - rows[1], width - columns[1])
        made = builder.made(call, Slice((None, rows[0], columns[0]), stop, (1, 1, 1)), made.edge)
    return image.seen(made)


def _cropped(call: Call, image: Space, full: Two) -> Sides:
    """Rows and columns that are cut from the full result."""
    asked, auto = call.attribute("output_shape"), call.text("auto_pad", "NOTSET")
    if not asked and auto in ("NOTSET", "VALID"):
        return written_pads(call, image.axes) if auto == "NOTSET" else ((0, 0), (0, 0))
    strides = two(call, "strides", image.axes)
    same = [n * s for n, s in zip(image.size, strides, strict=True)]
    wanted = [*asked[-image.axes :], 1][:2] if asked else same
    totals = [whole - int(goal) for whole, goal in zip(full, wanted, strict=True)]
    if min(totals) < 0:
        raise call.refused(f"an output of {wanted} where {full} is all there is", "a smaller one")
    odd = "SAME_UPPER" if auto == "SAME_UPPER" else "SAME_LOWER"
    return shared(totals[0], odd), shared(totals[1], odd)


def whole_kernel(call: Call, image: Space) -> Array:
    """The kernel with zeros where groups and dilations leave gaps: (in, out, kh, kw)."""
    weight, groups = kernel_of(call, image), int(call.attribute("group", 1))
    dilations = two(call, "dilations", image.axes)
    if groups < 1 or len(weight) % groups:
        raise call.refused(f"{groups} groups of {len(weight)} channels", "a divisor")
    if weight.size * groups * float(dilations[0]) * dilations[1] > MOST or min(dilations) < 1:
        raise call.refused(f"{groups} groups, dilations {dilations}", "a smaller kernel")
    return dilated(block_diagonal(weight, groups), dilations)


def block_diagonal(weight: Array, groups: int) -> Array:
    """(in, out / groups, ...) of separate groups as one (in, out, ...) with zeros between them."""
    each, own = len(weight) // groups, weight.shape[1]
    whole = np.zeros((len(weight), own * groups, *weight.shape[2:]), weight.dtype)
    for group in range(groups):
        rows = slice(group * each, (group + 1) * each)
        whole[rows, group * own : (group + 1) * own] = weight[rows]
    return whole


def dilated(weight: Array, dilations: Two) -> Array:
    """Zeros between the taps."""
    (kh, kw), (dh, dw) = weight.shape[2:], dilations
    spread = np.zeros((*weight.shape[:2], (kh - 1) * dh + 1, (kw - 1) * dw + 1), weight.dtype)
    spread[:, :, ::dh, ::dw] = weight
    return spread
