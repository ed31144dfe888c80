"""Batch normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.base import Op, Saved
from refsnn.ops.broadcast import channel_axes, per_channel, require_float, sum_to
from refsnn.ops.checks import finite_at_least, unit_interval
from refsnn.ops.registry import register
from refsnn.typing import Array, Params, Shape


class Normed(NamedTuple):
    """What the backward pass of a normalisation needs."""

    x: Array  # (B, C, ...) normalised input
    std: Array  # (C,) what it was divided by
    mean: Array | None  # (C,) batch mean; None in evaluation
    var: Array | None  # (C,) biased batch variance; None in evaluation


@register
@dataclass(frozen=True)
class BatchNorm(Op):
    """``y = weight * (x - mean) / sqrt(var + eps) + bias``, per channel (axis 1).

    Training uses mean and biased variance of the batch; evaluation uses "running_mean" and
    "running_var", and is then affine. `updates` moves the running values by ``momentum``
    towards the batch's mean and *unbiased* variance, as the usual frameworks do.

    Parameters
    ----------
    eps : float >= 0
        Added to the variance.
    momentum : float in [0, 1]
        Weight of the newest batch in the running values.

    Notes
    -----
    It is not counted as weighted: on hardware it is folded into the layer before it.
    Source: Ioffe and Szegedy 2015, algorithms 1 and 2.
    """

    eps: float = 1e-5
    momentum: float = 0.1

    trainable: ClassVar[tuple[str, ...]] = ("weight", "bias")
    offsets: ClassVar[tuple[str, ...]] = ("bias", "running_mean")

    def __post_init__(self) -> None:
        finite_at_least("eps", self.eps, 0)
        unit_interval("momentum", self.momentum, closed=True)

    def out_shape(self, *shapes: Shape) -> Shape:
        """Unchanged: (C,), (C, N) or (C, H, W)."""
        if len(shapes[0]) not in (1, 2, 3):
            raise InputError("needs (C,), (C, N) or (C, H, W)", got=shapes[0])
        return shapes[0]

    def param_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Four vectors (C,)."""
        channels = shapes[0][:1]
        return dict.fromkeys(("weight", "bias", "running_mean", "running_var"), channels)

    def init_params(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, Array]:
        """The identity, up to eps."""
        return {
            name: np.full(shape, name in ("weight", "running_var"), np.float32)
            for name, shape in self.param_shapes(*shapes).items()
        }

    def forward(
        self,
        params: Params,
        *xs: Array,
        training: bool = False,
        rng: np.random.Generator | None = None,
    ) -> tuple[Array, Saved]:
        """(B, C, ...) to the same shape."""
        (x,) = xs
        require_float(x, "batch normalisation")
        mean, var = self._batch(x) if training else (params["running_mean"], params["running_var"])
        std = np.sqrt(per_channel(var, x) + x.dtype.type(self.eps))
        normed = (x - per_channel(mean, x)) / std
        y = per_channel(params["weight"], x) * normed + per_channel(params["bias"], x)
        return y, Normed(normed, std, *((mean, var) if training else (None, None)))

    def _batch(self, x: Array) -> tuple[Array, Array]:
        if x[:, 0].size < 2:
            raise InputError(
                "a batch variance needs more values",
                expected="at least 2 per channel",
                got=x[:, 0].size,
                fix="train with larger batches",
            )
        return x.mean(channel_axes(x)), x.var(channel_axes(x))

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """In training the batch statistics take their part of the gradient away."""
        weight = per_channel(params["weight"], grad)
        shape = params["weight"].shape
        bias, gain = sum_to(grad, shape), sum_to(grad * saved.x, shape)
        if saved.mean is not None:
            n = grad.dtype.type(grad[:, 0].size)
            shared = per_channel(bias / n, grad) + saved.x * per_channel(gain / n, grad)
            grad = grad - shared
        return [weight / saved.std * grad], {"weight": gain, "bias": bias}

    def updates(self, params: Params, saved: Saved) -> dict[str, Array]:
        """New running mean and running (unbiased) variance, in the dtype they had."""
        if saved.mean is None:
            return {}
        n = saved.x[:, 0].size
        fresh = {"running_mean": saved.mean, "running_var": saved.var * (n / (n - 1))}
        return {name: self._moved(params[name], value) for name, value in fresh.items()}

    def _moved(self, old: Array, new: Array) -> Array:
        return ((1 - self.momentum) * old + self.momentum * new).astype(old.dtype)
