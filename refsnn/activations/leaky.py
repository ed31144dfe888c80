"""Leaky ReLU: its negative side is no rate of spikes, so it stays analog in a conversion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from refsnn.activations.base import Activation, activation
from refsnn.ops.base import Saved
from refsnn.ops.broadcast import require_float
from refsnn.ops.checks import unit_interval
from refsnn.typing import Array, Params


@activation
@dataclass(frozen=True)
class LeakyReLU(Activation):
    """``y = x`` for x > 0, else ``slope * x``; gradient ``slope`` at 0. Exact up to one rounding.

    Parameters
    ----------
    slope : float in [0, 1)
        Of the negative side.
    """

    slope: float = 0.01

    def __post_init__(self) -> None:
        unit_interval("slope", self.slope)

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """Keeps the input."""
        (x,) = xs
        require_float(x, "a leaky ReLU")
        return np.where(x > 0, x, x.dtype.type(self.slope) * x), x

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """1 for x > 0, else ``slope``."""
        return [np.where(saved > 0, grad, grad.dtype.type(self.slope) * grad)], {}
