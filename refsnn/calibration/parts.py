"""Parts of a spiking network that calibration measures or moves: prefixes, biases, neurons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from refsnn.ann import evaluate, graph_blocks
from refsnn.graph import INPUT, Graph, Node
from refsnn.neurons import Neuron
from refsnn.ops import Add, AvgPool2d, GlobalAvgPool
from refsnn.snn import SNN
from refsnn.typing import Array


def with_neuron(snn: SNN, name: str, neuron: Neuron) -> SNN:
    """The network with one layer's neuron replaced."""
    return replace(snn, neurons={**snn.neurons, name: neuron})


def with_graph_params(snn: SNN, params: Mapping[str, Array]) -> SNN:
    """The network with some synapses replaced; what it is held to stays."""
    return replace(snn, graph=snn.graph.with_params(params), reference=snn.ann)


def ann_values(graph: Graph, x: Array, names: list[str]) -> dict[str, Array]:
    """The named edges of the source network, (B, ...)."""
    parts = [_edges(graph, x[block], names) for block in graph_blocks(graph, len(x))]
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def ann_means(graph: Graph, x: Array, names: list[str]) -> dict[str, Array]:
    """Mean over samples of the named edges, (...): without all samples at the same time."""
    total: dict[str, Array] = {}
    for block in graph_blocks(graph, len(x)):
        for name, value in _edges(graph, x[block], names).items():
            total[name] = total.get(name, 0) + value.sum(axis=0)
    return {name: value / len(x) for name, value in total.items()}


def _edges(graph: Graph, x: Array, names: list[str]) -> dict[str, Array]:
    values = evaluate(graph, x)
    return {name: values[name] for name in names}


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
    """Mean over space of one sample (C, ...): (C,)."""
    return np.asarray(a.mean(axis=tuple(range(1, a.ndim))))
