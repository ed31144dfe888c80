"""Nearest-neighbour upsampling: wiring only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from refsnn.ops.base import Op, Saved
from refsnn.ops.checks import Pair, image, not_empty, pair
from refsnn.ops.registry import register
from refsnn.typing import Array, Params, Shape


@register
@dataclass(frozen=True)
class Upsample(Op):
    """(B, C, H, W) to (B, C, fh H, fw W): every element becomes a block of copies.

    Parameters
    ----------
    factor : int or (height, width)
        How many copies along each image axis.

    Exactness
    ---------
    Exact: values are moved, never computed with.
    """

    factor: Pair

    def __post_init__(self) -> None:
        pair("factor", self.factor, 1)

    def out_shape(self, *shapes: Shape) -> Shape:
        """(C, fh H, fw W)."""
        (c, h, w), (fh, fw) = image(shapes[0]), pair("factor", self.factor, 1)
        return not_empty((c, fh * h, fw * w))

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """Repeat rows, then columns."""
        (x,) = xs
        fh, fw = pair("factor", self.factor, 1)
        return x.repeat(fh, axis=2).repeat(fw, axis=3), x.shape

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """The sum over the copies."""
        b, c, h, w = saved
        fh, fw = pair("factor", self.factor, 1)
        return [grad.reshape(b, c, h, fh, w, fw).sum((3, 5), dtype=grad.dtype)], {}
