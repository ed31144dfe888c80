"""An image as bytes: ``x = (code - blank) / 2**frac``, exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refsnn.dyadic import fraction_bits
from refsnn.engines.packed.whole import FINEST
from refsnn.typing import Array

TOP = 255


class Pixels(NamedTuple):
    """How numbers become bytes."""

    frac: int
    blank: int
    """The code of zero."""

    @classmethod
    def of(cls, x: Array) -> Pixels | None:
        """For these images; None where no byte is enough."""
        frac = fraction_bits(x, FINEST)
        if frac is None:
            return None
        low, high = np.ldexp(float(x.min()), frac), np.ldexp(float(x.max()), frac)
        blank = 0 if low >= 0 else max(128, int(-low))
        return cls(frac, blank) if -low <= TOP and high + blank <= TOP else None

    def codes(self, x: Array) -> Array | None:
        """(B, C, H, W) or (B, F) as bytes (B, H, W, C); None where they do not fit."""
        scaled = x * x.dtype.type(2.0**self.frac) + x.dtype.type(self.blank)
        codes = scaled.astype(np.uint8)
        if not np.array_equal(codes, scaled):
            return None
        shape = codes.shape if codes.ndim == 4 else (*codes.shape, 1, 1)
        return np.ascontiguousarray(codes.reshape(shape).transpose(0, 2, 3, 1))
