"""A penalty on the spikes of bit-serial coding: the set bits of all levels (Datta et al. 2025)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from refsnn.activations import QCFS, threshold
from refsnn.ann import activations
from refsnn.errors import UnsupportedError
from refsnn.graph import Graph, Node
from refsnn.ops.broadcast import sum_to
from refsnn.typing import Array, IntArray


class Penalty(NamedTuple):
    """What a penalty adds to a loss and to its gradients."""

    value: float
    outputs: Mapping[str, Array]
    """Activation to the gradient with respect to its output."""
    thresholds: Mapping[str, Array]
    """Parameter "node.lambda" to the gradient that does not come through the output."""


def set_bits(level: IntArray) -> IntArray:
    """Number of ones in the binary word of each level: the spikes that carry it."""
    return np.bitwise_count(np.asarray(level)).astype(np.int64)


def bit_penalty(graph: Graph, values: Mapping[str, Array], kappa: float) -> Penalty:
    """``kappa R`` with R the set bits of every level, and its surrogate gradient.

    ``dR/dn := 1``, so ``dR/dz = m L / lambda`` and ``dR/dlambda = -m L z / lambda**2`` with m the
    band of the activation's own gradient.

    Parameters
    ----------
    values : mapping
        Every edge of a forward pass, the pre-activations among them.
    kappa : float > 0
        Weight. R is a sum over the batch and over all layers while the cross entropy is a mean: a
        good kappa shrinks as batch and network grow (the authors' code: 1e-8 by default).

    Notes
    -----
    The value counts bits; the gradient does not see which are set. It is that of an l1 penalty
    on the level: levels fall, spikes need not (level 8 has one, level 7 has three).

    Source
    ------
    snn_meets_ann.6 to .8 of docs/equations.md: the authors' code.
    """
    total, outputs, thresholds = 0, {}, {}
    for node in activations(graph):
        op, params, z = _bitwise(node), graph.of(node.name), values[node.inputs[0]]
        level, lam = op.level(params, z), threshold(params, z)
        weight = z.dtype.type(kappa)
        total += int(set_bits(level).sum())  # eq: snn_meets_ann.6
        # n = L a / lambda: one part of the gradient goes through a, the other through 1 / lambda
        per_level = weight * z.dtype.type(op.levels) / lam  # eq: snn_meets_ann.7
        outputs[node.name] = np.broadcast_to(per_level, z.shape)
        fall = -weight * level.astype(z.dtype) / lam  # eq: snn_meets_ann.8
        thresholds[f"{node.name}.lambda"] = sum_to(fall, np.shape(params["lambda"]))
    return Penalty(kappa * total, outputs, thresholds)


def _bitwise(node: Node) -> QCFS:
    op = node.op
    if not isinstance(op, QCFS) or op.levels & (op.levels + 1):
        raise UnsupportedError(
            "a bit penalty needs levels that fill whole bits",
            where=node.name,
            expected="QCFS of 2**T - 1 levels (1, 3, 7, 15, ..)",
            got=f"{type(op).__name__}, levels {op.levels}"
            if isinstance(op, QCFS)
            else type(op).__name__,
            fix="train with --act qcfs and such --levels, or kappa 0",
        )
    return op
