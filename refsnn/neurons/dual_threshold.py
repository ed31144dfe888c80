"""Signed integrate-and-fire neuron with a memory of what it has sent: a spike can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np

from refsnn.errors import InputError, nearest
from refsnn.neurons.protocol import Neuron, Phase, Step, positive, start_value
from refsnn.semantics import Semantics
from refsnn.typing import Array, Shape


class DualState(NamedTuple):
    """State of `DualThreshold`."""

    v: Array
    """Membrane, in the unit of theta."""
    count: Array  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    """Net spikes sent, N(t), int64: the memory."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DualThreshold(Neuron):
    """Fire +1 at the threshold, -1 below the negative one if there is a spike to take back.

    Parameters
    ----------
    theta : float or array, > 0
        Threshold; a spike of either sign carries plus or minus this.
    v_init : float
        Start value in units of theta.
    theta_negative : float >= 0 or None
        An inhibitory spike needs ``u`` below minus this many theta; None: it never fires.
    slack : float >= 0
        Added to the negative threshold, in absolute units (Fast-SNN's released code: 1e-3).
    strict_positive : bool
        Fire at ``u > theta`` in place of ``u >= theta``.
    strict_negative : bool
        Fire at ``u < -level`` in place of ``u <= -level``.
    memory : bool
        An inhibitory spike also needs ``N >= 1``: the count never falls below 0.
    cap : int >= 1, optional
        A spike also needs ``N < cap``.

    Exactness
    ---------
    With any settings ``theta N = v(0) + sum(I) - v(T)`` (error_compensation.14). With the defaults
    and ``cap = T``, and zero current after frame T, the count settles at the QCFS level
    ``clip(floor(sum(I)/theta + 1/2), 0, T)`` in at most T more steps, for every input in every
    order (error_compensation.28). Without those steps it is exact for constant drive and for
    T = 1 only; at T = 2 it never fires once too often. `SETTLES` names the settings this needs.

    Source
    ------
    The body of the error-compensation paper (Liu et al., ICML 2025) could not be read: which of
    `VARIANTS` is its neuron is **not known**. The half-threshold start is confirmed by a public
    review; the rest is a reconstruction from the released code of related papers, and the
    mathematics is ours (docs/equations.md).
    """

    v_init: float = 0.5
    theta_negative: float | None = 0.0
    slack: float = 0.0
    strict_positive: bool = False
    strict_negative: bool = True
    memory: bool = True
    cap: int | None = None

    laws: ClassVar[frozenset[str]] = frozenset(
        {"conservation", "split_time", "batch", "permutation", "rescale"}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("v_init", "slack", "theta_negative"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and (value >= 0 or name == "v_init")):
                raise InputError(
                    "cannot be used", where=f"DualThreshold.{name}", expected=">= 0", got=value
                )
        if self.cap is not None:
            object.__setattr__(self, "cap", positive("DualThreshold.cap", self.cap))

    @property
    def semantics(self) -> Semantics:
        """The conventions of this neuron as data."""
        never = self.theta_negative is None
        return Semantics(
            compare="gt" if self.strict_positive else "ge",
            v_init=self.v_init,
            negative="never" if never else "gated" if self.memory else "free",
            theta_negative=self.theta_negative,
            negative_at_equality=not (never or self.strict_negative),
            count_cap=self.cap is not None,
        )

    def max_count(self, frames: int) -> int:
        """``frames``, or the cap if that is less."""
        return frames if self.cap is None else min(frames, self.cap)

    def init(self, shape: Shape, dtype: Any, bias: Array | None = None) -> DualState:
        """Start at ``v_init * theta`` with an empty memory, plus a charge that enters once."""
        start = start_value(self.theta, self.v_init, dtype) + (0 if bias is None else bias)
        return DualState(np.broadcast_to(start, shape).astype(dtype), np.zeros(shape, np.int64))

    def step(self, state: DualState, current: Array | None, phase: Phase) -> Step:
        """Integrate everything, then one test of both thresholds, then reset."""
        assert current is not None
        u = state.v + current  # eq: error_compensation.9
        net = self._fires(u, state.count) - self._retracts(u, state.count)
        v = u - np.asarray(self.theta, u.dtype) * net.astype(u.dtype)  # eq: error_compensation.11
        count = state.count + net  # eq: error_compensation.12
        return Step(DualState(v, count), net, u, net)

    def _fires(self, u: Array, count: Array) -> Array:
        theta = np.asarray(self.theta, u.dtype)
        fire = u > theta if self.strict_positive else u >= theta  # eq: error_compensation.10
        free = True if self.cap is None else count < self.cap
        return np.asarray(fire & free, np.int8)

    def _retracts(self, u: Array, count: Array) -> Array:
        if self.theta_negative is None:
            return np.zeros(u.shape, np.int8)
        level = self.level(u.dtype)
        below = u < -level if self.strict_negative else u <= -level  # eq: error_compensation.10
        return np.asarray(below & (count >= 1) if self.memory else below, np.int8)

    def level(self, dtype: Any) -> Array:
        """The negative threshold; among integers the one that decides alike."""
        assert self.theta_negative is not None
        if np.dtype(dtype).kind not in "iu":
            unit = np.asarray(self.theta, dtype)
            return np.asarray(unit * dtype.type(self.theta_negative) + dtype.type(self.slack))
        level = np.asarray(self.theta, np.float64) * self.theta_negative + self.slack
        return np.asarray(np.floor(level) if self.strict_negative else np.ceil(level), dtype)


SETTLES: Mapping[str, Any] = MappingProxyType(
    {
        "v_init": 0.5,
        "theta_negative": 0.0,
        "slack": 0.0,
        "strict_positive": False,
        "strict_negative": True,
        "memory": True,
    }
)
"""The settings that reach the QCFS level, given ``cap = T`` and enough steps of silence."""

VARIANTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "dual": {},
        "plain": {"theta_negative": None},
        "fast-snn": {"slack": 1e-3, "strict_negative": False},
        "st-bif": {},
        "snm": {"v_init": 0.0, "theta_negative": 1.0, "strict_negative": False},
        "inference-scale": {"theta_negative": None, "strict_positive": True},
        "weak": {"theta_negative": 1.0, "strict_negative": False},
    }
)
"""Neurons of released code, each as settings: "plain" is QCFS's, "weak" pairs a start at theta/2
with a negative threshold of -theta. "dual" is the reference; "st-bif" is the same with a cap."""


def variant(name: str, theta: Array, **changes: Any) -> DualThreshold:
    """The neuron of this name in `VARIANTS`.

    >>> variant("snm", np.asarray(2.0)).theta_negative
    1.0
    """
    if name not in VARIANTS:
        raise InputError(
            f"unknown variant {name!r}", where="variant", fix=nearest(name, list(VARIANTS))
        )
    return DualThreshold(theta=theta, **{**VARIANTS[name], **changes})
