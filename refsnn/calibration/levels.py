"""Levels for a network that was trained without: every ReLU becomes a calibrated QCFS."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from refsnn.activations import QCFS, ReLU
from refsnn.ann import activations
from refsnn.calibration.parts import (
    ann_means,
    ann_values,
    bias_owner,
    channel_mean,
    with_biases,
)
from refsnn.calibration.thresholds import mmse
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import Graph, Node
from refsnn.ops.checks import whole
from refsnn.passes import drop_dropout, fold_batch_norm
from refsnn.tell import Tell, silent
from refsnn.typing import Array


def with_levels(
    graph: Graph,
    x: Array,
    levels: int,
    *,
    channels: bool = True,
    bias: bool = True,
    tell: Tell = silent,
) -> Graph:
    """The network with ``QCFS(levels)`` in place of each ReLU, thresholds fitted to ``x``.

    Layers are taken in order, so that each is fitted to what the layers before it, already
    quantised, give it. Lambda is the candidate of least squared error of QCFS against ReLU
    (`mmse` with as many frames as levels, bursts of 1, and rounding to the nearest level). Then
    the mean of each channel is put back by its bias. Nothing is trained.

    Parameters
    ----------
    graph : Graph
        Its activations are ReLUs; batch norm is folded first.
    x : array (N, ...)
        Calibration data, preprocessed.
    levels : int >= 1
        L. Bit-serial coding in T steps needs ``2**T - 1``.
    channels : bool
        One threshold a channel, else one a layer.
    bias : bool
        Correct biases.

    Returns
    -------
    Graph
        In the dtype of the folded parameters; batch norm and dropout are gone.

    Raises
    ------
    UnsupportedError
        An activation that is no ReLU.
    InputError
        A layer that is never positive on the data.

    Exactness
    ---------
    A fit in floats: reproducible (level R). What is exact is the conversion of what comes out.

    Source
    ------
    Derived: the staircase is qcfs.1, the search adaptive_calibration.2 to .4, the correction
    adaptive_calibration.6 with the quantised network in place of the spiking one.
    """
    whole("levels", levels, 1)
    graph = with_biases(fold_batch_norm(drop_dropout(graph)))
    nodes = [_relu(node) for node in activations(graph)]
    wanted = ann_means(graph, x, [node.name for node in nodes])
    for node in nodes:
        z = ann_values(graph, x, [node.inputs[0]])[node.inputs[0]]
        graph = _quantised(graph, node, z, levels, channels)
        if bias:
            graph = _unbiased(graph, node.name, z, wanted[node.name])
        tell(f"levels: {node.name}")
    return graph


def _relu(node: Node) -> Node:
    if type(node.op) is not ReLU:
        found = type(node.op).__name__
        fix = "give a network with ReLU; one with QCFS has its levels already"
        raise UnsupportedError("no ReLU", where=node.name, expected="ReLU", got=found, fix=fix)
    return node


def _quantised(graph: Graph, node: Node, z: Array, levels: int, channels: bool) -> Graph:
    a = np.maximum(z, 0)
    lam = mmse(a, levels, 1, per_channel=channels and a.ndim > 2, rounding="nearest")
    if not np.any(lam > 0):
        fix = "calibrate on more images"
        raise InputError("never positive on the calibration data", where=node.name, fix=fix)
    lam = np.where(lam > 0, lam, lam.max())  # a channel that is never on: any threshold will do
    nodes = tuple(replace(n, op=QCFS(levels)) if n.name == node.name else n for n in graph.nodes)
    return Graph(graph.input_shape, nodes, {**graph.params, f"{node.name}.lambda": lam})


def _unbiased(graph: Graph, name: str, z: Array, wanted: Array) -> Graph:
    """Move the bias before activation ``name`` by what its channels lost on average."""
    owner, op = bias_owner(graph, name), graph.node(name).op
    if owner is None:
        return graph
    lost = channel_mean(wanted) - channel_mean(op.apply(graph.of(name), z).mean(axis=0))
    key = f"{owner.name}.bias"
    return graph.with_params({key: graph.params[key] + lost})
