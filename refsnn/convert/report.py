"""The report of a conversion: what was promised, what was seen, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from refsnn.analysis.cost import Cost, cost
from refsnn.analysis.exactness import Exactness, exactness
from refsnn.analysis.levels import decodes_to
from refsnn.analysis.split import Split, split
from refsnn.ann import BATCH, Reference, blocks, correct, evaluate, references
from refsnn.convert.claims import Claim
from refsnn.engines import Run, run
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray

LOGIT_TOLERANCE = 1e-12
"""Level R only: float64 sums in another order."""


@dataclass(frozen=True)
class Skipped:
    """A part of the network that a method did not convert, and why."""

    node: str
    op: str
    why: str


@dataclass(frozen=True)
class LayerReport:
    """One layer of neurons."""

    name: str
    neuron: str
    steps: int
    """Output frames T."""
    wrong_counts: int | None
    """Spike counts that differ from the reference; None where it has no levels."""
    neurons_checked: int
    error: Mapping[str, Any]
    """Mean and largest magnitude of each part of the error."""
    gap_ulp: float
    """Largest difference between the sum of the parts and the whole, in ulps."""


@dataclass(frozen=True)
class Evaluation:
    """A spiking network held against its reference on some data."""

    samples: int
    exactness: Exactness
    layers: tuple[LayerReport, ...]
    wrong_counts: int | None
    logit_difference: float
    """Largest magnitude of SNN logit minus reference logit."""
    prediction_changes: int
    ann_accuracy: float | None
    snn_accuracy: float | None
    cost: Cost

    @property
    def logit_tolerance(self) -> float:
        """What logits of an exact method may differ by: nothing, but for rounding at level R."""
        return 0.0 if self.exactness.level == "E" else LOGIT_TOLERANCE

    @property
    def misses(self) -> int:
        """Wrong counts, plus one if the logits differ: 0 where an exact claim holds."""
        assert self.wrong_counts is not None
        return self.wrong_counts + (self.logit_difference > self.logit_tolerance)


@dataclass(frozen=True)
class Report:
    """What a conversion returns beside the network."""

    method: str
    settings: Mapping[str, Any]
    claim: Claim
    semantics: Mapping[str, Any]
    steps: Mapping[str, int]
    skipped: tuple[Skipped, ...] = ()
    evaluation: Evaluation | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    """Title, paper, neuron, and what of the method is known, derived or reconstructed."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the method itself measured, e.g. the accuracy before and after snapping."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        from dataclasses import asdict

        body = asdict(self)
        body["claim"] = self.claim.to_dict()
        body["claim_held"] = self.claim.held
        body["wrong_counts"] = self.evaluation.wrong_counts if self.evaluation else None
        return body


def evaluate_snn(snn: SNN, x: Array, y: IntArray | None) -> Evaluation:
    """Run ``snn`` and its reference ANN on ``x`` (float64) and compare them layer by layer."""
    values = _reference_values(snn, x)
    refs = references(snn.ann, values)
    outcome = run(snn, x)
    logits = values[snn.ann.output]
    layers = tuple(_layer(snn, name, outcome, refs[name]) for name in snn.neurons)
    wrong = [layer.wrong_counts for layer in layers]
    changed = np.argmax(outcome.logits, axis=1) != np.argmax(logits, axis=1)
    return Evaluation(
        samples=len(x),
        exactness=exactness(snn, x),
        layers=layers,
        wrong_counts=None if any(w is None for w in wrong) else sum(w or 0 for w in wrong),
        logit_difference=float(np.max(np.abs(outcome.logits - logits), initial=0)),
        prediction_changes=int(changed.sum()),
        ann_accuracy=None if y is None else correct(logits, y),
        snn_accuracy=None if y is None else correct(outcome.logits, y),
        cost=cost(snn, outcome),
    )


def _reference_values(snn: SNN, x: Array) -> dict[str, Array]:
    """Every edge of the reference ANN, evaluated in the same blocks as the spiking run."""
    parts = [evaluate(snn.ann, part) for part in blocks(x, BATCH)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _layer(snn: SNN, name: str, outcome: Run, reference: Reference) -> LayerReport:
    parts: Split = split(snn, name, outcome, reference)
    return LayerReport(
        name=name,
        neuron=type(snn.neurons[name]).__name__,
        steps=snn.frames[name],
        wrong_counts=wrong_counts(snn, name, outcome, reference),
        neurons_checked=int(outcome.counts[name].size),
        error=parts.summary(),
        gap_ulp=parts.gap(),
    )


def wrong_counts(snn: SNN, name: str, outcome: Run, reference: Reference) -> int | None:
    """Number of spike counts that do not decode to the reference level."""
    if reference.level is None:
        return None
    return int(np.sum(~decodes_to(snn, name, outcome.counts[name], reference.level)))
