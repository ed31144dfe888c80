"""Early exit as a whole: fit the thresholds on some images, measure what they save on others."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from refsnn.analysis import cost
from refsnn.ann import correct
from refsnn.calibration.exits import Score, exit_thresholds, score
from refsnn.engines import run
from refsnn.engines.early_exit import run_until, stop_above
from refsnn.errors import UnsupportedError
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray


@dataclass(frozen=True)
class ExitFigures:
    """Means per sample, with early exit and in a full run."""

    latency: float
    """Steps taken."""
    steps: int
    energy_nj: float
    full_energy_nj: float
    accuracy: float
    full_accuracy: float

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def summed_logits(snn: SNN, x: Array) -> Array:
    """Sums of the logits up to each step of a full run, (T, B, K)."""
    output = snn.graph.output
    if len(snn.graph.shapes[output]) != 1:
        raise UnsupportedError(
            "exits need one vector of classes a sample", where=output, got=snn.graph.shapes[output]
        )
    return run(snn, x, record=[output]).traces[output].v


def fit_exits(
    snn: SNN, x: Array, y: IntArray, kind: Score = "entropy", *, alpha: float = 0.6
) -> Array:
    """Thresholds of every step, (T,), from labelled images: `exit_thresholds` of a full run."""
    return exit_thresholds(summed_logits(snn, x), y, kind, alpha=alpha)


def exit_figures(
    snn: SNN, x: Array, y: IntArray, thresholds: Array, kind: Score = "entropy"
) -> ExitFigures:
    """Run with early exit and in full; the energy counts the executed steps only.

    Weighted layers after an activation that stays analog are charged for all T frames: with those
    the energy under exit is an upper bound.
    """
    early = run_until(snn, x, stop_above(thresholds, partial(score, kind=kind)))
    full = run(snn, x)
    return ExitFigures(
        latency=early.latency,
        steps=snn.input_frames,
        energy_nj=cost(snn, early.run).snn_energy_nj,
        full_energy_nj=cost(snn, full).snn_energy_nj,
        accuracy=correct(early.run.logits, y),
        full_accuracy=correct(full.logits, y),
    )
