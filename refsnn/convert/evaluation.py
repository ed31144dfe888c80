"""A spiking network held against its reference ANN on some data, a block of samples at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from refsnn.analysis.cost import Cost, cost, mean_cost
from refsnn.analysis.exactness import Exactness, exactness
from refsnn.analysis.levels import decodes_to
from refsnn.analysis.split import split
from refsnn.ann import Reference, correct, evaluate, references
from refsnn.engines import Run, run
from refsnn.engines.memory import run_blocks
from refsnn.snn import SNN
from refsnn.tell import Tell, silent
from refsnn.typing import Array, IntArray

LOGIT_TOLERANCE = 1e-12
"""Level R only: float64 sums in another order."""


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


class _Part(NamedTuple):
    """What one block of samples gives."""

    layers: tuple[LayerReport, ...]
    logits: Array
    reference: Array
    cost: Cost


def evaluate_snn(snn: SNN, x: Array, y: IntArray | None, tell: Tell = silent) -> Evaluation:
    """Run ``snn`` and its reference ANN on ``x`` (float64) and compare them layer by layer."""
    parts = []
    for block in run_blocks(snn, len(x)):
        parts.append(_part(snn, x[block]))
        tell(f"evaluation, {block.stop} of {len(x)} images")
    found = [np.concatenate([part[i] for part in parts]) for i in (1, 2)]
    layers = tuple(_merged(layer) for layer in zip(*(part.layers for part in parts), strict=True))
    wrong = [layer.wrong_counts for layer in layers]
    scores, logits = found
    changed = np.argmax(scores, axis=1) != np.argmax(logits, axis=1)
    return Evaluation(
        samples=len(x),
        exactness=exactness(snn, x),
        layers=layers,
        wrong_counts=None if any(w is None for w in wrong) else sum(w or 0 for w in wrong),
        logit_difference=float(np.max(np.abs(scores - logits), initial=0)),
        prediction_changes=int(changed.sum()),
        ann_accuracy=None if y is None else correct(logits, y),
        snn_accuracy=None if y is None else correct(scores, y),
        cost=mean_cost([part.cost for part in parts], [len(part.logits) for part in parts]),
    )


def _part(snn: SNN, x: Array) -> _Part:
    values, outcome = evaluate(snn.ann, x), run(snn, x)
    refs = references(snn.ann, values)
    layers = tuple(_layer(snn, name, outcome, refs[name]) for name in snn.neurons)
    return _Part(layers, outcome.logits, values[snn.ann.output], cost(snn, outcome))


def _layer(snn: SNN, name: str, outcome: Run, reference: Reference) -> LayerReport:
    parts = split(snn, name, outcome, reference)
    return LayerReport(
        name=name,
        neuron=type(snn.neurons[name]).__name__,
        steps=snn.frames[name],
        wrong_counts=wrong_counts(snn, name, outcome, reference),
        neurons_checked=int(outcome.counts[name].size),
        error=parts.summary(),
        gap_ulp=parts.gap(),
    )


def _merged(parts: Sequence[LayerReport]) -> LayerReport:
    """One layer on all blocks."""
    first, *_ = parts
    if len(parts) == 1:
        return first
    counts = [part.wrong_counts for part in parts]
    sizes = [part.neurons_checked for part in parts]
    kinds = {name: [part.error[name] for part in parts] for name in first.error}
    return replace(
        first,
        wrong_counts=None if None in counts else sum(n or 0 for n in counts),
        neurons_checked=sum(sizes),
        error={name: _merged_error(errors, sizes) for name, errors in kinds.items()},
        gap_ulp=max(part.gap_ulp for part in parts),
    )


def _merged_error(errors: Sequence[Mapping[str, float]], sizes: Sequence[int]) -> dict[str, float]:
    means = {
        key: float(np.average([error[key] for error in errors], weights=sizes))
        for key in ("mean", "mean_abs")
    }
    return {**means, "max_abs": max(error["max_abs"] for error in errors)}


def wrong_counts(snn: SNN, name: str, outcome: Run, reference: Reference) -> int | None:
    """Number of spike counts that do not decode to the reference level."""
    if reference.level is None:
        return None
    return int(np.sum(~decodes_to(snn, name, outcome.counts[name], reference.level)))
