"""How a layer reads one of its sources: a row of integers, as kernels take it.

Between two layers of neurons: average over blocks (as a sum), pad with zeros, convolve. A fully
connected layer is a convolution whose kernel is the whole image.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refsnn.typing import IntArray

ON, H, W, C, WORDS, BYTES, POOL_H, POOL_W = range(8)
"""Whether there is a source; its size; words and bytes of a pixel; blocks that are summed."""
KH, KW, STEP_Y, STEP_X, PAD_Y, PAD_X, FAR_Y, FAR_X = range(8, 16)
"""Kernel, stride, padding, dilation."""
ROWS, COLUMNS, FACTOR, OUT_W = range(16, 20)
"""Size of the padded map; what its sums are multiplied by; width of the output."""
FIELDS = 20

Pair = tuple[int, int]


class Reading(NamedTuple):
    """The same with names."""

    shape: tuple[int, int, int]
    """(C, H, W) of the source."""
    pool: Pair
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair

    @property
    def padded(self) -> Pair:
        """Size of the map that the kernel moves over."""
        (_, h, w), (ph, pw), (y, x) = self.shape, self.pool, self.padding
        return h // ph + 2 * y, w // pw + 2 * x

    @property
    def out(self) -> Pair:
        """(OH, OW)."""
        sizes = zip(self.padded, self.dilation, self.kernel, self.stride, strict=True)
        one, two = ((size - far * (k - 1) - 1) // step + 1 for size, far, k, step in sizes)
        return one, two

    @property
    def inputs(self) -> int:
        """Rows of the matrix of weights: kh kw C."""
        return self.kernel[0] * self.kernel[1] * self.shape[0]

    def numbers(self, factor: int = 1) -> IntArray:
        """As kernels take it."""
        c, h, w = self.shape
        first = [1, h, w, c, words(c), 4 * -(-c // 4), *self.pool, *self.kernel, *self.stride]
        rest = [*self.padding, *self.dilation, *self.padded, factor, self.out[1]]
        return np.array([*first, *rest], np.int64)


def words(channels: int) -> int:
    """64-bit words for so many spikes."""
    return -(-channels // 64)


def nothing() -> IntArray:
    """No source."""
    return np.zeros(FIELDS, np.int64)
