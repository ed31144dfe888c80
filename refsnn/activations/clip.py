"""A rectifier with a learned ceiling."""

from __future__ import annotations

from dataclasses import dataclass

from refsnn.activations.base import activation
from refsnn.activations.thresholded import Thresholded, threshold
from refsnn.ops.base import Saved
from refsnn.typing import Array, Params


@activation
@dataclass(frozen=True)
class Clip(Thresholded):
    """``y = clip(x, 0, lambda)``: a ReLU with a learned ceiling.

    Gradient: dy/dx = 1 for 0 < x < lambda, dy/dlambda = 1 for x >= lambda, else 0
    (the convention of PACT, Choi et al. 2018, equation 3). Exact.
    """

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """Keeps the input."""
        (x,) = xs
        return self.unquantised(params, x), x  # eq: error_compensation.1

    def slopes(self, params: Params, x: Array) -> tuple[Array, Array]:
        """One of the two is 1, or neither."""
        above = x >= threshold(params, x)  # eq: error_compensation.3
        inside = (x > 0) & ~above  # eq: error_compensation.2
        return inside.astype(x.dtype), above.astype(x.dtype)
