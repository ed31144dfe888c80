"""Images of another size, where every pixel is copied equally often, or picked in equal steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from refsnn.io.onnx.builder import Builder
from refsnn.io.onnx.call import Call
from refsnn.io.onnx.registry import operator
from refsnn.io.onnx.tensors import Tensor
from refsnn.io.onnx.window import Two, space
from refsnn.ops import Slice, Upsample
from refsnn.typing import Array

HALF = np.float32(0.5)
COPIES = "the same number of copies of each pixel, or every n-th pixel"


@operator("Resize", 19, "Upsample; a Slice where it makes smaller",
          "nearest, each pixel copied equally often or picked in equal steps")  # fmt: skip
def resize(builder: Builder, call: Call) -> Tensor:
    """Whatever the coordinates are called: which pixel each pixel is a copy of is what counts."""
    if call.text("mode", "nearest") != "nearest":
        raise call.refused(f"mode {call.text('mode', '')}",
                           "weights between pixels: a ConvTranspose has them")  # fmt: skip
    image = space(builder, call)
    first, second = (
        copied(call, n, new, scale)
        for n, (new, scale) in zip(image.size, _targets(call, image.size, image.axes), strict=True)
    )
    made = Tensor.of(image.edge, builder.shapes[image.edge])
    if (first[1], second[1]) != (1, 1) or (first[0], second[0]) != (0, 0):
        picks = Slice((None, first[0], second[0]), (None, None, None), (1, first[1], second[1]))
        made = builder.made(call, picks, made.edge)
    if (first[2], second[2]) != (1, 1):
        made = builder.made(call, Upsample((first[2], second[2])), made.edge)
    return image.seen(made)


def _targets(call: Call, size: Two, axes: int) -> list[tuple[int, np.float32]]:
    """New size and scale of height and width."""
    scales, sizes = call.optional(2, "scales"), call.optional(3, "sizes")
    listed = [int(axis) % (axes + 2) for axis in call.attribute("axes") or range(axes + 2)]
    given = sizes if sizes is not None and sizes.size else scales
    if given is None or given.size != len(listed):
        raise call.refused("no scales and no sizes", "one of them for each axis")
    if call.text("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise call.refused("a ratio that is kept", "sizes that say it")
    found = {axis: (n, np.float32(1)) for axis, n in enumerate((*size, 1)[:axes], 2)}
    for axis, number in zip(listed, given.ravel().tolist(), strict=True):
        if axis in found:
            old = np.float32(found[axis][0])
            scale = np.float32(number) if given is scales else np.float32(number) / old
            found[axis] = (int(old * scale) if given is scales else int(number), scale)
        elif given is scales and number != 1:
            raise call.refused("of samples or channels", "scales of one there")
    return [*found.values(), (1, np.float32(1))][:2]


def copied(call: Call, old: int, new: int, scale: np.float32) -> tuple[int, int, int]:
    """First pixel, step between the picked ones, and copies of each."""
    if not 0 < new <= 2**20 or not scale > 0:
        raise call.refused(f"{old} to {new} pixels", COPIES)
    rule = call.text("coordinate_transformation_mode", "half_pixel")
    rounding = call.text("nearest_mode", "round_prefer_floor")
    if rule not in COORDINATES or rounding not in ROUNDINGS:
        raise call.refused(f"{rule}, {rounding}", f"one of {', '.join(COORDINATES)}")
    spots = COORDINATES[rule](np.arange(new, dtype=np.float32), scale, old, new)
    source = np.clip(ROUNDINGS[rounding](spots), 0, old - 1).astype(np.int64)
    copies = max(1, new // old)
    step = int(source[1] - source[0]) if copies == 1 and new > 1 else 1
    start, count = int(source[0]), new // copies
    wanted = (start + step * np.arange(count)).repeat(copies)
    every = step >= 1 and len(range(start, old, step)) == count
    if not (every and np.array_equal(source, wanted)):
        raise call.refused(f"{old} to {new} pixels by {rule}, {rounding}", COPIES)
    return start, step, copies


def _half_pixel(i: Array, scale: np.float32, old: int, new: int) -> Array:
    return (i + HALF) / scale - HALF


def _torch(i: Array, scale: np.float32, old: int, new: int) -> Array:
    return _half_pixel(i, scale, old, new) if new > 1 else np.zeros_like(i)


def _asymmetric(i: Array, scale: np.float32, old: int, new: int) -> Array:
    return i / scale


def _corners(i: Array, scale: np.float32, old: int, new: int) -> Array:
    return i * np.float32(old - 1) / np.float32(max(new - 1, 1))


COORDINATES = {
    "half_pixel": _half_pixel,
    "pytorch_half_pixel": _torch,
    "asymmetric": _asymmetric,
    "align_corners": _corners,
}
"""Place of a pixel in the old image, in single precision as ONNX's own runtime computes it."""
ROUNDINGS: dict[str, Callable[[Array], Array]] = {
    "floor": np.floor,
    "ceil": np.ceil,
    "round_prefer_floor": lambda spot: np.ceil(spot - HALF),
    "round_prefer_ceil": lambda spot: np.floor(spot + HALF),
}
