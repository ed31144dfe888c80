"""The integers an image becomes."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log2

import numpy as np

from refsnn.analysis.exactness import dyadic_bits
from refsnn.typing import Array, IntArray


@dataclass(frozen=True)
class InputGrid:
    """The integers an image becomes: ``x = code * 2**-frac``."""

    signed: bool
    width: int
    frac: int

    def codes(self, x: Array) -> IntArray:
        """Nearest codes (ties to even), saturated."""
        low = -(2 ** (self.width - 1)) if self.signed else 0
        high = 2 ** (self.width - self.signed) - 1
        return np.clip(np.round(np.ldexp(x, self.frac)), low, high).astype(np.int64)

    def values(self, codes: IntArray) -> Array:
        """The images the codes stand for, float64, exact."""
        return np.ldexp(codes.astype(np.float64), -self.frac)


def input_grid(x: Array, bits: int = 8) -> InputGrid:
    """The narrowest grid that holds ``x`` exactly if 16 bits can, else one of ``bits`` bits."""
    signed, largest = bool(np.min(x) < 0), float(np.max(np.abs(x)))
    frac = dyadic_bits(x)
    if frac is not None:
        width = int(np.ldexp(largest, frac)).bit_length() + signed
        if width <= 16:
            return InputGrid(signed, max(width, 1), frac)
    whole = floor(log2(largest)) + 1 if largest > 0 else 0
    return InputGrid(signed, bits, bits - signed - whole)
