"""One neuron per activation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from refsnn.activations import QCFS
from refsnn.ann import activations
from refsnn.errors import UnsupportedError
from refsnn.graph import INPUT, Graph
from refsnn.neurons import Neuron
from refsnn.typing import Array


def require_qcfs(graph: Graph, method: str) -> None:
    """An error unless every activation is a `QCFS`."""
    for node in activations(graph):
        if not isinstance(node.op, QCFS):
            raise UnsupportedError(
                f"{method} converts QCFS networks",
                where=node.name,
                expected="QCFS",
                got=type(node.op).__name__,
                fix="train with --act qcfs",
            )
    if not activations(graph):
        raise UnsupportedError("there is no activation to convert", where="graph")


def per_channel(lam: Array, ndim: int) -> Array:
    """A scalar, or one value a channel shaped to broadcast over a sample of ``ndim`` axes."""
    lam = np.asarray(lam, np.float64)
    if lam.ndim == 0:
        return lam
    return lam.reshape(-1, *[1] * (ndim - 1))


def neurons_of(graph: Graph, choose: Callable[[Array, QCFS, bool], Neuron]) -> Mapping[str, Neuron]:
    """One neuron per activation: ``choose(lam, op, first)``; first: it reads the analog image."""
    analog, neurons = {INPUT}, {}
    for node in graph.nodes:
        if isinstance(node.op, QCFS):
            lam = per_channel(graph.of(node.name)["lambda"], len(graph.shapes[node.name]))
            neurons[node.name] = choose(lam, node.op, node.inputs[0] in analog)
        elif analog.issuperset(node.inputs):
            analog.add(node.name)
    return neurons
