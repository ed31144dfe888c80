"""Early exit as a whole: fit the thresholds on some images, measure what they save on others."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from refsnn.analysis.cost import Cost, cost, mean_cost
from refsnn.ann import correct
from refsnn.calibration.exits import Score, exit_thresholds, score
from refsnn.engines import Run, run
from refsnn.engines.early_exit import run_until, stop_above
from refsnn.engines.memory import run_blocks
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
    parts = [run(snn, x[b], record=[output]).traces[output].v for b in run_blocks(snn, len(x))]
    return np.concatenate(parts, axis=1)


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
    stop = stop_above(thresholds, partial(score, kind=kind))
    steps, early, full = [], [], []
    for block in run_blocks(snn, len(x)):
        done = run_until(snn, x[block], stop)
        steps.append(done.step)
        early.append(_seen(snn, done.run))
        full.append(_seen(snn, run(snn, x[block])))
    (exits, exits_cost), (whole, whole_cost) = _joined(early), _joined(full)
    return ExitFigures(
        latency=float(np.concatenate(steps).mean()),
        steps=snn.input_frames,
        energy_nj=exits_cost.snn_energy_nj,
        full_energy_nj=whole_cost.snn_energy_nj,
        accuracy=correct(exits, y),
        full_accuracy=correct(whole, y),
    )


def _seen(snn: SNN, done: Run) -> tuple[Array, Cost]:
    """What is kept of a block of samples."""
    return done.logits, cost(snn, done)


def _joined(parts: list[tuple[Array, Cost]]) -> tuple[Array, Cost]:
    logits, costs = zip(*parts, strict=True)
    return np.concatenate(logits), mean_cost(costs, [len(part) for part in logits])
