"""Figures of a bit-serial network: its latency, its activity, what in it does not spike."""

from __future__ import annotations

from typing import Any

from refsnn.convert.evaluation import Evaluation
from refsnn.convert.per_step import analog_edges
from refsnn.graph import INPUT, Graph
from refsnn.snn import SNN


def figures(snn: SNN, evaluation: Evaluation | None) -> dict[str, Any]:
    """What the report notes beside the claim."""
    notes: dict[str, Any] = {"latency_steps": latency(snn), "not_spiking": not_spiking(snn)}
    return notes if evaluation is None else notes | activity(snn, evaluation)


def latency(snn: SNN) -> dict[str, int]:
    """Steps of one image through all layers, and between two pipelined images.

    The first bit out depends on the last bit in, through carries: a layer emits only after it has
    accumulated its whole train, while the next one accumulates. So an image takes one step for
    the first layer and T for each layer of neurons on the longest path. "T steps" is the
    interval of a pipeline in which accumulator and emission register are separate.
    """
    frames = max(snn.frames[name] for name in snn.neurons)
    depth = {INPUT: 0}
    for node in snn.graph.nodes:
        depth[node.name] = max(depth[name] for name in node.inputs) + (node.name in snn.neurons)
    return {"sequential": 1 + frames * depth[snn.graph.output], "pipelined": frames}


def not_spiking(snn: SNN) -> list[str]:
    """Weighted layers whose input is no spikes: values another weighted layer computed.

    Linear bottlenecks are such: equality still holds, but the layer after one multiplies. The
    layer that reads the analog image is not listed.
    """
    graph = snn.graph
    computed: set[str] = set()
    for node in graph.nodes:
        if node.name not in snn.neurons and (
            node.op.weighted or computed.intersection(node.inputs)
        ):
            computed.add(node.name)
    return [n for n in _weighted(graph) if computed.intersection(graph.node(n).inputs)]


def _weighted(graph: Graph) -> list[str]:
    analog = analog_edges(graph)
    return [n.name for n in graph.nodes if n.op.weighted and n.name not in analog]


def activity(snn: SNN, evaluation: Evaluation) -> dict[str, float]:
    """Spikes a neuron and image, summed over the T steps (0 .. T), and the silent share.

    The authors' code prints the first figure under the name of the second.
    """
    frames = max(snn.frames[name] for name in snn.neurons)
    neurons = sum(layer.neurons_checked for layer in evaluation.layers) / evaluation.samples
    spikes = evaluation.cost.spikes / neurons  # eq: snn_meets_ann.19
    return {"activity": spikes, "sparsity": 1 - spikes / frames}
