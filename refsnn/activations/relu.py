"""The rectifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from refsnn.activations.base import Activation, activation
from refsnn.ops.base import Saved
from refsnn.typing import Array, Params


@activation
@dataclass(frozen=True)
class ReLU(Activation):
    """``y = max(x, 0)``, with gradient 0 at 0. Exact."""

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """Keeps the input."""
        (x,) = xs
        return np.maximum(x, x.dtype.type(0)), x

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """1 for x > 0."""
        return [grad * (saved > 0)], {}
