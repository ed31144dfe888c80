"""Parts of a spiking network that calibration measures or moves: prefixes, biases, neurons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from refsnn.ann import BATCH, blocks, evaluate
from refsnn.engines import run
from refsnn.graph import INPUT, Graph, Node
from refsnn.neurons import Neuron, Readout
from refsnn.ops import Add, AvgPool2d, GlobalAvgPool
from refsnn.snn import SNN
from refsnn.typing import Array


def with_neuron(snn: SNN, name: str, neuron: Neuron) -> SNN:
    """The network with one layer's neuron replaced."""
    return replace(snn, neurons={**snn.neurons, name: neuron})


def with_graph_params(snn: SNN, params: Mapping[str, Array]) -> SNN:
    """The network with some synapses replaced; what it is held to stays."""
    return replace(snn, graph=snn.graph.with_params(params), reference=snn.ann)


def upto(snn: SNN, name: str) -> SNN:
    """The part of a network that layer ``name`` depends on: its logits are that layer's mean."""
    graph, needed = snn.graph, {name}
    for node in reversed(graph.nodes):
        if node.name in needed:
            needed.update(node.inputs)
    nodes = tuple(node for node in graph.nodes if node.name in needed)
    params = {k: v for k, v in graph.params.items() if k.rpartition(".")[0] in needed}
    neurons = {k: v for k, v in snn.neurons.items() if k in needed}
    analog = tuple(k for k in snn.analog if k in needed)
    part = Graph(graph.input_shape, nodes, params)
    return SNN(part, neurons, Readout(), snn.input_frames, analog=analog)


def sent_on_average(snn: SNN, name: str, x: Array) -> Array:
    """Mean over frames of what layer ``name`` sends, (B, ...)."""
    return run(upto(snn, name), x).logits


def ann_values(graph: Graph, x: Array, names: list[str]) -> dict[str, Array]:
    """The named edges of the source network, (B, ...)."""
    parts = [evaluate(graph, part) for part in blocks(x, BATCH)]
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def bias_owner(graph: Graph, activation: str) -> Node | None:
    """The weighted node whose bias reaches this activation unchanged, and no other one.

    Through additions (the first branch that has one) and through unpadded average pools.
    """
    return _owner(graph, graph.node(activation).inputs[0])


def _owner(graph: Graph, edge: str) -> Node | None:
    if edge == INPUT or len(graph.consumers(edge)) != 1:
        return None
    node = graph.node(edge)
    if hasattr(node.op, "bias"):
        return node
    if isinstance(node.op, Add) or _averages(node.op):
        return next((o for name in node.inputs if (o := _owner(graph, name))), None)
    return None


def _averages(op: Any) -> bool:
    if isinstance(op, AvgPool2d):
        kh, kw = op.window.kernel
        return op.window.padding == (0, 0) and op.area == kh * kw
    return isinstance(op, GlobalAvgPool) and op.divisor is None


def with_biases(graph: Graph) -> Graph:
    """The same function, with a zero bias where an activation's owner has none."""
    nodes, params = {node.name: node for node in graph.nodes}, dict(graph.params)
    for node in graph.nodes:
        if not hasattr(node.op, "bias") or node.op.bias:
            continue
        channels = graph.shapes[node.name][0]
        op: Any = node.op
        nodes[node.name] = replace(node, op=replace(op, bias=True))
        params[f"{node.name}.bias"] = np.zeros(channels, params[f"{node.name}.weight"].dtype)
    return Graph(graph.input_shape, tuple(nodes.values()), params)


def channel_mean(a: Array) -> Array:
    """Mean over batch and space of (B, C, ...): (C,)."""
    return np.asarray(a.mean(axis=(0, *range(2, a.ndim))))
