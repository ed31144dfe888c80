"""Multiplication by a constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from refsnn.ops.base import Op, Saved
from refsnn.ops.broadcast import per_channel
from refsnn.ops.registry import register
from refsnn.typing import Array, IntArray, Params, Shape


@register
@dataclass(frozen=True)
class Scale(Op):
    """Multiply by the parameter "weight": one number, or one for each channel.

    Parameters
    ----------
    per_channel : bool
        The weight is (C,) instead of a scalar ().

    Notes
    -----
    The factor is set by a conversion, not trained. It counts as a synapse with fan-out one.
    """

    per_channel: bool = False

    weighted: ClassVar[bool] = True

    def param_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Weight () or (C,)."""
        return {"weight": shapes[0][:1] if self.per_channel else ()}

    def init_params(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, Array]:
        """Ones."""
        return {"weight": np.ones(self.param_shapes(*shapes)["weight"], np.float32)}

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """One rounding for each element."""
        (x,) = xs
        return x * per_channel(params["weight"], x), None

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """To the input only."""
        return [grad * per_channel(params["weight"], grad)], {}

    def fanout(self, params: Params, shape: Shape) -> IntArray:
        """One."""
        return np.ones(shape, np.int64)
