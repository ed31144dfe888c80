"""What every conversion method is: frozen settings, a claim, and convert(graph, calibration)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from refsnn.convert.claims import Claim, SupportTable
from refsnn.convert.evaluation import Evaluation, evaluate_snn
from refsnn.convert.prepare import Calibration, prepare
from refsnn.convert.report import Report
from refsnn.graph import Graph
from refsnn.snn import SNN


@dataclass(frozen=True, kw_only=True)
class Method:
    """Base of the conversion methods.

    Parameters
    ----------
    snap : int, optional
        First round weights, biases and thresholds to multiples of ``2**-snap``: the network then
        runs at level E, where every sum is exact.
    """

    snap: int | None = None

    name: ClassVar[str]
    title: ClassVar[str]
    paper: ClassVar[str]
    neuron_kind: ClassVar[str]
    """Class names of its neurons."""
    standing: ClassVar[str]
    """What of it is the paper's, the authors' code's, derived or reconstructed."""
    claim: ClassVar[Claim]
    support: ClassVar[SupportTable]
    source: ClassVar[Mapping[str, Any]] = MappingProxyType({"act": "qcfs", "levels": 4})
    """The network it converts in `refsnn demo` and `refsnn methods`: fields of a training job."""
    demo: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    """Settings that `refsnn demo` and `refsnn methods` use."""

    def convert(
        self,
        graph: Graph,
        calibration: Calibration | None = None,
        test: Calibration | None = None,
    ) -> tuple[SNN, Report]:
        """Convert a trained graph.

        Parameters
        ----------
        calibration : Calibration, optional
            What the method is tuned on, if it tunes at all.
        test : Calibration, optional
            What the network and its claim are measured on; default: the calibration data.

        Returns
        -------
        snn : SNN
            Its ``graph`` is the reference it is held to: batch norm folded, snapped if asked.
        report : Report
            With an evaluation when there are data to measure on.
        """
        test = calibration if test is None else test
        prepared, notes, skipped = prepare(graph, self.snap, test)
        snn = self.build(prepared, calibration)
        notes |= snn.notes
        evaluation = None
        claim = self.claim
        if test is not None:
            x = np.asarray(test.x, np.float64)
            evaluation = evaluate_snn(snn, x, test.y, test.tell)
            claim = self.judge(snn, evaluation)
        report = Report(
            method=self.name,
            settings=asdict(self),
            claim=claim,
            semantics={name: value.to_dict() for name, value in snn.semantics.items()},
            steps=dict(snn.frames),
            skipped=skipped,
            evaluation=evaluation,
            about={
                key: getattr(self, key) for key in ("title", "paper", "neuron_kind", "standing")
            },
            notes=notes,
        )
        return snn, self.finish(snn, report, test)

    def finish(self, snn: SNN, report: Report, test: Calibration | None) -> Report:
        """What a method adds to its report once the network has been measured on ``test``."""
        return report

    def build(self, graph: Graph, calibration: Calibration | None = None) -> SNN:
        """Choose a neuron for every activation of a prepared graph.

        What the method measures or searches on the way goes into ``SNN.notes``.
        """
        raise NotImplementedError(type(self).__name__)

    def judge(self, snn: SNN, evaluation: Evaluation) -> Claim:
        """The claim with what was seen."""
        raise NotImplementedError(type(self).__name__)
