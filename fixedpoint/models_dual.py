"""The signed integer neuron with a memory: a spike that was too many is taken back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fixedpoint.arith import as_codes
from fixedpoint.errors import InputError
from fixedpoint.models import IntNeuron
from fixedpoint.schedule import STEP, Phase, State, Step, phases
from fixedpoint.typing import IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class IntDual(IntNeuron):
    """Integrate; +1 at the threshold, -1 below the negative one if there is a spike to take back.

    Parameters
    ----------
    theta : int or array > 0
        Threshold, and what a spike takes away or, an inhibitory one, gives back.
    v_init : int or array
        Membrane before the first step: ``theta // 2``. It is exact for odd theta too, where
        ``(theta + 1) // 2`` is not.
    negative : int, array or None
        Inhibitory spike at ``u < -negative`` (0: the sign bit); None: never.
    strict_positive : bool
        Fire at ``u > theta`` in place of ``u >= theta``.
    strict_negative : bool
        False: inhibitory spike at ``u <= -negative``.
    memory : bool
        An inhibitory spike also needs a net count of 1 or more.
    cap : int >= 1, optional
        A spike also needs a net count below this.

    Notes
    -----
    ``u = v + I; s = [u >= theta][n < cap] - [u < -negative][n >= 1]; v = u - theta s; n += s``.
    All input of a step, bias included, is added before the one test. With the defaults and
    ``cap = T``, T steps of input and then at most T silent ones end with the count
    `settled_count`, exactly. Source: derived; see docs/equations.md for what is not known of the
    published neuron.
    """

    negative: IntArray | int | None = 0
    strict_positive: bool = False
    strict_negative: bool = True
    memory: bool = True
    cap: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.negative is not None:
            level = as_codes(self.negative, "IntDual.negative").copy()
            level.setflags(write=False)
            object.__setattr__(self, "negative", level)
            if np.any(level < 0):
                raise InputError("negative threshold", where="negative", expected=">= 0", got=level)
        if self.cap is not None and (type(self.cap) is not int or self.cap < 1):
            raise InputError("no such cap", where="cap", expected="an integer >= 1", got=self.cap)

    @property
    def lifts(self) -> bool:
        """Without a memory nothing asks for a spike before it is taken back."""
        return self.negative is not None and not self.memory

    @property
    def spike_range(self) -> tuple[int, int]:
        """-1 where there are inhibitory spikes."""
        return (0 if self.negative is None else -1), 1

    def value_range(self, frames: int) -> tuple[int, int]:
        """Net spikes of consecutive frames: with a memory, a cap bounds them too."""
        most = frames if self.cap is None else min(frames, self.cap)
        if self.negative is None:
            return 0, most
        return (-most, most) if self.memory else (-frames, frames)

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """One step a frame."""
        return phases(STEP, t_in)

    def step(self, state: State, current: IntArray, phase: Phase) -> Step:
        """Integrate one frame, test both thresholds, reset."""
        u = self.held(state.v + current)  # eq: error_compensation.9
        net = self._fires(u, state.n) - self._retracts(u, state.n)  # eq: error_compensation.10
        v = u - self.theta * net  # eq: error_compensation.11
        return Step(State(v, state.n + net), u, net)  # eq: error_compensation.12

    def _fires(self, u: IntArray, n: IntArray) -> IntArray:
        fire = u > self.theta if self.strict_positive else u >= self.theta
        return np.asarray(fire if self.cap is None else fire & (n < self.cap), np.int64)

    def _retracts(self, u: IntArray, n: IntArray) -> IntArray:
        if self.negative is None:
            return np.zeros(u.shape, np.int64)
        level = -np.asarray(self.negative)
        below = u < level if self.strict_negative else u <= level
        return np.asarray(below & (n >= 1) if self.memory else below, np.int64)


def settled_count(charge: npt.ArrayLike, theta: npt.ArrayLike, t: int) -> IntArray:
    """Count the neuron settles at: ``clip(floor((2 charge + theta) / (2 theta)), 0, t)``."""
    s, th = as_codes(charge, "charge"), as_codes(theta, "theta")
    level = (2 * s + th) // (2 * th)
    return np.asarray(np.clip(level, 0, t), np.int64)  # eq: error_compensation.16
