"""PASCAL (Ramesh & Srinivasan, TMLR 2025): same weights, every activation a `Pascal` neuron."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, ClassVar

from refsnn.activations import QCFS
from refsnn.analysis.effective_steps import effective_steps_of, neuron_steps
from refsnn.convert.base import Method
from refsnn.convert.claims import Claim, Support, SupportTable
from refsnn.convert.evaluation import Evaluation
from refsnn.convert.neurons import neurons_of, require_qcfs
from refsnn.convert.prepare import Calibration
from refsnn.convert.support import NEEDS_QCFS, SUM, support_table
from refsnn.graph import Graph
from refsnn.neurons import Neuron, Pascal, PascalFirst, Readout
from refsnn.snn import SNN
from refsnn.typing import Array


@dataclass(frozen=True, kw_only=True)
class PascalConversion(Method):
    """Spike accumulation: T = L frames per layer, equal to the QCFS network spike count by count.

    Parameters
    ----------
    as_released : bool
        The authors' code: tolerance 8e-5, float counters, bias ``b / T`` per frame. Then no claim
        of exactness is made good near ties.
    energy_model : bool
        Note the effective number of steps under the neuron's energy model, with its constants,
        which are read off the release and not understood (pascal.21 to pascal.24).

    Notes
    -----
    Levels may differ from layer to layer. The steps each layer takes are in the report's notes,
    ``neuron_steps`` (pascal.15). Layers run one after another: latency is the sum over layers.

    Source
    ------
    Neuron and conversion steps: the authors' code; by default with tolerance 0. Exactness:
    claimed by the paper, proved in docs/equations.md (pascal.10).
    """

    as_released: bool = False
    energy_model: bool = False

    name: ClassVar[str] = "pascal"
    title: ClassVar[str] = "PASCAL, spike accumulation"
    paper: ClassVar[str] = "Ramesh & Srinivasan, TMLR 2025, arXiv 2505.01730"
    neuron_kind: ClassVar[str] = "PascalFirst, Pascal"
    standing: ClassVar[str] = (
        "Neuron and conversion: the authors' code, without its tolerance. Theorem: claimed by "
        "the paper, proof derived; the paper's body could not be read in full."
    )
    claim: ClassVar[Claim] = Claim(
        kind="exact",
        statement="spike counts that differ from the QCFS levels, plus logits that differ",
        reference="QCFS ANN with the same (folded, snapped) parameters",
        conditions=(
            "theta > 0",
            "no tolerance in comparisons (as_released=True has 8e-5)",
            "level E: logits bit for bit; level R: logits within 1e-12 in float64",
        ),
    )
    demo: ClassVar[Mapping[str, Any]] = {"snap": 10}
    support: ClassVar[SupportTable] = support_table(
        Support("exact", SUM),
        Add=Support("exact", "only the total matters; a shortcut of another T enters in frame 1"),
        MaxPool2d=Support(
            "exact",
            "right after a neuron: the OR of thermometer frames is the maximum; else refused",
        ),
        QCFS=Support("exact", "same count for every input in every order (pascal.10)"),
        **NEEDS_QCFS,
    )

    def build(self, graph: Graph, calibration: Calibration | None = None) -> SNN:
        """Activations that read the image become `PascalFirst`, all others `Pascal`."""
        require_qcfs(graph, self.name)
        neurons = neurons_of(graph, partial(_neuron, self.as_released))
        readout = Readout(bias_plan="spread" if self.as_released else "once", kind="sum")
        snn = SNN(graph, neurons, readout, 1, self.name, asdict(self))
        notes: dict[str, Any] = {"neuron_steps": neuron_steps(snn)}
        if self.energy_model:
            steps = {name: snn.frames[name] for name in snn.neurons}
            notes["effective_steps"] = effective_steps_of(graph, steps).to_dict()
        return replace(snn, notes=notes)

    def judge(self, snn: SNN, evaluation: Evaluation) -> Claim:
        """Zero wrong counts and equal logits, or the claim has failed."""
        return self.claim.seen(evaluation.misses)


def _neuron(as_released: bool, lam: Array, op: QCFS, first: bool) -> Neuron:
    kind = PascalFirst if first else Pascal
    released = {"clip_at": lam} if first and as_released else {}
    return kind(theta=lam / op.levels, t_out=op.levels, as_released=as_released, **released)
