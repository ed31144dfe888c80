"""The signals of a layer by name: what a golden case offers and a dump may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from refsnn.engines.trace import Run
from refsnn.errors import InputError
from refsnn.neurons import Neuron, Train
from refsnn.snn import SNN
from refsnn.typing import Array

MEANING: Mapping[str, str] = {
    "current": "input current of a step; zero where a step takes no input frame",
    "u": "membrane before the reset: what the comparison saw (emission of a count: the count)",
    "fired": "the neuron's decision in a step: number of spikes, -1 for an inhibitory one",
    "spikes": "the output train: what is sent, one row an output frame",
    "values": "the output train in value: spikes times what a spike of the frame is worth",
    "v": "membrane after the reset",
    "counts": "what the output train stands for, in units of theta",
    "sums": "transmitted values summed over frames",
    "logits": "output of the network",
}
"""Signal to what it is, in the order they are computed."""
STEPPED = ("current", "u", "fired", "spikes", "values", "v")
TOTALS = ("counts", "sums")
READOUT = ("current", "v")
"""Signals of the output layer, whose neurons never fire."""
Label = tuple[str, int]
"""Phase of a step, and the step within the phase, from 1."""


class Signal(NamedTuple):
    """One signal of one layer."""

    rows: tuple[int, ...] | None
    """Rows of the layer's schedule; None of a total."""
    data: Array
    """(rows, B, ...), or (B, ...) of a total."""


class LayerSignals(NamedTuple):
    """Everything a layer did."""

    labels: tuple[Label, ...]
    """Of every row of the schedule."""
    signals: Mapping[str, Signal]


def signals_of(snn: SNN, run: Run) -> dict[str, LayerSignals]:
    """All signals of all layers of a traced run, in the order of the network, the output last."""
    found = {name: _layer(name, neuron, run) for name, neuron in snn.neurons.items()}
    output = snn.graph.output
    trace = run.traces[output]
    rows = tuple(range(len(trace.phase)))
    readout = {name: Signal(rows, getattr(trace, name)) for name in READOUT}
    return {**found, output: LayerSignals(_labels(run, output), readout)}


def _layer(name: str, neuron: Neuron, run: Run) -> LayerSignals:
    if name not in run.traces:
        raise InputError("layer was not traced", where=name, fix="run with every layer recorded")
    trace, labels = run.traces[name], _labels(run, name)
    rows = tuple(range(len(labels)))
    emits = {phase.name: phase.emits for phase in neuron.schedule(1)}
    sent = tuple(r for r in rows if emits.get(labels[r][0], False))
    spikes = trace.fired[list(sent)].astype(np.int64)
    worth = neuron.amplitude(len(spikes), spikes.ndim - 2, trace.u.dtype)
    stepped = {key: Signal(rows, getattr(trace, key)) for key in ("current", "u", "fired", "v")}
    values = Train(spikes, worth).values()
    return LayerSignals(
        labels,
        {
            **stepped,
            "spikes": Signal(sent, spikes),
            "values": Signal(sent, values),
            "counts": Signal(None, run.counts[name]),
            "sums": Signal(None, run.sums[name]),
        },
    )


def _labels(run: Run, name: str) -> tuple[Label, ...]:
    trace = run.traces[name]
    return tuple((str(p), int(t)) for p, t in zip(trace.phase, trace.t, strict=True))
