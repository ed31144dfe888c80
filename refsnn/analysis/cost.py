"""Spikes, multiply-accumulates, accumulates, energy: one audited counter.

- A weighted layer that reads the analog image costs MACs, once: its current is the same in every
  frame and is computed once.
- A weighted layer that reads spikes costs one accumulate per spike and synapse it reaches. Average
  pooling on the way forwards spikes; it costs nothing itself. An identity shortcut costs one
  accumulate per spike.
- Neuron updates and biases are not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from refsnn.engines import Run
from refsnn.graph import INPUT, Graph, Node
from refsnn.ops import Add, AvgPool2d, GlobalAvgPool
from refsnn.snn import SNN
from refsnn.typing import Array

PJ_MAC, PJ_AC = 4.6, 0.9
SOURCE = "32-bit float, 45 nm: 4.6 pJ a MAC, 0.9 pJ an accumulate (Horowitz, ISSCC 2014)"


@dataclass(frozen=True)
class Cost:
    """Means per sample."""

    spikes: float
    spikes_per_layer: Mapping[str, float]
    snn_macs: float
    snn_accumulates: float
    ann_macs: int
    snn_energy_nj: float
    ann_energy_nj: float
    constants: str = SOURCE

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def cost(snn: SNN, run: Run) -> Cost:
    """Count the work of a run, per sample."""
    samples = len(run.logits)
    spikes = {name: float(count.sum()) / samples for name, count in run.sent.items()}
    macs, accumulates = _operations(snn, run)
    accumulates /= samples
    ann = ann_macs(snn.graph)
    return Cost(
        spikes=sum(spikes.values()),
        spikes_per_layer=spikes,
        snn_macs=macs,
        snn_accumulates=accumulates,
        ann_macs=ann,
        snn_energy_nj=_energy(macs, accumulates),
        ann_energy_nj=ann * PJ_MAC / 1000,
    )


def mean_cost(parts: Sequence[Cost], samples: Sequence[int]) -> Cost:
    """Cost per sample of several runs of one network, each with its number of samples."""

    def mean(values: Sequence[float]) -> float:  # of one: itself, to the last bit
        return values[0] if len(values) == 1 else float(np.average(values, weights=samples))

    first, layers = parts[0], parts[0].spikes_per_layer
    accumulates = mean([part.snn_accumulates for part in parts])
    return replace(
        first,
        spikes=mean([part.spikes for part in parts]),
        spikes_per_layer={k: mean([part.spikes_per_layer[k] for part in parts]) for k in layers},
        snn_accumulates=accumulates,
        snn_energy_nj=_energy(first.snn_macs, accumulates),
    )


def _energy(macs: float, accumulates: float) -> float:
    return (macs * PJ_MAC + accumulates * PJ_AC) / 1000


def ann_macs(graph: Graph) -> int:
    """Multiply-accumulates of the ANN per sample (padding taps are not counted)."""
    return sum(_macs(graph, node) for node in graph.nodes if node.op.weighted)


def _macs(graph: Graph, node: Node) -> int:
    return int(_fanout(graph, node).sum())


def _fanout(graph: Graph, node: Node) -> Array:
    shape = graph.shapes[node.inputs[0]]
    return np.asarray(node.op.fanout(graph.of(node.name), shape))


def _operations(snn: SNN, run: Run) -> tuple[float, float]:
    """MACs per sample, and accumulates of all samples."""
    graph, macs, accumulates = snn.graph, 0.0, 0.0
    analog: dict[str, bool] = {INPUT: True}
    events: dict[str, Array | None] = {INPUT: None}
    for node in graph.nodes:
        came = [events[name] for name in node.inputs]
        if node.name in snn.neurons:
            events[node.name], analog[node.name] = run.sent[node.name], False
            continue
        analog[node.name] = any(analog[name] for name in node.inputs)
        events[node.name] = None
        if node.op.weighted and came[0] is None:
            macs += _macs(graph, node) * (1 if analog[node.inputs[0]] else snn.frames[node.name])
        elif node.op.weighted:
            accumulates += float(np.sum(came[0] * _fanout(graph, node)))
        elif isinstance(node.op, Add):
            accumulates += sum(float(e.sum()) for e in came if e is not None)
        else:
            events[node.name] = _forwarded(graph, node, came)
    return macs, accumulates


def _forwarded(graph: Graph, node: Node, came: list[Array | None]) -> Array | None:
    """Spikes that pass through an operation without weights, per place they come to."""
    if any(e is None for e in came):
        return None
    floats = [np.asarray(e, np.float64) for e in came]
    out = node.op.apply(graph.of(node.name), *floats)
    if isinstance(node.op, AvgPool2d):
        return out * node.op.area
    if isinstance(node.op, GlobalAvgPool):
        return out * (node.op.divisor or int(np.prod(floats[0].shape[2:])))
    return out
