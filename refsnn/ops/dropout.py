"""Dropout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.base import Op, Saved
from refsnn.ops.broadcast import require_float
from refsnn.ops.checks import unit_interval
from refsnn.ops.registry import register
from refsnn.typing import Array, Params


@register
@dataclass(frozen=True)
class Dropout(Op):
    """In training, zero each value with probability p and divide the others by 1 - p.

    The identity in evaluation (Srivastava et al. 2014, in the "inverted" form).

    Parameters
    ----------
    p : float in [0, 1)
        Probability of a zero.
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        unit_interval("p", self.p)

    def forward(
        self,
        params: Params,
        *xs: Array,
        training: bool = False,
        rng: np.random.Generator | None = None,
    ) -> tuple[Array, Saved]:
        """Keeps the factors (None in evaluation)."""
        (x,) = xs
        if not training:
            return x, None
        if rng is None:
            raise InputError("dropout in training needs a random generator", fix="pass rng=")
        require_float(x, "dropout")
        factors = (rng.random(x.shape) >= self.p) / x.dtype.type(1 - self.p)
        factors = factors.astype(x.dtype, copy=False)
        return x * factors, factors

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """The same factors."""
        return [grad if saved is None else grad * saved], {}
