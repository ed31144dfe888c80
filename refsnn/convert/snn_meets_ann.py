"""SNN meets ANN (Datta et al., TMLR 2025): a level of 2**T - 1 steps goes out as T bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from refsnn.activations import QCFS
from refsnn.ann import activations
from refsnn.convert.base import Method
from refsnn.convert.bit_figures import figures
from refsnn.convert.claims import Claim, Support, SupportTable
from refsnn.convert.evaluation import Evaluation
from refsnn.convert.neurons import neurons_of, require_qcfs
from refsnn.convert.per_step import per_step
from refsnn.convert.prepare import Calibration
from refsnn.convert.report import Report
from refsnn.convert.support import NEEDS_QCFS, support_table
from refsnn.convert.truncation import truncation_bound
from refsnn.errors import InputError
from refsnn.graph import Graph
from refsnn.neurons import BitSerial, Neuron, Readout
from refsnn.neurons.protocol import positive
from refsnn.semantics import BiasPlan, choose
from refsnn.snn import SNN
from refsnn.typing import Array

LINEAR = "linear, so it acts on every bit plane alone"

CarryBias = Literal["folded", "per_step"]


@dataclass(frozen=True, kw_only=True)
class SNNMeetsANN(Method):
    """Bit-serial coding: T frames a layer, equal to the QCFS network of ``2**T - 1`` levels.

    Parameters
    ----------
    steps : int in 1..24
        T, bits of a level. Every activation must have ``2**T - 1`` levels.
    drop : int in 0..T - 1
        Least significant bits that no layer sends. With any, the claim is a bound.
    carry_bias : "folded" or "per_step"
        The folded bias enters once, or each frame brings ``b' / T``: equation 10 (the shifted
        batch norm) folded. Equal in exact arithmetic; ``b' / T`` is dyadic only for T a power of 2.

    Notes
    -----
    It equals the QCFS network it was trained as, not a ReLU network. An image takes
    about T steps a *layer*; T steps is the rate at which pipelined images follow one another.

    Source
    ------
    Activation and levels: the authors' code. Neuron, conversion and theorem: derived in
    docs/equations.md (snn_meets_ann.20); their release runs no such neuron.
    """

    steps: int = 4
    drop: int = 0
    carry_bias: CarryBias = "folded"

    name: ClassVar[str] = "snn-meets-ann"
    title: ClassVar[str] = "SNN meets ANN, bit-serial coding"
    paper: ClassVar[str] = "Datta et al., TMLR 2025, arXiv 2312.06900"
    neuron_kind: ClassVar[str] = "BitSerial"
    standing: ClassVar[str] = (
        "Activation and training: the authors' code. The neuron and its proof are derived: the "
        "release has none that runs, and the paper's body could not be read."
    )
    claim: ClassVar[Claim] = Claim(
        kind="exact",
        statement="levels that differ from the QCFS levels, plus logits that differ",
        reference="QCFS ANN of 2**T - 1 levels with the same (folded, snapped) parameters",
        conditions=(
            "2**T - 1 levels in every activation",
            "no bit dropped (else: a bound on the logits, over all inputs)",
            "carry_bias=folded, or T a power of two (else b' / T is rounded, and ties may fall)",
            "level E: logits bit for bit; level R: logits within 1e-12 in float64",
        ),
    )
    source: ClassVar[Mapping[str, Any]] = MappingProxyType({"act": "qcfs", "levels": 15})
    demo: ClassVar[Mapping[str, Any]] = {"snap": 10, "steps": 4}
    support: ClassVar[SupportTable] = support_table(
        Support("exact", LINEAR),
        BatchNorm=Support("exact", "folded; or shifted by equation 10 and applied every step"),
        Add=Support("exact", "only the weighted total matters, for both kinds of shortcut"),
        MaxPool2d=Support("refused", "the OR of bit planes is not the maximum: use average pool"),
        QCFS=Support("exact", "same level for every input (snn_meets_ann.20)"),
        **NEEDS_QCFS,
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", positive("steps", self.steps))
        choose("carry_bias", self.carry_bias, get_args(CarryBias))
        # the neuron knows how many bits there can be
        BitSerial(theta=np.asarray(1), t_out=self.steps, drop=self.drop)

    def finish(self, snn: SNN, report: Report, test: Calibration | None) -> Report:
        """The notes say how long an image takes and how much fires."""
        return replace(report, notes={**report.notes, **figures(snn, report.evaluation)})

    def build(self, graph: Graph, calibration: Calibration | None = None) -> SNN:
        """Every activation becomes a `BitSerial` neuron with theta = lambda / (2**T - 1)."""
        require_qcfs(graph, self.name)
        self._require_levels(graph)
        plan: BiasPlan = "once" if self.carry_bias == "folded" else "every_frame"
        neurons = neurons_of(graph, partial(self._neuron, plan))
        settings = {
            "steps": self.steps, "drop": self.drop, "carry_bias": self.carry_bias,
            "snap": self.snap,
        }  # fmt: skip
        readout = Readout(bias_plan=plan, kind="sum")
        made, reference = graph, None
        if plan == "every_frame":
            made, reference = per_step(graph, self.steps - self.drop), graph
        return SNN(made, neurons, readout, 1, self.name, settings, reference=reference)

    def _neuron(self, plan: BiasPlan, lam: Array, op: QCFS, _first: bool) -> Neuron:
        theta = lam / op.levels  # eq: snn_meets_ann.3
        return BitSerial(theta=theta, t_out=self.steps, drop=self.drop, bias_plan=plan)

    def _require_levels(self, graph: Graph) -> None:
        wanted = 2**self.steps - 1
        for node in activations(graph):
            found = node.op.levels if isinstance(node.op, QCFS) else None
            if found != wanted:
                raise InputError(
                    f"levels do not fill {self.steps} bits",
                    where=node.name,
                    expected=f"2**{self.steps} - 1 = {wanted} levels",
                    got=found,
                    fix=_remedy(found or 0, wanted),
                )

    def judge(self, snn: SNN, evaluation: Evaluation) -> Claim:
        """Zero wrong levels and equal logits; with dropped bits, logits within their bound."""
        if self.drop:
            return replace(
                self.claim,
                kind="bound",
                statement="largest |logit - ANN logit|",
                bound=truncation_bound(snn) + evaluation.logit_tolerance,
            ).seen(evaluation.logit_difference)
        return self.claim.seen(evaluation.misses)


def _remedy(found: int, wanted: int) -> str:
    train = f"train with --levels {wanted}"
    bits = (found + 1).bit_length() - 1
    return f"{train}, or use steps={bits}" if found and found + 1 == 1 << bits else train
