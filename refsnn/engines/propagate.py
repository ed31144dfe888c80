"""Send a chunk of frames through a spiking network, layer by layer, with explicit states.

One chunk of all T frames is a layered run. T chunks of one frame are a stepped run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from refsnn.codings import is_constant
from refsnn.graph import INPUT, Node
from refsnn.neurons import Neuron, Phase, Step, Train, respond
from refsnn.ops.base import Op
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray, Params

Watch = Callable[[str, Phase, Array | None, Step], None]
"""Called with (node, phase, current, step) after each step of each neuron."""


class Chunk(NamedTuple):
    """What a chunk of frames did."""

    states: dict[str, Any]
    """State of every neuron after it."""
    counts: dict[str, IntArray]
    """What each train stands for, in units of theta (`Neuron.decode`), (B, ...)."""
    sent: dict[str, IntArray]
    """Spikes sent, inhibitory ones too, (B, ...)."""
    sums: dict[str, Array]
    """Transmitted values summed over frames, (B, ...)."""
    charges: dict[str, Array]
    """Currents summed over frames, bias included, (B, ...)."""


def propagate(
    snn: SNN,
    frames: Array,
    states: Mapping[str, Any],
    offsets: Mapping[str, Array],
    watch: Watch | None = None,
) -> Chunk:
    """Run every layer over ``frames`` (T, B, ...), starting from ``states`` (empty: fresh).

    ``offsets`` comes from `constant_part`.
    """
    chunk = Chunk({}, {}, {}, {}, {})
    signals = {INPUT: frames}
    for node in snn.graph.nodes:
        inputs = [signals[name] for name in node.inputs]
        neuron = snn.neurons.get(node.name)
        if node.name in snn.analog:
            with_offset = inputs[0] + offsets[node.inputs[0]]
            signals[node.name] = over_frames(node.op, snn.graph.of(node.name), [with_offset])
        elif neuron is None:
            linear = linear_part(node.op, snn.graph.of(node.name))
            signals[node.name] = over_frames(node.op, linear, inputs)
        else:
            bias = share(snn, neuron, node.inputs[0], offsets)
            signals[node.name] = fire(node.name, neuron, inputs[0], bias, states, chunk, watch)
        _forget(snn, node, signals)
    output = snn.graph.output
    bias = share(snn, snn.readout, output, offsets)
    fire(output, snn.readout, signals[output], bias, states, chunk, watch)
    return chunk


def fire(
    name: str,
    neuron: Neuron,
    currents: Array,
    offset: Array,
    states: Mapping[str, Any],
    chunk: Chunk,
    watch: Watch | None,
) -> Array:
    """Drive one layer of neurons, note what it did in ``chunk``, return its values (T, B, ...)."""
    frames, once = with_bias(neuron, currents, offset)
    probe = None
    if watch is not None:

        def probe(phase: Phase, current: Array | None, step: Step) -> None:
            watch(name, phase, current, step)

    response = respond(neuron, frames, bias=once, state=states.get(name), probe=probe)
    chunk.states[name] = response.state
    fresh = once is not None and name not in states
    chunk.charges[name] = frames.sum(axis=0) + (once if fresh else 0)
    if response.spikes is None:
        return frames
    amplitude = neuron.amplitude(len(response.spikes), frames.ndim - 2, frames.dtype)
    values = Train(response.spikes, amplitude).values()
    chunk.counts[name] = neuron.decode(response.spikes)
    chunk.sent[name] = np.abs(response.spikes).sum(axis=0, dtype=np.int64)
    chunk.sums[name] = values.sum(axis=0)
    return values


def with_bias(neuron: Neuron, currents: Array, offset: Array) -> tuple[Array, Array | None]:
    """Currents with the bias in them, and the bias that enters once, by the neuron's plan."""
    if neuron.semantics.bias_plan == "once":
        return currents, offset
    if is_constant(currents):
        return np.broadcast_to(currents[0] + offset, currents.shape), None
    return currents + offset, None


def share(snn: SNN, neuron: Neuron, edge: str, offsets: Mapping[str, Array]) -> Array:
    """The bias of ``edge``, or its T-th part: T frames of the whole run, not of this chunk."""
    offset = offsets[edge]
    if neuron.semantics.bias_plan != "spread":
        return offset
    return np.asarray(offset / np.asarray(snn.frames[edge], offset.dtype))  # eq: pascal.3


def over_frames(op: Op, params: Params, trains: list[Array]) -> Array:
    """Apply an operation to every frame, with time folded into the batch.

    A train that is the same in every frame is computed once. Trains of unequal length meet
    only in layer-wise networks: the first keeps its frames, the others are summed into frame 1
    (PASCAL, as in the authors' code).
    """
    trains = [trains[0], *(_merged(train, len(trains[0])) for train in trains[1:])]
    length, batch = trains[0].shape[:2]
    if all(is_constant(train) for train in trains):
        once = op.apply(params, *(train[0] for train in trains))
        return np.broadcast_to(once, (length, *once.shape))
    folded = (train.reshape(length * batch, *train.shape[2:]) for train in trains)
    out = op.apply(params, *folded)
    return out.reshape(length, batch, *out.shape[1:])


def _merged(train: Array, length: int) -> Array:
    if len(train) == length:
        return train
    merged = np.zeros((length, *train.shape[1:]), train.dtype)
    merged[0] = train.sum(axis=0)
    return merged


def linear_part(op: Op, params: Params) -> dict[str, Array]:
    """The parameters with the constant part set to zero."""
    return {k: np.zeros_like(v) if k in op.offsets else v for k, v in params.items()}


_KNOWN: WeakKeyDictionary[SNN, dict[str, Mapping[str, Array]]] = WeakKeyDictionary()


def constant_part(snn: SNN, dtype: Any) -> Mapping[str, Array]:
    """Response of every edge to silence: the bias that reaches it, (1, ...), read-only.

    Computed once for a network and a dtype: it costs as much as an image.
    """
    known = _KNOWN.setdefault(snn, {})
    if np.dtype(dtype).str not in known:
        offsets = _silence(snn, dtype)
        for offset in offsets.values():
            offset.flags.writeable = False
        known[np.dtype(dtype).str] = MappingProxyType(offsets)
    return known[np.dtype(dtype).str]


def _silence(snn: SNN, dtype: Any) -> dict[str, Array]:
    graph = snn.graph
    offsets = {INPUT: np.zeros((1, *graph.input_shape), dtype)}
    for node in graph.nodes:
        if node.name in snn.neurons or node.name in snn.analog:
            offsets[node.name] = np.zeros((1, *graph.shapes[node.name]), dtype)
        else:
            inputs = (offsets[name] for name in node.inputs)
            offsets[node.name] = node.op.apply(graph.of(node.name), *inputs)
    return offsets


def _forget(snn: SNN, done: Node, signals: dict[str, Array]) -> None:
    """Drop trains that no later node reads: memory stays at a few layers."""
    later = snn.graph.nodes[snn.graph.nodes.index(done) + 1 :]
    needed = {name for node in later for name in node.inputs} | {snn.graph.output}
    for name in set(signals) - needed:
        del signals[name]
