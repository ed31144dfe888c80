"""Run a program on integers, layer by layer; every membrane is watched against its proven width."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from fixedpoint.errors import InputError
from fixedpoint.neurons import NeuronTrace, run_neuron
from fixedpoint.ordered import held_currents
from fixedpoint.program import INPUT, Layer, Program, Tap, start
from fixedpoint.typing import AnyArray, IntArray
from fixedpoint.widths import Widths, prove


@dataclass(frozen=True, eq=False)
class LayerRun:
    """What one layer did."""

    spikes: AnyArray
    """(T, N, ...) int8; of the readout: none."""
    counts: IntArray
    """(N, ...) what each train stands for, in units of theta."""
    observed: tuple[int, int]
    """Smallest and largest membrane, before or after a reset."""
    currents: IntArray | None = None
    """(T_in, N, ...), only when traced."""
    trace: NeuronTrace | None = None
    overflows: int = 0
    """Currents that the layer's own accumulator did not hold."""


@dataclass(frozen=True, eq=False)
class ProgramRun:
    """Outcome of `run_program`."""

    logits: IntArray
    """(N, K) summed output currents."""
    layers: dict[str, LayerRun]


def run_program(
    program: Program, x: IntArray, *, trace: Collection[str] = (), batch: int = 256
) -> ProgramRun:
    """Run on integer images ``x`` (N, ...).

    Parameters
    ----------
    trace : names
        Layers of which every current and every step is kept.
    batch : int
        Samples at a time. No bit depends on it.

    Raises
    ------
    InputError
        When ``x`` does not fit its format, a width cannot be proven to fit int64, or a membrane
        leaves the range that was proven for it (which would be a fault of this library).
    """
    x, widths = program.check_input(x), prove(program)
    blocks = [
        _run_block(program, widths, x[i : i + batch], frozenset(trace))
        for i in range(0, len(x), batch)
    ]
    if not blocks:
        raise InputError("no samples", where="input")
    logits = np.concatenate([logits for logits, _ in blocks])
    return ProgramRun(logits, {n: _join([runs[n] for _, runs in blocks]) for n in blocks[0][1]})


def _run_block(
    program: Program, widths: dict[str, Widths], x: IntArray, trace: frozenset[str]
) -> tuple[IntArray, dict[str, LayerRun]]:
    trains: dict[str, AnyArray] = {INPUT: _input_train(program, x)}
    runs, lit = {}, program.input_frames
    for layer in program.layers[:-1]:
        exact = layer_currents(layer, trains, lit)
        currents = held_currents(layer, exact, trains, lit)
        run = _fire(layer, currents, layer.name in trace, widths[layer.name])
        runs[layer.name] = replace(run, overflows=int((currents != exact).sum()))
        trains[layer.name] = weighted(layer, runs[layer.name].spikes)
    readout = program.layers[-1]
    exact = layer_currents(readout, trains, lit)
    total = held_currents(readout, exact, trains, lit).sum(axis=0) + start(readout)
    return np.asarray(total, np.int64), runs


def _input_train(program: Program, x: IntArray) -> AnyArray:
    train = np.broadcast_to(x, (program.input_frames, *x.shape))
    if program.extra_frames == 0:
        return train
    return np.concatenate([train, np.zeros((program.extra_frames, *x.shape), np.int64)])


def weighted(layer: Layer, spikes: AnyArray) -> AnyArray:
    """What later layers read: spikes times the weight of their frame."""
    assert layer.neuron is not None
    weights = layer.neuron.frame_weights(len(spikes))
    if np.all(weights == 1):
        return spikes
    return np.asarray(spikes * weights.reshape(-1, *[1] * (spikes.ndim - 1)))


def layer_currents(layer: Layer, trains: dict[str, AnyArray], lit: int | None = None) -> IntArray:
    """Input current of every frame, (T_in, N, ...); the bias is in it unless it enters once.

    ``lit``: number of frames that carry the bias; None: all.
    """
    first, *others = (_over_frames(tap, trains[tap.source]) for tap in layer.taps)
    total = first
    for current in others:
        total = total + _merged(current, len(first))
    if layer.bias_once:
        return total
    if lit is None or lit >= len(total):
        return total + layer.bias
    return np.concatenate([total[:lit] + layer.bias, total[lit:]])


def _over_frames(tap: Tap, train: AnyArray) -> IntArray:
    frames, samples = train.shape[:2]
    if frames > 1 and train.strides[0] == 0:  # the same image in every frame: once is enough
        once = tap(np.asarray(train[0], np.int64))
        return np.broadcast_to(once, (frames, *once.shape))
    out = tap(np.asarray(train.reshape(frames * samples, *train.shape[2:]), np.int64))
    return out.reshape(frames, samples, *out.shape[1:])


def _merged(current: IntArray, length: int) -> IntArray:
    if len(current) == length:
        return current
    merged = np.zeros((length, *current.shape[1:]), np.int64)
    merged[0] = current.sum(axis=0)
    return merged


def _fire(layer: Layer, currents: IntArray, trace: bool, widths: Widths) -> LayerRun:
    assert layer.neuron is not None
    v_init = np.broadcast_to(start(layer), currents.shape[2:])
    run = run_neuron(replace(layer.neuron, v_init=v_init), currents, trace=trace)
    low, high = widths.membrane
    if run.v_range[0] < low or run.v_range[1] > high:
        raise InputError(
            "membrane leaves its proven range",
            where=layer.name,
            expected=f"{low}..{high}",
            got=run.v_range,
            fix="report this: the proof is wrong",
        )
    counts = np.asarray(weighted(layer, run.spikes).sum(axis=0, dtype=np.int64))
    kept = currents if trace else None
    return LayerRun(run.spikes, counts, run.v_range, kept, run.trace)


def _join(runs: list[LayerRun]) -> LayerRun:
    if len(runs) == 1:
        return runs[0]
    spikes = np.concatenate([r.spikes for r in runs], axis=1)
    counts = np.concatenate([r.counts for r in runs])
    observed = (min(r.observed[0] for r in runs), max(r.observed[1] for r in runs))
    overflows = sum(r.overflows for r in runs)
    if runs[0].trace is None:
        return LayerRun(spikes, counts, observed, overflows=overflows)
    currents = np.concatenate([r.currents for r in runs if r.currents is not None], axis=1)
    return LayerRun(spikes, counts, observed, currents, _join_traces(runs), overflows)


def _join_traces(runs: list[LayerRun]) -> NeuronTrace:
    traces = [r.trace for r in runs if r.trace is not None]
    fields = ("current", "u", "spike", "v", "count", "saturated")
    along = (np.concatenate([getattr(t, f) for t in traces], axis=1) for f in fields)
    return NeuronTrace(traces[0].phase, traces[0].t, *along)
