"""The NumPy engine: the specification every other engine is held to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from refsnn.ann import BATCH, blocks, check_data
from refsnn.codings import constant
from refsnn.engines.propagate import Chunk, constant_part, propagate
from refsnn.engines.trace import Recorder, Run, joined
from refsnn.errors import InputError, UnsupportedError, nearest
from refsnn.snn import SNN
from refsnn.typing import Array

Send = Callable[..., Chunk]
"""`propagate`, or what gives the same chunk faster."""


def run(snn: SNN, x: Array, *, record: Iterable[str] | None = (), batch: int = BATCH) -> Run:
    """Run layer by layer: each layer sees the whole train of its source.

    Parameters
    ----------
    x : float array (B, ...)
        Preprocessed data. Its dtype is the dtype of the run.
    record : names, or None for all
        Layers to trace.
    batch : int
        Samples at a time. At level R the last bits of a float product can depend on it.
    """
    x, record = check_data(snn.graph, x), known_layers(snn, record)
    frames = (constant(part, snn.input_frames) for part in blocks(x, batch))
    return joined([layered(snn, part, record) for part in frames])


def run_stepped(snn: SNN, x: Array, *, record: Iterable[str] | None = ()) -> Run:
    """Run frame by frame: every layer takes frame t before any takes frame t + 1.

    Equal to `run` bit for bit at level E. Only networks of synchronous neurons can.
    """
    if not snn.synchronous:
        late = [name for name, neuron in snn.neurons.items() if not neuron.synchronous]
        raise UnsupportedError(
            "a layer-wise neuron cannot run frame by frame",
            where=late[0],
            fix="use the layered run",
        )
    x = check_data(snn.graph, x)
    recorder, offsets = Recorder(known_layers(snn, record)), constant_part(snn, x.dtype)
    total = Chunk({}, {}, {}, {}, {})
    for _ in range(snn.input_frames):
        total = _added(total, propagate(snn, x[None], total.states, offsets, recorder))
    silence, nothing = np.zeros_like(x)[None], _silent(offsets)
    for _ in range(snn.extra_frames):
        total = _added(total, propagate(snn, silence, total.states, nothing, recorder))
    return _outcome(snn, total, recorder)


def run_frames(
    snn: SNN, frames: Array, *, record: Iterable[str] | None = (), send: Send = propagate
) -> Run:
    """Run on input that differs from frame to frame, e.g. frames of events.

    Parameters
    ----------
    frames : float array (T, B, ...)
        T is the network's number of input frames.
    send : callable
        The engine: `propagate`, or `refsnn.engines.numba_.sender`.
    """
    if frames.ndim < 1 or len(frames) != snn.input_frames:
        got = frames.shape[:1]
        raise InputError("other number of frames", where="run", expected=snn.input_frames, got=got)
    for frame in frames:
        check_data(snn.graph, frame)
    return layered(snn, frames, known_layers(snn, record), send)


def known_layers(snn: SNN, record: Iterable[str] | None) -> frozenset[str] | None:
    """The layers to trace, or an error that names the one that does not exist."""
    names, known = None if record is None else frozenset(record), [*snn.neurons, snn.graph.output]
    for name in sorted((names or frozenset()).difference(known)):
        raise InputError(f"unknown layer {name!r}", where="record", fix=nearest(name, known))
    return names


def layered(snn: SNN, frames: Array, record: Iterable[str] | None, send: Send = propagate) -> Run:
    """All frames (T, B, ...), then the silence after them; ``send`` does the work."""
    return layered_from(snn, frames, {}, record, send)[0]


def layered_from(
    snn: SNN,
    frames: Array,
    states: Mapping[str, Any],
    record: Iterable[str] | None,
    send: Send = propagate,
) -> tuple[Run, dict[str, Any]]:
    """The same from given states (a layer without one starts afresh), and the states it ends in."""
    recorder, offsets = Recorder(record), constant_part(snn, frames.dtype)
    chunk = send(snn, frames, states, offsets, recorder)
    if snn.extra_frames:
        silence = np.zeros((snn.extra_frames, *frames.shape[1:]), frames.dtype)
        late = send(snn, silence, chunk.states, _silent(offsets), recorder)
        chunk = _added(chunk, late)
    return _outcome(snn, chunk, recorder), chunk.states


def _silent(offsets: Mapping[str, Array]) -> dict[str, Array]:
    """No bias: extra frames carry none."""
    return {name: np.zeros_like(value) for name, value in offsets.items()}


def _outcome(snn: SNN, chunk: Chunk, recorder: Recorder) -> Run:
    output = snn.graph.output
    logits = chunk.states[output].v
    if snn.readout.kind == "mean":
        logits = logits / np.asarray(snn.frames[output], logits.dtype)
    return Run(logits, chunk.counts, chunk.sent, chunk.sums, chunk.charges, recorder.traces())


def _added(total: Chunk, chunk: Chunk) -> Chunk:
    def add(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
        return {name: a[name] + b[name] if name in a else b[name] for name in b}

    parts = (add(a, b) for a, b in zip(total[1:], chunk[1:], strict=True))
    return Chunk(chunk.states, *parts)
