"""Phases of an integer neuron: the state machine that a hardware controller walks."""

from __future__ import annotations

from typing import NamedTuple

from fixedpoint.typing import IntArray

PHASES = ("step", "integrate", "relax", "emit")
"""Names of the phase codes 0..3; "step" both takes an input frame and gives an output frame."""
STEP, INTEGRATE, RELAX, EMIT = range(4)


class Phase(NamedTuple):
    """One executed step: what it does, and the step ``t = 1..`` within its phase."""

    code: int
    t: int

    @property
    def consumes(self) -> bool:
        """Whether the step takes an input frame."""
        return self.code in (STEP, INTEGRATE)

    @property
    def emits(self) -> bool:
        """Whether the step gives an output frame."""
        return self.code in (STEP, EMIT)


class State(NamedTuple):
    """What a neuron keeps from step to step."""

    v: IntArray
    n: IntArray  # signed spike count


class Step(NamedTuple):
    """What one step did: ``u`` is what the comparison saw, ``spike`` is -1, 0 or 1."""

    state: State
    u: IntArray
    spike: IntArray


def phases(code: int, steps: int) -> tuple[Phase, ...]:
    """Give ``steps`` consecutive steps of one phase."""
    return tuple(Phase(code, t) for t in range(1, steps + 1))
