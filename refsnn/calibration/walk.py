"""Run a network layer by layer while what lies ahead of the run still changes.

Layer-wise calibration measures a layer, moves something of it, and goes on to the next. A walk
keeps the spikes of the layers behind it, so each is computed once, and not for every later layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from refsnn.codings import constant
from refsnn.engines.memory import run_blocks
from refsnn.engines.propagate import constant_part, linear_part, over_frames, share, with_bias
from refsnn.graph import INPUT
from refsnn.neurons import Neuron, Phase, Probe, Response, Step, Train, respond
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray

COMPACT = (np.int8, np.int16, np.int64)
"""Types for spikes, smallest first."""


@dataclass
class Walk:
    """Spikes of the layers passed so far, on images ``x`` (B, ...) presented in every frame.

    Layers are passed in the order of the network. What lies behind is not computed again, so it
    must not change any more.

    Exactness
    ---------
    That of `refsnn.engines.run`: the same operations on the same trains, in blocks of samples that
    fit the memory.
    """

    x: Array
    passed: set[str] = field(default_factory=set)
    kept: dict[str, IntArray] = field(default_factory=dict)
    """Spikes (T, B, ...) of the passed layers that are still read."""

    def mean_sent(self, snn: SNN, name: str) -> Array:
        """Mean over frames of what layer ``name`` sends, (B, ...); layers before it are passed."""
        parts = [values.sum(axis=0) for values in self._trains(snn, name)]
        return np.asarray(np.concatenate(parts) / np.asarray(snn.frames[name], self.x.dtype))

    def go(self, snn: SNN, name: str) -> None:
        """Pass layer ``name``: nothing that it depends on moves any more."""
        blocks = run_blocks(snn, len(self.x))
        self.kept[name] = np.concatenate([self._spikes(snn, name, b) for b in blocks], axis=1)
        self.passed.add(name)
        for gone in set(self.kept) - _read_later(snn, self.passed):
            del self.kept[gone]

    def branch(self) -> Walk:
        """A walk from here on that leaves this one where it is."""
        return Walk(self.x, set(self.passed), dict(self.kept))

    def logits(self, snn: SNN) -> Array:
        """Pass all layers that are ahead; what the network then says, (B, K)."""
        for name in snn.neurons:
            if name not in self.passed:
                self.go(snn, name)
        output = snn.graph.output
        blocks = run_blocks(snn, len(self.x))
        found = [self._respond(snn, snn.readout, output, b).state.v for b in blocks]
        total = np.concatenate(found)
        if snn.readout.kind == "mean":
            total = total / np.asarray(snn.frames[output], total.dtype)
        return total

    def seen(self, snn: SNN, name: str) -> Array:
        """Membrane that the comparison of layer ``name`` sees in every step, (T, B, ...)."""
        parts = [self._seen(snn, name, block) for block in run_blocks(snn, len(self.x))]
        return np.concatenate(parts, axis=1)

    def _seen(self, snn: SNN, name: str, block: slice) -> Array:
        steps: list[Array] = []

        def note(_phase: Phase, _current: Array | None, step: Step) -> None:
            steps.append(step.u)

        self._respond(snn, snn.neurons[name], snn.graph.node(name).inputs[0], block, note)
        return np.stack(steps)

    def _trains(self, snn: SNN, name: str) -> Iterator[Array]:
        for block in run_blocks(snn, len(self.x)):
            yield _values(snn, name, self._spikes(snn, name, block), self.x.dtype)

    def _spikes(self, snn: SNN, name: str, block: slice) -> IntArray:
        edge = snn.graph.node(name).inputs[0]
        spikes = self._respond(snn, snn.neurons[name], edge, block).spikes
        assert spikes is not None, "a layer sends"
        return _compact(spikes)

    def _respond(
        self, snn: SNN, neuron: Neuron, edge: str, block: slice, probe: Probe | None = None
    ) -> Response:
        bias = share(snn, neuron, edge, constant_part(snn, self.x.dtype))
        frames, once = with_bias(neuron, self._train(snn, edge, block), bias)
        return respond(neuron, frames, bias=once, probe=probe)

    def _train(self, snn: SNN, edge: str, block: slice) -> Array:
        """Frames (T, b, ...) of an edge, from what was passed."""
        if edge == INPUT:
            return constant(self.x[block], snn.input_frames)
        if edge in snn.neurons:
            return _values(snn, edge, self.kept[edge][:, block], self.x.dtype)
        node, params = snn.graph.node(edge), snn.graph.of(edge)
        inputs = [self._train(snn, name, block) for name in node.inputs]
        if edge not in snn.analog:
            return over_frames(node.op, linear_part(node.op, params), inputs)
        whole = inputs[0] + constant_part(snn, self.x.dtype)[node.inputs[0]]
        return over_frames(node.op, params, [whole])


def _values(snn: SNN, name: str, spikes: IntArray, dtype: np.dtype[np.generic]) -> Array:
    return Train(spikes, snn.neurons[name].amplitude(len(spikes), spikes.ndim - 2, dtype)).values()


def _compact(spikes: IntArray) -> IntArray:
    """The same spikes in the smallest type that holds them."""
    low, high = int(spikes.min(initial=0)), int(spikes.max(initial=0))
    fits = (t for t in COMPACT if np.iinfo(t).min <= low and high <= np.iinfo(t).max)
    return spikes.astype(next(fits))


def _read_later(snn: SNN, passed: set[str]) -> set[str]:
    """Layers whose spikes a layer that is not passed reads, or the output."""
    ahead = [snn.graph.node(name).inputs[0] for name in snn.neurons if name not in passed]
    found, left = set[str](), [*ahead, snn.graph.output]
    while left:
        edge = left.pop()
        if edge in found or edge == INPUT:
            continue
        found.add(edge)
        if edge not in snn.neurons:
            left += snn.graph.node(edge).inputs
    return found
