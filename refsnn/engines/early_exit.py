"""The stepped engine with early exit: a sample that is certain enough leaves the batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from refsnn.ann import check_data
from refsnn.engines.propagate import Chunk, constant_part, propagate
from refsnn.engines.trace import Run
from refsnn.errors import InputError, UnsupportedError
from refsnn.neurons import take
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray

Stop = Callable[[Array, int], Array]
"""``stop(sums, t)``: which samples leave after step t, given their summed logits (b, K)."""


@dataclass(frozen=True, eq=False)
class ExitRun:
    """A run in which every sample took its own number of steps."""

    run: Run
    """Counts, sums and charges of the executed steps only; logits are those at the exit (the mean
    over the steps taken, or the sum, as of the readout). No traces."""
    step: IntArray
    """(B,) last executed step 1..T."""

    @property
    def latency(self) -> float:
        """Mean number of steps."""
        return float(self.step.mean())

    @property
    def prediction(self) -> IntArray:
        """(B,) class at the exit."""
        return np.asarray(np.argmax(self.run.logits, axis=1))


def run_until(snn: SNN, x: Array, stop: Stop) -> ExitRun:
    """Run frame by frame; after each frame, samples that ``stop`` names are done.

    The work is that of the steps each sample takes: `refsnn.analysis.cost` of ``run`` counts the
    energy under exit.

    Parameters
    ----------
    x : float array (B, ...)
        Preprocessed data.
    stop : callable
        See `Stop`; all samples leave at T.

    Exactness
    ---------
    At level E the exits are bit for bit those computed afterwards from a full run.
    """
    if not snn.synchronous or snn.extra_frames:
        raise UnsupportedError(
            "early exit needs a network that runs frame by frame, without extra frames",
            where=snn.method or "network",
        )
    x = check_data(snn.graph, x)
    offsets = constant_part(snn, x.dtype)
    states: dict[str, Any] = {}
    alive, step = np.arange(len(x)), np.zeros(len(x), np.int64)
    total: dict[str, dict[str, Array]] = {}
    logits: Array | None = None
    for t in range(1, snn.input_frames + 1):
        chunk = propagate(snn, x[alive][None], states, offsets)
        _add(total, chunk, alive, len(x))
        sums = chunk.states[snn.graph.output].v
        logits = np.zeros((len(x), *sums.shape[1:]), sums.dtype) if logits is None else logits
        logits[alive], step[alive] = sums, t
        done = _checked(stop(sums, t), len(alive))
        states = {name: take(state, ~done) for name, state in chunk.states.items()}
        alive = alive[~done]
        if not len(alive):
            break
    assert logits is not None
    return ExitRun(_outcome(snn, total, logits, step), step)


def stop_above(thresholds: Array, score: Callable[[Array], Array]) -> Stop:
    """Leave after the first step whose score is above its threshold.

    Parameters
    ----------
    thresholds : array (T,)
        One a step.
    score : callable
        Summed logits (b, K) to certainty (b,), as of `refsnn.calibration.score`.
    """

    def stop(sums: Array, t: int) -> Array:
        if t > len(thresholds):
            raise InputError("one threshold a step", where="exit", got=len(thresholds))
        return np.asarray(score(sums) > thresholds[t - 1])  # eq: adaptive_calibration.30

    return stop


def _checked(done: Array, count: int) -> Array:
    done = np.asarray(done)
    if done.shape != (count,) or done.dtype != bool:
        got = f"{done.dtype} {done.shape}"
        raise InputError("stop", where="run_until", expected=f"bool ({count},)", got=got)
    return done


def _add(total: dict[str, dict[str, Array]], chunk: Chunk, alive: IntArray, samples: int) -> None:
    """Add what a frame did to the rows of the samples that took it."""
    for field in ("counts", "sent", "sums", "charges"):
        kept = total.setdefault(field, {})
        values: Mapping[str, Any] = getattr(chunk, field)
        for name, value in values.items():
            kept.setdefault(name, np.zeros((samples, *value.shape[1:]), value.dtype))
            kept[name][alive] += value


def _outcome(snn: SNN, total: dict[str, dict[str, Array]], logits: Array, step: IntArray) -> Run:
    if snn.readout.kind == "mean":
        logits = logits / step.reshape(-1, *[1] * (logits.ndim - 1)).astype(logits.dtype)
    return Run(logits, total["counts"], total["sent"], total["sums"], total["charges"], {})
