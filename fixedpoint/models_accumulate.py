"""The two-phase integer neuron: take the whole input first, then fire."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fixedpoint.errors import InputError
from fixedpoint.models import IntNeuron
from fixedpoint.schedule import EMIT, INTEGRATE, Phase, State, Step, phases
from fixedpoint.typing import IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class IntAccumulate(IntNeuron):
    """Accumulate, then fire: no spike while the input lasts, then one in every step it is owed.

    Parameters
    ----------
    theta : int or array > 0
        Threshold.
    v_init : int or array
        ``theta // 2`` plus any bias that enters once.
    t_out : int >= 1
        Output frames.

    Notes
    -----
    Exact: the count, and the train with its ones first, are those of the three-phase neuron
    (`fixedpoint.models.IntPascal`): ``clip(floor((v_init + sum(I)) / theta), 0, t_out)``. Derived.
    """

    t_out: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.t_out, int) or self.t_out < 1:
            raise InputError("no output frames", where="t_out", expected=">= 1", got=self.t_out)

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """Accumulate, emit."""
        return phases(INTEGRATE, t_in) + phases(EMIT, self.t_out)

    def step(self, state: State, current: IntArray, phase: Phase) -> Step:
        """Do one step of the phase."""
        if phase.code != EMIT:
            u = self.held(state.v + current)
            return Step(State(u, state.n), u, np.zeros_like(u))
        fire = (state.v >= self.theta).astype(np.int64)
        return Step(State(state.v - self.theta * fire, state.n + fire), state.v, fire)
