"""First activation of PASCAL: the analog image's level, sent as a spike train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from refsnn.neurons.pascal import TOLERANCE
from refsnn.neurons.protocol import Neuron, Phase, Step, phases, positive, start_value
from refsnn.semantics import Semantics
from refsnn.typing import Array, Shape


class PascalFirstState(NamedTuple):
    """State of `PascalFirst`."""

    v: Array
    """Membrane, in the unit of theta."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PascalFirst(Neuron):
    """Absorb the whole charge, then send its level: no relaxation, no inhibitory spike.

    Parameters
    ----------
    theta : float or array, > 0
        Threshold and spike amplitude: lambda / L.
    t_out : int >= 1
        Output frames: the levels L.
    as_released : bool
        The authors' code: the float value of the activation is computed first, then drained
        with a tolerance of 8e-5.
    clip_at : float or array, optional
        lambda itself, for ``as_released``; default ``theta * t_out``, which can differ from it in
        the last bit.

    Exactness
    ---------
    Exact: the count is ``clip(floor(sum(I) / theta + 1/2), 0, t_out)``, all spikes first. Starting
    at theta/2 and draining by theta *is* that floor, so no division is needed.

    Source
    ------
    The authors' code, pascal.4 of docs/equations.md; the division-free form is ours.
    """

    t_out: int
    as_released: bool = False
    clip_at: Array | None = None

    synchronous: ClassVar[bool] = False
    thermometer: ClassVar[bool] = True
    laws: ClassVar[frozenset[str]] = frozenset(
        {"conservation", "batch", "permutation", "rescale", "order", "qcfs_level"}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "t_out", positive("PascalFirst.t_out", self.t_out))

    @property
    def semantics(self) -> Semantics:
        """The conventions of this neuron as data."""
        return Semantics(bias_plan="once", readout="sum")

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """Absorb ``t_in`` frames, emit ``t_out`` frames."""
        absorb = phases("absorb", positive("T", t_in), consumes=True, emits=False)
        return absorb + phases("emit", self.t_out, consumes=False, emits=True)

    def init(self, shape: Shape, dtype: Any, bias: Array | None = None) -> PascalFirstState:
        """Start at half a threshold (as released: at zero), plus the bias."""
        fraction = 0.0 if self.as_released else 0.5
        start = start_value(self.theta, fraction, dtype) + (0 if bias is None else bias)
        return PascalFirstState(np.broadcast_to(start, shape).astype(dtype))

    def step(self, state: PascalFirstState, current: Array | None, phase: Phase) -> Step:
        """One step of the phase that the schedule names."""
        if phase.name == "absorb":
            return self._absorb(state, current, last=phase.t == phase.of)
        return self._emit(state)

    def _absorb(self, state: PascalFirstState, current: Array | None, *, last: bool) -> Step:
        assert current is not None
        u = state.v + current
        v = self._released_value(u) if self.as_released and last else u
        return Step(PascalFirstState(v), None, u, np.zeros(u.shape, np.int8))

    def _emit(self, state: PascalFirstState) -> Step:
        u, theta = state.v, np.asarray(self.theta, state.v.dtype)
        slack = np.asarray(TOLERANCE, u.dtype)
        fired = u - theta >= -slack if self.as_released else u >= theta
        spikes = fired.astype(np.int8)
        return Step(PascalFirstState(u - theta * spikes), spikes, u, spikes)  # eq: pascal.4

    def _released_value(self, z: Array) -> Array:
        """Eq. (1) in the order of float operations of the authors' code."""
        clip_at = self.theta * self.t_out if self.clip_at is None else self.clip_at
        lam, levels = np.asarray(clip_at, z.dtype), np.asarray(self.t_out, z.dtype)
        half = np.asarray(0.5, z.dtype)
        return np.asarray(np.floor(np.clip(z / lam, 0, 1) * levels + half) / levels * lam)
