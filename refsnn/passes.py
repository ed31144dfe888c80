"""Rewriting passes: graph in, graph out, same function."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace

import numpy as np

from refsnn.activations import QCFS
from refsnn.errors import InputError
from refsnn.graph import Graph, Node
from refsnn.ops import BatchNorm, Conv2d, ConvTranspose2d, Dropout, Linear
from refsnn.typing import Array


def remove(graph: Graph, names: set[str], params: Mapping[str, Array] | None = None) -> Graph:
    """Drop single-input nodes; their consumers read what they read."""
    source = {n.name: n.inputs[0] for n in graph.nodes if n.name in names}

    def resolve(name: str) -> str:
        return resolve(source[name]) if name in source else name

    nodes = tuple(
        replace(node, inputs=tuple(resolve(name) for name in node.inputs))
        for node in graph.nodes
        if node.name not in names
    )
    kept = graph.params if params is None else params
    kept = {k: v for k, v in kept.items() if k.rpartition(".")[0] not in names}
    return Graph(graph.input_shape, nodes, kept)


def drop_dropout(graph: Graph) -> Graph:
    """Remove dropout, which is the identity in evaluation. Exact."""
    return remove(graph, {n.name for n in graph.nodes if isinstance(n.op, Dropout)})


FOLDING = (Conv2d, ConvTranspose2d, Linear)
"""Operations that can take a batch norm into their weights."""


def fold_batch_norm(graph: Graph, names: Container[str] | None = None) -> Graph:
    """Fold each batch norm into the convolution or linear layer before it.

    ``W' = gamma W / sqrt(var + eps)``, ``b' = beta + gamma (b - mean) / sqrt(var + eps)``
    Source: the usual algebra; the authors of QCFS fold, those of PASCAL do not.

    Parameters
    ----------
    names : container of str, optional
        Of the batch norms to fold; default: all.

    Exactness
    ---------
    Exact on dyadic data when ``gamma / sqrt(var + eps)`` is dyadic; otherwise to rounding.
    A batch norm with no weighted layer of its own before it stays as it is.
    """
    params, nodes, folded = dict(graph.params), {n.name: n for n in graph.nodes}, set()
    for node in graph.nodes:
        before = nodes.get(node.inputs[0])
        asked = names is None or node.name in names
        if not (asked and isinstance(node.op, BatchNorm) and _can_absorb(graph, before)):
            continue
        assert before is not None
        assert isinstance(before.op, FOLDING)
        axis = int(isinstance(before.op, ConvTranspose2d))
        weight, bias = folded_weights(graph.of(before.name), graph.of(node.name), node.op.eps, axis)
        params[f"{before.name}.weight"], params[f"{before.name}.bias"] = weight, bias
        nodes[before.name] = replace(before, op=replace(before.op, bias=True))
        folded.add(node.name)
    kept = {k: v for k, v in params.items() if k.rpartition(".")[0] not in folded}
    merged = _relink(tuple(nodes.values()), folded)
    return Graph(graph.input_shape, merged, kept)


def _relink(nodes: tuple[Node, ...], dropped: set[str]) -> tuple[Node, ...]:
    source = {n.name: n.inputs[0] for n in nodes if n.name in dropped}
    return tuple(
        replace(n, inputs=tuple(source.get(name, name) for name in n.inputs))
        for n in nodes
        if n.name not in dropped
    )


def _can_absorb(graph: Graph, before: Node | None) -> bool:
    return (
        before is not None
        and isinstance(before.op, FOLDING)
        and len(graph.consumers(before.name)) == 1
    )


def folded_weights(
    layer: Mapping[str, Array], norm: Mapping[str, Array], eps: float, axis: int = 0
) -> tuple[Array, Array]:
    """Weight, its outputs along ``axis``, and bias of a layer with its batch norm folded in.

    Computed in float64.
    """
    gamma, beta, mean, var = (
        np.asarray(norm[k], np.float64) for k in ("weight", "bias", "running_mean", "running_var")
    )
    weight = np.asarray(layer["weight"], np.float64)
    bias = np.asarray(layer.get("bias", np.zeros(weight.shape[axis])), np.float64)
    scale = gamma / np.sqrt(var + eps)
    columns = scale.reshape(-1, *[1] * (weight.ndim - 1 - axis))
    return weight * columns, beta + (bias - mean) * scale


@dataclass(frozen=True)
class Snap:
    """What snapping to a dyadic grid changed."""

    bits: int
    largest_change: float
    """Largest absolute change of a weight, bias or threshold."""


def snap(graph: Graph, bits: int) -> tuple[Graph, Snap]:
    """Round weights, biases and thresholds to multiples of ``2**-bits``.

    theta first, then ``lambda = L * theta``, so that both are on the grid. Ties to even.

    Raises
    ------
    InputError
        When a threshold is below half a grid step and would vanish.
    """
    if not isinstance(bits, int | np.integer) or not 0 <= bits <= 40:
        raise InputError("grid cannot be used", where="snap", expected="0..40 bits", got=bits)
    step = 2.0**-bits
    params, largest = {}, 0.0
    for name, value in graph.params.items():
        exact = np.asarray(value, np.float64)
        new = _grid_of(graph, name)(exact, step)
        if name.endswith(".lambda") and not np.all(new > 0):
            raise InputError(
                "the threshold vanishes on the grid",
                where=name,
                got=f"lambda {exact.min():.3g} on a grid of {step:.3g} for theta",
                fix="use more bits",
            )
        largest = max(largest, float(np.max(np.abs(new - exact), initial=0)))
        params[name] = new
    return graph.with_params(params), Snap(bits, largest)


def _grid_of(graph: Graph, name: str) -> Callable[[Array, float], Array]:
    op = graph.node(name.rpartition(".")[0]).op
    if isinstance(op, QCFS) and name.endswith(".lambda"):
        levels = op.levels
        return lambda value, step: np.round(value / levels / step) * step * levels
    return lambda value, step: np.round(value / step) * step
