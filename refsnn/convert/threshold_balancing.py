"""Threshold balancing with a bias shift (Deng & Gu, ICLR 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from refsnn.activations import Clip
from refsnn.activations.rates import ThresholdReLU
from refsnn.analysis.mean_error import worst_drive_error
from refsnn.ann import activations
from refsnn.calibration.maxima import largest_inputs
from refsnn.convert.base import Method
from refsnn.convert.claims import Claim, Support, SupportTable
from refsnn.convert.evaluation import Evaluation
from refsnn.convert.prepare import Calibration, require_calibration
from refsnn.convert.rate_support import (
    on_grid,
    placed,
    rate_support,
    require_supported,
)
from refsnn.errors import UnsupportedError
from refsnn.graph import Graph, Node
from refsnn.neurons import IF, Neuron, Readout, ShiftedIF
from refsnn.neurons.protocol import positive
from refsnn.snn import SNN
from refsnn.typing import Array


@dataclass(frozen=True, kw_only=True)
class ThresholdBalancing(Method):
    """Thresholds are the largest pre-activations seen; each step adds ``theta / (2T)``.

    Parameters
    ----------
    steps : int >= 1
        Frames T of every layer.
    percentile : float in (0, 100]
        Of ``ReLU(z)`` on the calibration images; 100 is the maximum, as in the paper.
    shift : bool
        Add half a threshold over T steps. Not for a network trained with the opposite shift.

    Source
    ------
    The authors' code (threshold_balancing.1 to .4 of docs/equations.md); the body of the paper
    was not read. Their network spikes on its output layer, this one adds up its currents.
    """

    steps: int = 16
    percentile: float = 100.0
    shift: bool = True

    name: ClassVar[str] = "threshold-balancing"
    title: ClassVar[str] = "Threshold balancing with shift"
    paper: ClassVar[str] = "Deng & Gu, ICLR 2021, arXiv 2103.00476 (body not read)"
    neuron_kind: ClassVar[str] = "ShiftedIF"
    standing: ClassVar[str] = (
        "Activation and neuron: the authors' code. The paper's body could not be read; the "
        "errors are derived."
    )
    claim: ClassVar[Claim] = Claim(
        kind="statistical",
        statement="error of each neuron over a uniform constant drive: largest difference of its "
        "mean and mean square from the predicted ones (0 and 1/12 with the shift, -1/2 and 1/3 "
        "without), in units of theta/T and its square",
        reference="clip of the same pre-activation",
        conditions=("constant drive", "pre-activation uniform on [0, theta]", "after T frames"),
    )
    source: ClassVar[Mapping[str, Any]] = {"act": "relu", "levels": 4}
    demo: ClassVar[Mapping[str, Any]] = {"steps": 16, "snap": 10}
    support: ClassVar[SupportTable] = rate_support(
        ReLU=Support("approximate", "IF neuron; clipped at the largest value seen"),
        ThresholdReLU=Support(
            "approximate", "IF neuron; its shift takes the place of the neuron's"
        ),
        Clip=Support("approximate", "IF neuron with the learned ceiling as threshold"),
        QCFS=Support("refused", "quantised in training: use qcfs"),
        RateNorm=Support("refused", "sends rates: use rate-norm"),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", positive("steps", self.steps))

    def build(self, graph: Graph, calibration: Calibration | None = None) -> SNN:
        """Every activation becomes an IF neuron, balanced and shifted."""
        require_supported(graph, self.name, self.support)
        acts = activations(graph)
        self._refuse_both_shifts(acts)
        fixed = {node.name: ceiling(graph, node) for node in acts}
        thetas = {name: theta for name, theta in fixed.items() if theta is not None}
        missing = [name for name, theta in fixed.items() if theta is None]
        if missing:
            data = require_calibration(calibration, self.name, "the largest pre-activations")
            tops = largest_inputs(graph, data.x, missing, self.percentile)
            thetas |= on_grid(tops, self.snap)  # eq: threshold_balancing.4
        neurons = placed(graph, {n.name: thetas[n.name] for n in acts}, self.neuron)
        notes = {"thresholds": {name: np.asarray(t).tolist() for name, t in thetas.items()}}
        return SNN(graph, neurons, Readout(), self.steps, self.name, asdict(self), notes=notes)

    def neuron(self, theta: Array) -> Neuron:
        """With the shift or without; the membrane starts at 0 either way."""
        if self.shift:
            return ShiftedIF(theta=theta, t_ref=self.steps)
        return IF(theta=theta, v_init=0.0)

    def _refuse_both_shifts(self, acts: list[Node]) -> None:
        for node in acts:
            if self.shift and isinstance(node.op, ThresholdReLU) and node.op.delta:
                raise UnsupportedError(
                    "the network was trained with the opposite shift: both would cancel",
                    where=node.name,
                    fix="set shift=false",
                )

    def judge(self, snn: SNN, evaluation: Evaluation) -> Claim:
        """Mean and mean square over a uniform grid of constant drives, in exact fractions."""
        start = Fraction(int(self.shift), 2)
        return self.claim.seen(worst_drive_error(snn.neurons.values(), self.steps, start))


def ceiling(graph: Graph, node: Node) -> Array | None:
    """The ceiling an activation has of its own, or None."""
    if isinstance(node.op, Clip):
        return graph.of(node.name)["lambda"]
    if isinstance(node.op, ThresholdReLU) and node.op.theta:
        return np.asarray(node.op.theta)
    return None
