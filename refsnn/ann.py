"""Run a graph as the ANN it is: evaluation, levels, accuracy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from refsnn.activations import QCFS, Activation
from refsnn.errors import InputError
from refsnn.graph import INPUT, Graph, Node
from refsnn.memory import sample_blocks
from refsnn.typing import Array, IntArray

BATCH = 256


def evaluate(graph: Graph, x: Array) -> dict[str, Array]:
    """Every edge of the graph in evaluation mode.

    Parameters
    ----------
    x : array (B, ...)
        Data; its dtype is the dtype of the run.

    Returns
    -------
    dict
        Edge name to array (B, ...), ``"input"`` included.
    """
    values = {INPUT: check_data(graph, x)}
    for node in graph.nodes:
        inputs = (values[name] for name in node.inputs)
        values[node.name] = node.op.apply(graph.of(node.name), *inputs)
    return values


def logits(graph: Graph, x: Array) -> Array:
    """Output of the graph, (B, K), in blocks of samples that fit the memory."""
    parts = (x[block] for block in graph_blocks(graph, len(x)))
    return np.concatenate([evaluate(graph, part)[graph.output] for part in parts])


def graph_blocks(graph: Graph, samples: int) -> list[slice]:
    """Blocks of samples of which every edge of the graph fits the memory."""
    return sample_blocks(samples, sum(int(np.prod(shape)) for shape in graph.shapes.values()))


def accuracy(graph: Graph, x: Array, y: IntArray) -> float:
    """Fraction of samples whose largest logit is the label's."""
    return correct(logits(graph, x), y)


def correct(scores: Array, y: IntArray) -> float:
    """Fraction of rows whose largest score is at the label (ties: the first)."""
    return float(np.mean(np.argmax(scores, axis=1) == y))


def blocks(x: Array, batch: int) -> Iterator[Array]:
    """Consecutive blocks of at most ``batch`` samples."""
    for start in range(0, len(x), batch):
        yield x[start : start + batch]


def activations(graph: Graph) -> list[Node]:
    """The nodes that carry an activation, in order."""
    return [node for node in graph.nodes if isinstance(node.op, Activation)]


@dataclass(frozen=True)
class Reference:
    """What a conversion is held to: one layer of the ANN on some data."""

    z: Array
    """Pre-activation (B, ...)."""
    a: Array
    """Activation (B, ...)."""
    level: IntArray | None
    """Integer level of the activation; None where it has no levels."""


def references(graph: Graph, values: Mapping[str, Array]) -> dict[str, Reference]:
    """Pre-activation, activation and level of every activation node."""
    found = {}
    for node in activations(graph):
        assert isinstance(node.op, Activation)
        z = values[node.inputs[0]]
        level = node.op.level(graph.of(node.name), z) if isinstance(node.op, QCFS) else None
        found[node.name] = Reference(z, values[node.name], level)
    return found


def check_data(graph: Graph, x: Array) -> Array:
    """``x`` if it is finite data of the graph's input shape, else an error."""
    x = np.asarray(x)
    if x.dtype.kind != "f":
        raise InputError(
            "the network runs on floats",
            where="input data",
            got=x.dtype,
            fix="apply the model's preprocessing first",
        )
    if x.ndim == 0 or x.shape[1:] != graph.input_shape:
        raise InputError(
            "shape does not fit the network",
            where="input data",
            expected=("B", *graph.input_shape),
            got=x.shape,
        )
    if len(x) == 0:
        raise InputError("no samples", where="input data")
    if not np.all(np.isfinite(x)):
        raise InputError("data are not finite", where="input data", fix="remove NaN and infinity")
    return x
