"""The claims about the signed neuron, and its planted faults on the integer model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from fixedpoint.models_dual import IntDual
from fixedpoint.neurons import NeuronRun, run_neuron
from fixedpoint.proofs import dual
from fixedpoint.proofs.base import Claim, Control, Replay, Witness
from fixedpoint.proofs.solve import Query, by_z3, planted
from fixedpoint.proofs.steps import After
from fixedpoint.proofs.variants import level, missing, train, with_step
from fixedpoint.schedule import STEP
from fixedpoint.typing import IntArray


def _run(witness: Witness, silent: int = 0, **setting: Any) -> NeuronRun:
    frames = train(witness)
    start = witness.get("v_init", witness.get("v", 0))
    neuron = IntDual(theta=witness["theta"], v_init=start, cap=max(1, len(frames)), **setting)
    return run_neuron(neuron, np.concatenate([frames, np.zeros((silent, 1), np.int64)]), trace=True)


def _level(witness: Witness) -> int:
    return level(witness, len(train(witness)))


def _settled(witness: Witness, silent: int) -> Replay:
    claimed = _level(witness)
    faulty, sound = (int(_run(witness, silent, memory=m).count[0]) for m in (False, True))
    return Replay(claimed, faulty, witness["count"], sound)


def _two_steps(witness: Witness) -> Replay:
    """1 where the statement is true of the run."""

    def held(memory: bool) -> int:
        run = _run(witness, memory=memory)
        assert run.trace is not None
        error = int(run.count[0]) - _level(witness)
        late = run.trace.spike[0, 0] == 0 and run.trace.u[1, 0] >= 2 * witness["theta"]
        return int(error <= 0 and (error < 0) == late)

    return Replay(1, held(False), 0, held(True))


def _negative(witness: Witness) -> Replay:
    """Claimed is a count of 0 or more: the one of the neuron with its memory."""
    faulty, sound = (int(_run(witness, memory=m).count[0]) for m in (False, True))
    return Replay(max(sound, 0), faulty, witness["count"], sound)


def _inhibited(witness: Witness) -> Replay:
    given = {"theta": witness["theta"], "v_init": witness["v"], "i1": witness["i"]}
    faulty, sound = (int(_run(given, memory=m).spikes.min()) for m in (False, True))
    return Replay(max(sound, 0), faulty, witness["spike"], sound)


def _exact(witness: Witness) -> Replay:
    """1 where the statement is true of the run."""

    def held(strict: bool) -> int:
        run = _run(witness, strict_positive=strict)
        assert run.trace is not None
        m, before, after = run.trace.u[1, 0], run.trace.count[0, 0], int(run.count[0])
        stated = bool(dual.repairable(m, before, after, witness["theta"], 2))
        return int((after == _level(witness)) == stated)

    return Replay(1, held(True), 0, held(False))


def _missing(witness: Witness) -> Replay:
    theta = witness["theta"]
    neuron = IntDual(theta=theta, v_init=witness["v_init"], cap=dual.FRAMES)

    def step(v: IntArray, n: IntArray, current: IntArray, _: int) -> After:
        return dual.unpaid(v, n, current, theta, dual.FRAMES)

    faulty, sound = (missing(one, witness) for one in (with_step(neuron, STEP, step), neuron))
    return Replay(0, faulty, witness["missing"], sound)


def _no_memory(
    queries: Callable[..., Sequence[Query]], replay: Callable[[Witness], Replay]
) -> Control:
    return planted("without the memory", queries, replay, memory=False)


SETTLES = Claim(
    name="dual-settles",
    statement="After any input, T silent steps bring the net count of the signed neuron with a "
    "memory and the cap T to the level, and it stays there.",
    formula="N = clip(floor((v_init + sum I) / theta), 0, T)",
    method="induction over steps: each silent one is one closer; 2 + 2 steps written out",
    bounds="all T, all lengths of input, theta >= 1, v_init, I",
    prove=by_z3(dual.settles),
    controls=(_no_memory(dual.settles, partial(_settled, silent=dual.FRAMES)),),
)
NEVER_NEGATIVE = Claim(
    name="dual-never-negative",
    statement="The net count of the signed neuron with a memory is never negative.",
    formula="N(t) >= 0",
    method="induction over steps",
    bounds="all t, theta >= 1, caps, v_init, I",
    prove=by_z3(dual.never_negative),
    controls=(_no_memory(dual.never_negative, _negative),),
)
CONSERVES = Claim(
    name="dual-conserves",
    statement="The signed neuron loses no charge: an inhibitory spike gives back what one took.",
    formula="v_init + sum I = v + theta N after every step",
    method="induction over steps",
    bounds="all t, theta >= 1, caps, v_init, I",
    prove=by_z3(dual.conserves),
    controls=(
        planted("the inhibitory spike gives nothing back", dual.conserves, _missing, pays=False),
    ),
)
LAST_STEP = Claim(
    name="dual-last-step",
    statement="Without silent steps the membrane m of the last step tells whether the count is the "
    "level.",
    formula="N = N* if and only if -theta <= m < 2 theta, or m < 0 and N' <= 1, or m >= 2 theta "
    "and N = T",
    method="one step from any state; 2 steps written out",
    bounds="all T, theta >= 1, m, 0 <= N' < T",
    prove=by_z3(dual.last_step),
    controls=(planted("> for >=", dual.last_step, _exact, strict=True),),
)
TWO_STEPS = Claim(
    name="dual-two-steps",
    statement="At T = 2 there are never too many spikes, and too few exactly after a silent first "
    "step and a membrane of twice theta or more.",
    formula="N <= N*; N < N* if and only if s(1) = 0 and m(2) >= 2 theta",
    method="unrolled, linear integers",
    bounds="T = 2, all theta >= 1, 0 <= v_init < theta, I",
    prove=by_z3(dual.two_steps),
    controls=(_no_memory(dual.two_steps, _two_steps),),
)
CONSTANT = Claim(
    name="dual-constant",
    statement="A constant drive causes no inhibitory spike.",
    formula="s(t) >= 0 for I(t) = I",
    method="induction over steps",
    bounds="all t, theta >= 1, caps, 0 <= v_init < theta, I",
    prove=by_z3(dual.constant),
    controls=(_no_memory(dual.constant, _inhibited),),
)
CLAIMS = (SETTLES, NEVER_NEGATIVE, CONSERVES, LAST_STEP, TWO_STEPS, CONSTANT)
