"""The geometry of convolution and pooling: which input element each tap of a window reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import EllipsisType

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.checks import Pair, pair
from refsnn.typing import Array

Tap = tuple[EllipsisType, slice, slice]


@dataclass(frozen=True)
class Window:
    """A sliding window over the last two axes; every field is (height, width).

    Tap (i, j) of the window at output (y, x) reads the padded input at
    ``(y * stride + i * dilation, x * stride + j * dilation)``. `unfold` gathers those taps
    and `fold` is its transpose.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int] = (1, 1)

    @classmethod
    def of(cls, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair = 1) -> Window:
        """Check the hyper-parameters and spell each as a pair."""
        return cls(
            pair("kernel", kernel, 1),
            pair("stride", stride, 1),
            pair("padding", padding, 0),
            pair("dilation", dilation, 1),
        )

    def out_size(self, size: tuple[int, ...]) -> tuple[int, int]:
        """(OH, OW) for an input of (H, W)."""
        return self._out_length(0, size[0]), self._out_length(1, size[1])

    def _out_length(self, axis: int, length: int) -> int:
        reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1
        room = length + 2 * self.padding[axis]
        if room < reach or length < 1:
            raise InputError(
                f"the window does not fit the {('height', 'width')[axis]}",
                expected=f"at least {reach} with padding",
                got=room,
                fix="use a smaller kernel or more padding",
            )
        return (room - reach) // self.stride[axis] + 1

    def pad(self, x: Array, value: float = 0) -> Array:
        """``x`` with the padding around it, filled with ``value``."""
        ph, pw = self.padding
        if ph == pw == 0:
            return x
        h, w = x.shape[-2:]
        out = np.full((*x.shape[:-2], h + 2 * ph, w + 2 * pw), value, x.dtype)
        out[..., ph : ph + h, pw : pw + w] = x
        return out

    def taps(self, out: tuple[int, int]) -> Iterator[tuple[int, int, Tap]]:
        """(i, j, index into the padded array) of each tap, row by row."""
        for i in range(self.kernel[0]):
            for j in range(self.kernel[1]):
                yield i, j, (..., self._reads(0, i, out[0]), self._reads(1, j, out[1]))

    def _reads(self, axis: int, tap: int, out: int) -> slice:
        start, stride = tap * self.dilation[axis], self.stride[axis]
        return slice(start, start + stride * (out - 1) + 1, stride)

    def unfold(self, x: Array) -> Array:
        """(B, C, H, W) to (B, C, kh, kw, OH, OW): the inputs of every window."""
        out = self.out_size(x.shape[-2:])
        padded = self.pad(x)
        columns = np.empty((*x.shape[:-2], *self.kernel, *out), x.dtype)
        for i, j, tap in self.taps(out):
            columns[..., i, j, :, :] = padded[tap]
        return columns

    def fold(self, columns: Array, size: tuple[int, ...]) -> Array:
        """(B, C, kh, kw, OH, OW) to (B, C, H, W): each tap added where `unfold` read it."""
        (h, w), (ph, pw) = size, self.padding
        padded = np.zeros((*columns.shape[:-4], h + 2 * ph, w + 2 * pw), columns.dtype)
        for i, j, tap in self.taps((columns.shape[-2], columns.shape[-1])):
            padded[tap] += columns[..., i, j, :, :]
        return padded[..., ph : ph + h, pw : pw + w]
