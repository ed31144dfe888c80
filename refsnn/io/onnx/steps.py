"""Constant factors and summands of a file go into the weights before them, where there are any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from refsnn.graph import Graph, Node
from refsnn.ops import Conv2d, Scale
from refsnn.passes import fold_batch_norm, remove
from refsnn.typing import Array


def fold_steps(graph: Graph, steps: set[str]) -> Graph:
    """Fold the batch norms that stand for ``factor * x + summand``; rewrite those that are left.

    Exactness
    ---------
    A summand alone is exact; a factor is rounded once into each weight of the type it is stored in.
    """
    graph = _joined(graph, steps)
    count = len(graph.nodes) + 1
    while len(graph.nodes) < count:
        count = len(graph.nodes)
        graph = _narrowed(fold_batch_norm(graph, steps), graph)
    for name in [node.name for node in graph.nodes if node.name in steps]:
        graph = _rewritten(graph, graph.node(name))
    return graph


def _joined(graph: Graph, steps: set[str]) -> Graph:
    """One step for two in a row."""
    for node in graph.nodes:
        name, before = node.name, node.inputs[0]
        if name in steps and before in steps and len(graph.consumers(before)) == 1:
            first, second = graph.of(before), graph.of(name)
            both = {
                f"{name}.weight": second["weight"] * first["weight"],
                f"{name}.bias": second["weight"] * first["bias"] + second["bias"],
            }
            graph = remove(graph.with_params(both), {before})
    return graph


def _narrowed(new: Graph, old: Graph) -> Graph:
    """Folded weights in the type they were stored in."""
    kinds = {k: v.dtype for k, v in old.params.items() if v.dtype.kind == "f"}
    weights = {k.rpartition(".")[0]: v for k, v in kinds.items() if k.endswith(".weight")}
    return new.with_params({
        k: v.astype(kinds.get(k) or weights[k.rpartition(".")[0]]) for k, v in new.params.items()
    })  # fmt: skip


def _rewritten(graph: Graph, node: Node) -> Graph:
    """A factor becomes a `Scale`, a summand on an image a convolution of single pixels."""
    own, (channels, *space) = graph.of(node.name), graph.shapes[node.inputs[0]]
    factor, summand = own["weight"], own["bias"]
    if not np.any(summand):
        one = bool(np.all(factor == factor[0]))
        return _replaced(graph, node, Scale(per_channel=not one),
                         weight=np.asarray(factor[0]) if one else factor)  # fmt: skip
    if len(space) != 2:
        return graph
    weight = factor.reshape(channels, 1, 1, 1)
    return _replaced(graph, node, Conv2d(channels, 1, groups=channels), weight=weight, bias=summand)


def _replaced(graph: Graph, node: Node, op: Conv2d | Scale, **params: Array) -> Graph:
    nodes = tuple(replace(n, op=op) if n.name == node.name else n for n in graph.nodes)
    kept = {k: v for k, v in graph.params.items() if k.rpartition(".")[0] != node.name}
    return Graph(
        graph.input_shape, nodes, kept | {f"{node.name}.{k}": v for k, v in params.items()}
    )
