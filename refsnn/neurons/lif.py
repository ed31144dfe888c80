"""Leaky integrate-and-fire neuron with the choices that other tools make silently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from refsnn.errors import InputError, UnsupportedError
from refsnn.neurons.leak import Leak, leak_of, own
from refsnn.neurons.protocol import Neuron, Phase, Step, positive, start_value
from refsnn.semantics import CHOICES, Compare, Integration, Reset, ResetActs, Semantics, choose
from refsnn.typing import Array, Shape

MOST = 127
"""Spikes are sent as int8."""


class LIFState(NamedTuple):
    """State of `LIF`."""

    v: Array
    """Membrane, in the unit of theta."""
    last: Array
    """Spikes decided in the step before: a late reset and a late output need them. int8."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LIF(Neuron):
    """``tau dv/dt = (v_leak - v) + r I`` in steps: what other tools do, said in settings.

    Parameters
    ----------
    theta : float or array, > 0
        Threshold.
    tau : float or array, > 0, optional
        Time constant in steps, ``tau / dt``; "euler": > 1. None: no leak, ``v + r I``.
    r, v_leak : float or array
        Resistance; resting value of the membrane, in its unit.
    integration : "sum", "euler", "exact" or "impulse"
        See `refsnn.neurons.leak.leak_of`; "sum" if and only if there is no tau.
    compare : "ge" or "gt"
        Fire at ``u >= theta`` or ``u > theta``.
    reset : "subtract" or "to_value"
        Soft, or to ``v_reset`` (in the unit of the membrane).
    reset_acts : "same_step", "next_step" or "at_crossing"
        At once; after the next current has been added; or when the membrane, its current held,
        reaches theta within the step (exact integration, reset to a value).
    delay : 0 or 1
        Steps by which a spike leaves late.
    most : int, 1..127
        Most spikes in one step, ``floor(u / theta)`` of them (soft reset and ``ge`` only).
    v_min : float, optional
        Floor of the membrane after the reset, in units of theta.
    v_init : float
        Start value in units of theta.
    worth : float or array, optional
        Value of a spike; None: theta. Most tools send ones.
    fraction : int, optional
        f bits of the leak of an integer run: ``trunc(v (2**f - d) / 2**f)`` is kept, d the lost
        part rounded down (Loihi: f = 12); the gain must be whole.

    Exactness
    ---------
    Without a leak as `IF`. With one, floats are rounded in every step; integers are exact.

    Source
    ------
    The specification of NIR (nodes IF and LIF); the rest is derived, or what tools do: docs/nir.md.
    """

    tau: Array | None = None
    r: Array | float = 1.0
    v_leak: Array | float = 0.0
    integration: Integration = "sum"
    compare: Compare = "ge"
    reset: Reset = "subtract"
    v_reset: Array | float = 0.0
    reset_acts: ResetActs = "same_step"
    delay: int = 0
    most: int = 1
    v_min: float | None = None
    v_init: float = 0.0
    worth: Array | None = None
    fraction: int | None = None

    laws: ClassVar[frozenset[str]] = frozenset({"split_time", "batch"})

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("tau", "r", "v_leak", "v_reset", "worth"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, own(f"LIF.{name}", getattr(self, name)))
        choose("integration", self.integration, CHOICES["integration"])
        choose("compare", self.compare, CHOICES["compare"])
        choose("reset", self.reset, ("subtract", "to_value"))
        choose("reset_acts", self.reset_acts, CHOICES["reset_acts"])
        object.__setattr__(self, "most", positive("LIF.most", self.most))
        _check(self)

    @property
    def semantics(self) -> Semantics:
        """The conventions of this neuron as data; time constants and levels are not among them."""
        return Semantics(
            compare=self.compare,
            reset=self.reset,
            reset_acts=self.reset_acts,
            spikes_per_step=self.most,
            v_init=self.v_init,
            v_min=self.v_min,
            several="division" if self.most > 1 else None,
            integration=self.integration,
            delay=self.delay,
        )

    @property
    def plain(self) -> bool:
        """Whether nothing leaks, waits or is cut: an `IF` whose spikes are worth what they are."""
        free = ("theta", "compare", "v_init", "worth")
        usual = LIF(theta=self.theta)
        rest = (name for name in self.settings() if name not in free)
        return all(np.array_equal(getattr(self, name), getattr(usual, name)) for name in rest)

    @property
    def leak(self) -> Leak:
        """What a step keeps, gains and drifts."""
        return leak_of(self.integration, self.tau, np.asarray(self.r), np.asarray(self.v_leak))

    def max_count(self, frames: int) -> int:
        """``most * frames``."""
        return self.most * frames

    def amplitude(self, frames: int, ndim: int, dtype: Any) -> Array:
        """``worth``, or theta, of each frame, (T, 1, ...)."""
        value = np.asarray(self.theta if self.worth is None else self.worth, dtype)
        shape = (1,) * (ndim - value.ndim) + value.shape
        return np.broadcast_to(value.reshape(shape), (frames, 1, *shape))

    def init(self, shape: Shape, dtype: Any, bias: Array | None = None) -> LIFState:
        """Start at ``v_init * theta``, plus a charge that enters once; no spike before."""
        self.leak.check_dtype(np.dtype(dtype), self.fraction)
        start = start_value(self.theta, self.v_init, dtype) + (0 if bias is None else bias)
        v = np.broadcast_to(start, shape).astype(dtype)
        return LIFState(v, np.zeros(shape, np.int8))

    def step(self, state: LIFState, current: Array | None, phase: Phase) -> Step:
        """Leak and integrate, fire, reset."""
        assert current is not None
        u = self.leak.follow(state.v, current, self.fraction)  # eq: nir.1
        if self.reset_acts == "next_step":
            u = self._reset(u, state.last)
        spikes = self._spikes(u)
        sent = state.last if self.delay else spikes
        return Step(LIFState(self._after(state.v, u, spikes, current), spikes), sent, u, sent)

    def _spikes(self, u: Array) -> Array:
        theta = np.asarray(self.theta, u.dtype)
        if self.most > 1:
            count = np.clip(np.floor(u / theta), 0, self.most)
            return np.asarray(count.astype(np.int8))
        return np.asarray((u >= theta if self.compare == "ge" else u > theta).astype(np.int8))

    def _after(self, v: Array, u: Array, spikes: Array, current: Array) -> Array:
        """The membrane that the step leaves behind."""
        if self.reset_acts == "at_crossing":
            theta, target = np.asarray(self.theta, u.dtype), np.asarray(self.v_reset, u.dtype)
            crossed = self.leak.after_crossing(v, current, theta, target)
            return np.where(spikes > 0, crossed, u)
        left = u if self.reset_acts == "next_step" else self._reset(u, spikes)
        if self.v_min is None:
            return left
        return np.maximum(left, start_value(self.theta, self.v_min, u.dtype))

    def _reset(self, u: Array, spikes: Array) -> Array:
        if self.reset == "subtract":
            return np.asarray(u - np.asarray(self.theta, u.dtype) * spikes.astype(u.dtype))
        return np.where(spikes > 0, np.asarray(self.v_reset, u.dtype), u)


def _check(neuron: LIF) -> None:
    """Settings that exclude one another."""
    if (neuron.tau is None) != (neuron.integration == "sum"):
        raise InputError(
            "a leak needs a time constant and a scheme, no leak has neither",
            where="LIF.integration",
            got=neuron.integration,
        )
    if not isinstance(neuron.delay, int) or neuron.delay not in (0, 1):
        raise InputError("delay", where="LIF.delay", expected="0 or 1 steps", got=neuron.delay)
    several = neuron.most > 1
    if neuron.most > MOST or (several and (neuron.compare, neuron.reset) != ("ge", "subtract")):
        expected = f"1..{MOST}, and 1 unless the reset is soft and the comparison ge"
        raise InputError("spikes a step", where="LIF.most", expected=expected, got=neuron.most)
    if neuron.fraction is not None and not 1 <= positive("LIF.fraction", neuron.fraction) <= 30:
        raise InputError("bits", where="LIF.fraction", expected="1..30", got=neuron.fraction)
    crossing = neuron.reset_acts == "at_crossing"
    if crossing and (neuron.integration, neuron.reset) != ("exact", "to_value"):
        raise UnsupportedError(
            "the moment of crossing is known for exact integration and a reset to a value only",
            where="LIF.reset_acts",
        )
    for name in ("v_init", "v_min"):
        value = getattr(neuron, name)
        if value is not None and not np.isfinite(value):
            raise InputError("not finite", where=f"LIF.{name}", got=value)
    _ = neuron.leak  # raises on a time constant that cannot be used
