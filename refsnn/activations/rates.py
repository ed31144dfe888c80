"""Activations of two conversion papers with near-identical titles: the rate norm, the shifted clip.

Importing this module makes both known by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from refsnn.activations.base import Activation, activation
from refsnn.errors import InputError
from refsnn.ops.base import Saved
from refsnn.ops.broadcast import require_float
from refsnn.ops.checks import finite_at_least, unit_interval, whole
from refsnn.semantics import choose
from refsnn.typing import Array, Params, Shape

EPSILON = 1e-6
"""Added to the threshold of `RateNorm`, as in the authors' code."""


class Rates(NamedTuple):
    """What the backward pass of `RateNorm` needs."""

    x: Array
    top: Array  # () running maximum that was used


@activation
@dataclass(frozen=True)
class RateNorm(Activation):
    """Rate norm layer: ``r = clip(x / vth, 0, 1)`` with ``vth = p M + 1e-6``.

    M is a running maximum of the batches' largest ``ReLU(x)``, moved in training before it is used
    and given no gradient; ``p = sigmoid(k)`` (or ``|k|``) is learned. The output is the rate: it
    is **not** multiplied by vth.

    Parameters
    ----------
    momentum : float in [0, 1]
        Weight of the newest batch in the running maximum.
    fraction : "sigmoid" or "abs"
        How p comes from k.
    locked : bool
        Training leaves the running maximum alone.
    scale_init : float
        Initial k; 10 gives p = 0.99995.

    Source
    ------
    Ding et al., IJCAI 2021, the authors' code: rate_norm.1 to .5 of docs/equations.md.
    """

    momentum: float = 0.1
    fraction: Literal["sigmoid", "abs"] = "sigmoid"
    locked: bool = False
    scale_init: float = 10.0

    trainable: ClassVar[tuple[str, ...]] = ("scale",)

    def __post_init__(self) -> None:
        unit_interval("momentum", self.momentum, closed=True)
        choose("fraction", self.fraction, ("sigmoid", "abs"))

    def param_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Two numbers: k and M."""
        return {"scale": (), "running_max": ()}

    def init_params(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, Array]:
        """``scale_init`` and a maximum of 1."""
        values = {"scale": self.scale_init, "running_max": 1.0}
        return {name: np.full((), value, np.float32) for name, value in values.items()}

    def check_params(self, params: Params, *shapes: Shape) -> None:
        """A maximum is not negative."""
        super().check_params(params, *shapes)
        if not np.all(np.greater_equal(params["running_max"], 0)):
            got = params["running_max"]
            raise InputError("a maximum", where="running_max", expected=">= 0", got=got)

    def threshold(self, params: Params, dtype: np.dtype[np.floating]) -> Array:
        """``vth``, (): the firing threshold of the neuron in its place."""
        top = np.asarray(params["running_max"]).astype(dtype)
        return self._threshold(params, top)

    def _threshold(self, params: Params, top: Array) -> Array:
        p = self._fraction(params, top)[0]
        return np.asarray(top * p + top.dtype.type(EPSILON))  # eq: rate_norm.3

    def _fraction(self, params: Params, like: Array) -> tuple[Array, Array]:
        """(p, dp/dk)."""
        k = np.asarray(params["scale"]).astype(like.dtype)
        if self.fraction == "abs":
            return np.abs(k), np.sign(k)
        p = 1 / (1 + np.exp(-k))  # eq: rate_norm.2
        return p, p * (1 - p)

    def forward(
        self,
        params: Params,
        *xs: Array,
        training: bool = False,
        rng: np.random.Generator | None = None,
    ) -> tuple[Array, Saved]:
        """Keeps the input and the maximum."""
        (x,) = xs
        require_float(x, "a rate norm")
        top = np.asarray(params["running_max"]).astype(x.dtype)
        if training and not self.locked:
            newest = np.maximum(x, 0).max(initial=0)
            mu = x.dtype.type(self.momentum)
            top = np.asarray((1 - mu) * top + mu * newest)  # eq: rate_norm.1
        one = x.dtype.type(1)
        rate = np.clip(np.maximum(x, 0) / self._threshold(params, top), 0, one)  # eq: rate_norm.4
        return rate, Rates(x, top)

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """``1/vth`` for ``0 < x <= vth``; k by the chain rule through vth."""
        vth = self._threshold(params, saved.top)
        inside = (saved.x > 0) & (saved.x <= vth)
        dp = self._fraction(params, saved.top)[1]
        dvth = np.where(inside, -saved.x / (vth * vth), 0).astype(grad.dtype)
        dk = np.sum(grad * dvth) * saved.top * dp
        return [grad * inside / vth], {"scale": np.asarray(dk)}  # eq: rate_norm.5

    def updates(self, params: Params, saved: Saved) -> dict[str, Array]:
        """The running maximum, in the dtype it had."""
        return {"running_max": saved.top.astype(params["running_max"].dtype)}


@activation
@dataclass(frozen=True)
class ThresholdReLU(Activation):
    """``a = clip(x - delta, 0, theta)`` with a fixed ceiling and ``delta = theta / (2 t_ref)``.

    Parameters
    ----------
    theta : float >= 0
        Ceiling; 0 stands for none: a plain ReLU.
    t_ref : int >= 0
        Frames the shift is meant for; 0 stands for no shift.

    Notes
    -----
    The shift moves the staircase of the ANN to where that of an integrate-and-fire neuron without
    a half-threshold start is. Such a network is converted **without** the neuron's own shift.

    Source
    ------
    Deng & Gu, ICLR 2021, the authors' code: threshold_balancing.1 and .2 of docs/equations.md.
    """

    theta: float = 0.0
    t_ref: int = 0

    def __post_init__(self) -> None:
        finite_at_least("theta", self.theta, 0)
        whole("t_ref", self.t_ref, 0)

    @property
    def delta(self) -> float:
        """The shift."""
        return self.theta / (2 * self.t_ref) if self.t_ref else 0.0

    @property
    def ceiling(self) -> float:
        """Theta, or infinity."""
        return self.theta or float("inf")

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """Keeps the shifted input."""
        (x,) = xs
        require_float(x, "a shifted clip")
        moved = x - x.dtype.type(self.delta)
        low, high = x.dtype.type(0), x.dtype.type(self.ceiling)
        return np.clip(moved, low, high), moved  # eq: threshold_balancing.1

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """1 on the closed interval from 0 to theta."""
        inside = (saved >= 0) & (saved <= self.ceiling)
        return [grad * inside], {}  # eq: threshold_balancing.2
