"""Integer neurons, step by step: what the membrane of the hardware holds after every clock.

A neuron (`fixedpoint.models`) is a schedule of phases and a step function; `run_neuron` is the one
time loop. A bound on the whole run is checked before the first step, so nothing can wrap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fixedpoint.arith import LIMIT, as_codes, peak
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.models import IntIF, IntNeuron, IntPascal, pascal_count
from fixedpoint.schedule import EMIT, PHASES, Phase, State, Step
from fixedpoint.typing import IntArray

__all__ = [
    "IntIF",
    "IntNeuron",
    "IntPascal",
    "NeuronRun",
    "NeuronTrace",
    "pascal_count",
    "run_neuron",
]


@dataclass(frozen=True, eq=False)
class NeuronTrace:
    """Every executed step, S rows: row r holds what step r produced; v of row r is used by r+1."""

    phase: IntArray  # (S,) code into PHASES
    t: IntArray  # (S,) step within the phase, from 1
    current: IntArray  # (S, ...) zero where nothing is consumed
    u: IntArray  # (S, ...) what the comparison saw: membrane, or the counter while emitting
    spike: IntArray  # (S, ...) -1, 0, 1; the emitted bit while emitting
    v: IntArray  # (S, ...) membrane after the reset
    count: IntArray  # (S, ...) signed spike count after the step
    saturated: IntArray  # (S, ...) 1 where the membrane register did not hold the sum


@dataclass(frozen=True, eq=False)
class NeuronRun:
    """Result of `run_neuron`."""

    spikes: npt.NDArray[np.int8]  # (T_out, ...)
    v_end: IntArray  # (...)
    count: IntArray  # (...) emitted spikes: spikes summed over time
    v_range: tuple[int, int]  # smallest and largest membrane, before or after a reset
    trace: NeuronTrace | None
    saturated: int = 0  # steps of neurons whose membrane register did not hold the sum


def run_neuron(
    neuron: IntNeuron, currents: npt.ArrayLike, trace: bool = False, v_format: Format | None = None
) -> NeuronRun:
    """Run one neuron, or an array of them, over a train of input currents.

    Parameters
    ----------
    neuron : IntIF or IntPascal
        Its arrays broadcast against one frame.
    currents : integer array (T_in, ...)
        Input of each frame, weights and per-frame bias included.
    trace : bool
        Keep every step.
    v_format : Format, optional
        Raise where the membrane leaves this format, before or after the reset.

    Raises
    ------
    InputError
        ``|v_init| + sum|currents| + theta * steps`` reaches 2^62, or ``v_format`` is left.
    """
    frames = as_codes(currents, "currents")
    if frames.ndim < 1 or len(frames) < 1:
        raise InputError("no input frames", where="currents", expected="(T_in >= 1, ...)")
    schedule, state = neuron.schedule(len(frames)), neuron.init(frames.shape[1:])
    _check_bound(neuron, frames, len(schedule))
    silent, spikes, rows = np.zeros(frames.shape[1:], np.int64), [], []
    v_range, saturated = _widened(None, state.v), 0
    for phase in schedule:
        current = frames[phase.t - 1] if phase.consumes else silent
        before, step = state, neuron.step(state, current, phase)
        state = step.state
        _check_format(v_format, step, phase)
        if phase.code != EMIT:  # while emitting, u is the counter
            v_range = _widened(_widened(v_range, step.u), state.v)
        if phase.emits:
            spikes.append(step.spike.astype(np.int8))
        overflowed = _overflowed(neuron, before, current, step, phase)
        saturated += int(np.count_nonzero(overflowed)) if neuron.membrane else 0
        if trace:
            rows.append((phase.code, phase.t, current, step.u, step.spike, *state, overflowed))
    train = np.stack(spikes)
    kept = NeuronTrace(*(np.array(c, np.int64) for c in zip(*rows, strict=True))) if trace else None
    count = np.asarray(train.sum(axis=0, dtype=np.int64))
    return NeuronRun(train, np.asarray(state.v), count, v_range, kept, saturated)


def _overflowed(
    neuron: IntNeuron, before: State, current: IntArray, step: Step, phase: Phase
) -> IntArray:
    if neuron.membrane is None or phase.code == EMIT:
        return np.broadcast_to(np.zeros((), np.int64), np.shape(step.u))  # no memory, no time
    return np.asarray(step.u != before.v + current + neuron.charge, np.int64)


def _widened(known: tuple[int, int] | None, v: IntArray) -> tuple[int, int]:
    if v.size == 0:
        return known or (0, 0)
    low, high = int(v.min()), int(v.max())
    return (low, high) if known is None else (min(known[0], low), max(known[1], high))


def _check_bound(neuron: IntNeuron, frames: IntArray, steps: int) -> None:
    fixed = peak(np.asarray(neuron.v_init)) + peak(np.asarray(neuron.theta)) * steps
    if fixed + peak(frames) * len(frames) < LIMIT:
        return
    charge = peak(np.abs(frames).astype(object).sum(axis=0, keepdims=True))
    if fixed + charge >= LIMIT:
        raise InputError(
            "the membrane could leave int64",
            where="currents",
            expected="|v_init| + sum|currents| + theta * steps < 2^62",
            got=fixed + charge,
        )


def _check_format(v_format: Format | None, step: Step, phase: Phase) -> None:
    if v_format is None or phase.code == EMIT:  # while emitting the membrane rests
        return
    for name, value in (("u", step.u), ("v", step.state.v)):
        v_format.require(value, f"membrane {name}, {PHASES[phase.code]} step {phase.t}")
