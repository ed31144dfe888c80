"""Integer neurons with a planted fault: what a counter-example is run on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, cast

import numpy as np

from fixedpoint.models import IntNeuron
from fixedpoint.neurons import run_neuron
from fixedpoint.proofs.base import Witness
from fixedpoint.proofs.steps import After
from fixedpoint.proofs.terms import clip
from fixedpoint.schedule import Phase, State, Step
from fixedpoint.typing import IntArray


def shortened(neuron: IntNeuron, code: int) -> IntNeuron:
    """The same neuron with one step of a phase fewer."""

    def schedule(self: Any, t_in: int) -> tuple[Phase, ...]:
        whole = type(neuron).schedule(self, t_in)
        last = max((phase.t for phase in whole if phase.code == code), default=0)
        return tuple(phase for phase in whole if phase != Phase(code, last))

    return _changed(neuron, schedule=schedule)


def with_step(
    neuron: IntNeuron, code: int, step: Callable[[IntArray, IntArray, IntArray, int], After]
) -> IntNeuron:
    """The same neuron with another step in one phase: a function of v, n, the current and t."""

    def changed(self: Any, state: State, current: IntArray, phase: Phase) -> Step:
        if phase.code != code:
            return type(neuron).step(self, state, current, phase)
        after = step(state.v, state.n, current, phase.t)
        return Step(State(after.v, after.n), after.u, np.asarray(after.spike, np.int64))

    return _changed(neuron, step=changed)


def _changed(neuron: IntNeuron, **methods: Any) -> IntNeuron:
    kind = type(f"Planted{type(neuron).__name__}", (type(neuron),), methods)
    settings = {f.name: getattr(neuron, f.name) for f in fields(neuron)}
    return cast(IntNeuron, kind(**settings))


def train(witness: Witness) -> IntArray:
    """The currents i1, i2, .. of a witness, (T, 1)."""
    names = [name for name in witness if name[0] == "i" and name[1:].isdecimal()]
    return np.array([[witness[name]] for name in sorted(names, key=lambda n: int(n[1:]))], np.int64)


def charge(witness: Witness) -> int:
    """All that came in: v_init, the currents, and the shift of every frame where there is one."""
    currents = train(witness)
    return witness["v_init"] + int(currents.sum()) + len(currents) * witness.get("shift", 0)


def level(witness: Witness, top: int) -> int:
    """What most formulas claim: ``clip(floor(charge / theta), 0, top)``."""
    return int(clip(charge(witness) // witness["theta"], 0, top))


def count(neuron: IntNeuron, witness: Witness) -> int:
    """Counted spikes of the output frames for the currents of a witness."""
    return int(run_neuron(neuron, train(witness)).count[0])


def missing(neuron: IntNeuron, witness: Witness) -> int:
    """Charge that came in, and that neither the membrane nor the count holds in the end."""
    run = run_neuron(neuron, train(witness))
    return charge(witness) - witness["theta"] * int(run.count[0]) - int(run.v_end[0])
