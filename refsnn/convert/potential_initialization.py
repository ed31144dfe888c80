"""Optimised potential initialisation (Bu et al., AAAI 2022): start at half the threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, ClassVar

from refsnn.activations import Clip, ReLU
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
from refsnn.graph import Graph
from refsnn.neurons import IF, Readout
from refsnn.neurons.protocol import positive
from refsnn.snn import SNN


@dataclass(frozen=True, kw_only=True)
class PotentialInitialization(Method):
    """Rate coding of a clipped network: theta = lambda, every membrane starts at theta/2.

    Parameters
    ----------
    steps : int >= 1
        Frames T of every layer.
    percentile : float in (0, 100]
        Of ``ReLU(z)`` on the calibration images: theta of plain ReLU layers.

    Notes
    -----
    "Expected error-free" is a mean of zero, over constant drive and uniform z; single errors of
    up to ``theta/(2T)`` remain, and unevenness is not touched.

    Source
    ------
    The body of the paper could not be read and no code of it was found: rule v(0) = theta/2 from
    its abstract and the authors' later code; the statement with its moments is derived
    (potential_initialization.12, .13 of docs/equations.md).
    """

    steps: int = 16
    percentile: float = 99.9

    name: ClassVar[str] = "potential-initialization"
    title: ClassVar[str] = "Optimised potential initialisation"
    paper: ClassVar[str] = "Bu et al., AAAI 2022, arXiv 2202.01440 (body not read)"
    neuron_kind: ClassVar[str] = "IF"
    standing: ClassVar[str] = (
        "The rule is that of the authors' later code. The paper's body could not be read; the "
        "errors are derived."
    )
    claim: ClassVar[Claim] = Claim(
        kind="statistical",
        statement="error of each neuron over a uniform constant drive: largest difference of its "
        "mean from 0 and its mean square from 1/12, in units of theta/T and its square (on the "
        "grid that is evaluated 1/12 becomes 21/256)",
        reference="clip of the same pre-activation",
        conditions=("constant drive", "pre-activation uniform on [0, theta]", "v(0) = theta/2"),
    )
    source: ClassVar[Mapping[str, Any]] = {"act": "clip", "levels": 4}
    demo: ClassVar[Mapping[str, Any]] = {"steps": 16, "snap": 10}
    support: ClassVar[SupportTable] = rate_support(
        Clip=Support("approximate", "IF neuron: right in the mean, wrong by unevenness"),
        ReLU=Support("approximate", "the same; clipped at a percentile of calibration data"),
        QCFS=Support("refused", "quantised in training: use qcfs"),
        RateNorm=Support("refused", "sends rates: use rate-norm"),
        ThresholdReLU=Support("refused", "shifted in training: use threshold-balancing"),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", positive("steps", self.steps))

    def build(self, graph: Graph, calibration: Calibration | None = None) -> SNN:
        """Every activation becomes an IF neuron with its own ceiling as threshold."""
        require_supported(graph, self.name, self.support)
        acts = activations(graph)
        thetas = {n.name: graph.of(n.name)["lambda"] for n in acts if isinstance(n.op, Clip)}
        open_ended = [n.name for n in acts if isinstance(n.op, ReLU)]
        if open_ended:
            data = require_calibration(calibration, self.name, "the percentile of ReLU layers")
            tops = largest_inputs(graph, data.x, open_ended, self.percentile)
            thetas |= on_grid(tops, self.snap)
        neurons = placed(
            graph, {n.name: thetas[n.name] for n in acts}, lambda theta: IF(theta=theta, v_init=0.5)
        )
        return SNN(graph, neurons, Readout(), self.steps, self.name, asdict(self))

    def judge(self, snn: SNN, evaluation: Evaluation) -> Claim:
        """Mean and mean square over a uniform grid of constant drives, in exact fractions."""
        half = Fraction(1, 2)
        return self.claim.seen(worst_drive_error(snn.neurons.values(), self.steps, half))
