"""QCFS (Bu et al., ICLR 2022): the same weights, every activation an IF neuron, rate coding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from refsnn.activations import QCFS
from refsnn.convert.base import Method
from refsnn.convert.claims import Claim, Support, SupportTable
from refsnn.convert.evaluation import Evaluation
from refsnn.convert.neurons import neurons_of, require_qcfs
from refsnn.convert.prepare import Calibration
from refsnn.convert.support import MEAN, NEEDS_QCFS, support_table
from refsnn.graph import Graph
from refsnn.neurons import IF, Neuron, Readout, respond
from refsnn.neurons.protocol import positive
from refsnn.snn import SNN
from refsnn.typing import Array


@dataclass(frozen=True, kw_only=True)
class QCFSConversion(Method):
    """Rate coding: theta = lambda, start at theta/2, the image and the bias in every frame.

    Parameters
    ----------
    steps : int >= 1
        Frames T of every layer.

    Notes
    -----
    A network is **not** equal to its ANN, not even at T = L: spikes arrive unevenly, and a neuron
    that has fired cannot take it back. What the paper proves is a mean of zero (Theorem 2).

    Source
    ------
    Conversion steps: the authors' code. Theorem 2: the paper, as recalled in docs/equations.md.
    """

    steps: int = 4

    name: ClassVar[str] = "qcfs"
    title: ClassVar[str] = "QCFS, rate coding"
    paper: ClassVar[str] = "Bu et al., ICLR 2022, arXiv 2303.04347"
    neuron_kind: ClassVar[str] = "IF"
    standing: ClassVar[str] = (
        "Neuron and conversion: the authors' code. Theorems: as recalled; the paper's body "
        "could not be read in full."
    )
    claim: ClassVar[Claim] = Claim(
        kind="statistical",
        statement="mean conversion error of each neuron over a uniform drive, in units of lambda",
        reference="QCFS activation of the same pre-activation",
        conditions=(
            "constant drive",
            "pre-activation uniform on [0, lambda]",
            "theta = lambda, v(0) = theta/2",
            "any T and L (Theorem 2 of the paper)",
        ),
    )
    demo: ClassVar[Mapping[str, Any]] = {"steps": 4}
    support: ClassVar[SupportTable] = support_table(
        Support("approximate", MEAN),
        QCFS=Support("approximate", "IF neuron: right in the mean, wrong by unevenness"),
        **NEEDS_QCFS,
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", positive("steps", self.steps))

    def build(self, graph: Graph, calibration: Calibration | None = None) -> SNN:
        """Every QCFS activation becomes an IF neuron with theta = lambda."""
        require_qcfs(graph, self.name)
        neurons = neurons_of(graph, _neuron)
        settings = {"steps": self.steps, "snap": self.snap}
        return SNN(graph, neurons, Readout(), self.steps, self.name, settings)

    def judge(self, snn: SNN, evaluation: Evaluation) -> Claim:
        """Drive every neuron with a uniform grid of constant currents; the mean error must be 0."""
        worst = 0.0
        for name, neuron in snn.neurons.items():
            op = snn.graph.node(name).op
            assert isinstance(op, QCFS)
            worst = max(worst, abs(mean_error(neuron, op.levels, self.steps)))
        return self.claim.seen(worst)


def _neuron(lam: Array, _op: QCFS, _first: bool) -> Neuron:
    return IF(theta=lam)  # theta := lambda itself: (lambda / L) * L can miss it by a bit


def mean_error(neuron: Neuron, levels: int, steps: int) -> float:
    """Mean of ``r(T) - a`` over ``z`` uniform on [0, lambda], in units of lambda.

    Evaluated in integers: theta is rescaled to ``16 L T``, and ``z`` runs over the odd integers
    below it, which no tie falls on and which lie evenly about the middle. The law is that the sum
    of ``n L - k T`` over all of them is 0.
    """
    theta = 16 * levels * steps
    z = np.arange(1, theta, 2, dtype=np.int64)
    scaled = replace(neuron, theta=np.asarray(theta))
    frames = np.broadcast_to(z, (steps, len(z)))
    response = respond(scaled, frames)
    assert response.spikes is not None
    counts = response.spikes.sum(axis=0, dtype=np.int64)  # eq: qcfs.11
    level = np.clip((2 * z * levels + theta) // (2 * theta), 0, levels)
    return float(np.sum(counts * levels - level * steps)) / (len(z) * levels * steps)
