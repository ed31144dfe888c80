"""The integer burst neuron: up to phi spikes a step, and a constant charge added in every step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fixedpoint.arith import as_codes
from fixedpoint.errors import InputError
from fixedpoint.models import IntNeuron
from fixedpoint.schedule import STEP, Phase, State, Step, phases
from fixedpoint.typing import IntArray

MOST = 127


@dataclass(frozen=True, kw_only=True, eq=False)
class IntBurst(IntNeuron):
    """Integrate current and shift, compare with theta, 2 theta, .., phi theta, subtract the burst.

    Parameters
    ----------
    theta : int or array > 0
        Threshold, and what each spike of a burst takes away.
    v_init : int or array
        Membrane before the first step (0 unless potentials were calibrated).
    phi : int or array, 0..127
        Most spikes in one step; 0 wires a dead channel to silence.
    shift : int or array, 0..theta
        Added in every step: ``theta / (2 T)``. With theta a power of two not below 2 T it is whole.

    Notes
    -----
    ``u = v + I + h; n = sum over k of [u >= k theta]; v = u - theta n``. n is clipped at zero, the
    membrane never: negative charge must persist. With theta = 2^F, n is ``u >> F`` clipped to
    0..phi. A burst of n is n events, or one event of payload n. Exact. Source: the burst neuron of
    Adaptive Calibration (Wang et al. 2025) as the authors' code has it, comparisons for its
    division.
    """

    phi: IntArray | int = 1
    shift: IntArray | int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, top in (("phi", np.asarray(MOST)), ("shift", np.asarray(self.theta))):
            array = as_codes(getattr(self, name), f"IntBurst.{name}").copy()
            array.setflags(write=False)
            object.__setattr__(self, name, array)
            if np.any(array < 0) or np.any(array > top):
                most = int(top.max())
                raise InputError("setting", where=name, expected=f"0..{most}", got=array)

    @property
    def charge(self) -> IntArray:
        """The shift."""
        return np.asarray(self.shift, np.int64)

    @property
    def spike_range(self) -> tuple[int, int]:
        """0 to the largest phi."""
        return 0, int(np.max(self.phi))

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """One step a frame."""
        return phases(STEP, t_in)

    def step(self, state: State, current: IntArray, phase: Phase) -> Step:
        """Integrate one frame, send a burst, subtract it."""
        u = self.held(state.v + current + self.shift)  # eq: adaptive_calibration.9
        n = np.zeros(np.shape(u), np.int64)
        for k in range(1, self.spike_range[1] + 1):
            n += (u >= k * np.asarray(self.theta)) & (k <= self.phi)  # eq: adaptive_calibration.12
        v = u - self.theta * n  # eq: adaptive_calibration.11
        return Step(State(v, state.n + n), u, n)


def burst_count(charge: npt.ArrayLike, theta: npt.ArrayLike, phi: int, t: int) -> IntArray:
    """Count after t steps of one constant current, ``charge = t I`` without the shifts.

    ``clip(floor((2 charge + theta) / (2 theta)), 0, phi t)``; needs ``v_init = 0`` and shifts
    that add up to theta / 2.
    """
    s, th = as_codes(charge, "charge"), as_codes(theta, "theta")
    level = (2 * s + th) // (2 * th)
    return np.asarray(np.clip(level, 0, phi * t), np.int64)  # eq: adaptive_calibration.14
