"""Windows over images and signals: strides, dilations, and where padding goes."""

from __future__ import annotations

from typing import NamedTuple

from refsnn.io.onnx.builder import Builder
from refsnn.io.onnx.call import Call
from refsnn.io.onnx.tensors import Tensor

Sides = tuple[tuple[int, int], tuple[int, int]]
Two = tuple[int, int]


class Space(NamedTuple):
    """A tensor as an image (C, H, W); a signal (C, L) is one of width one."""

    edge: str
    axes: int
    """1 for a signal, 2 for an image."""
    size: Two

    def seen(self, tensor: Tensor) -> Tensor:
        """A result as the file has it."""
        return tensor.seen_as(tensor.held[: 1 + self.axes])


def space(builder: Builder, call: Call) -> Space:
    """The first input as an image."""
    tensor = builder.tensor(call)
    axes = len(tensor.shape) - 1
    if axes not in (1, 2):
        raise call.refused(
            f"a sample of shape {tensor.shape}", "images (C, H, W) or signals (C, L)"
        )
    shape = (*tensor.shape, 1)[:3]
    return Space(builder.held(call, tensor, shape), axes, (shape[1], shape[2]))


def two(call: Call, name: str, axes: int, default: int = 1) -> Two:
    """An attribute with one number for each axis."""
    listed = call.attribute(name)
    values = [int(number) for number in (listed if listed else [default] * axes)]
    if len(values) != axes:
        raise call.refused(f"{name} {values} on {axes} axes", "one number for each")
    return (values[0], values[1] if axes == 2 else default)


def sides(call: Call, image: Space, kernel: Two) -> Sides:
    """Rows and columns of padding before and after."""
    auto = call.text("auto_pad", "NOTSET")
    if auto == "VALID":
        return (0, 0), (0, 0)
    if auto == "NOTSET":
        return written_pads(call, image.axes)
    if auto not in ("SAME_UPPER", "SAME_LOWER"):
        raise call.refused(f"auto_pad {auto}", "NOTSET, VALID, SAME_UPPER or SAME_LOWER")
    strides, dilations = (two(call, name, image.axes) for name in ("strides", "dilations"))
    totals = (
        max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
        for n, k, s, d in zip(image.size, kernel, strides, dilations, strict=True)
    )
    first, second = (shared(total, auto) for total in totals)
    return first, second


def written_pads(call: Call, axes: int) -> Sides:
    """Padding as the file says it: all starts, then all ends."""
    pads = [int(p) for p in call.attribute("pads") or [0] * 2 * axes]
    if len(pads) != 2 * axes or min(pads) < 0:
        raise call.refused(f"pads {pads}", "two numbers, zero or more, for each axis")
    return (pads[0], pads[axes]), (0, 0) if axes == 1 else (pads[1], pads[3])


def shared(total: int, auto: str) -> Two:
    """Before and after; the odd one goes to the end of SAME_UPPER, to the start of the other."""
    small = total // 2
    return (total - small, small) if auto == "SAME_LOWER" else (small, total - small)
