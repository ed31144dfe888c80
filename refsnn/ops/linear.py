"""Fully connected layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.base import Op, Saved
from refsnn.ops.broadcast import cast
from refsnn.ops.checks import whole
from refsnn.ops.registry import register
from refsnn.typing import Array, IntArray, Params, Shape


def kaiming(rng: np.random.Generator, shape: Shape) -> Array:
    """Weights (out, ...) of variance 2 / fan-in, float32 (He et al. 2015, equation 10)."""
    fan_in = int(np.prod(shape[1:]))
    weights: Array = rng.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / fan_in))
    return weights


def kaiming_params(rng: np.random.Generator, shapes: dict[str, Shape]) -> dict[str, Array]:
    """Kaiming weight and, where the shapes name one, a zero bias."""
    return {
        name: kaiming(rng, shape) if name == "weight" else np.zeros(shape, np.float32)
        for name, shape in shapes.items()
    }


@register
@dataclass(frozen=True)
class Linear(Op):
    """``y = x W^T + b`` with x (B, in), W (out, in), b (out,).

    Parameters
    ----------
    features : int >= 1
        Number of outputs.
    bias : bool
        Whether there is a parameter "bias".

    Exactness
    ---------
    Exact on integers, and on dyadic floats whose partial sums fit the mantissa; otherwise
    the last bits depend on the number of rows, as in every BLAS product.
    """

    features: int
    bias: bool = True

    trainable: ClassVar[tuple[str, ...]] = ("weight", "bias")
    offsets: ClassVar[tuple[str, ...]] = ("bias",)
    weighted: ClassVar[bool] = True

    def __post_init__(self) -> None:
        whole("features", self.features, 1)

    def out_shape(self, *shapes: Shape) -> Shape:
        """(features,)."""
        if len(shapes[0]) != 1:
            raise InputError(
                "needs a vector",
                expected="a sample shape (F,)",
                got=shapes[0],
                fix="put a Flatten or a global pooling before it",
            )
        return (self.features,)

    def param_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Weight (out, in) and bias (out,)."""
        bias = {"bias": (self.features,)} if self.bias else {}
        return {"weight": (self.features, *shapes[0]), **bias}

    def init_params(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, Array]:
        """Kaiming-normal weights, zero bias."""
        return kaiming_params(rng, self.param_shapes(*shapes))

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """(B, in) to (B, out)."""
        (x,) = xs
        y = x @ cast(params["weight"], x).T
        return (y + cast(params["bias"], x) if self.bias else y), x

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """``dx = g W``, ``dW = g^T x``, ``db = sum g``."""
        bias = {"bias": grad.sum(0)} if self.bias else {}
        return [grad @ cast(params["weight"], saved)], {"weight": grad.T @ saved, **bias}

    def fanout(self, params: Params, shape: Shape) -> IntArray:
        """Every input feeds every output."""
        return np.full(shape, self.features, np.int64)
