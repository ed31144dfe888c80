"""Convert and run stored networks on named data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from refsnn.analysis.exactness import Exactness, exactness
from refsnn.convert import Calibration, Method, Report
from refsnn.datasets import Split, load_spec
from refsnn.engines import ENGINES, Run, engine, run_numba
from refsnn.engines.memory import run_blocks
from refsnn.errors import InputError, nearest
from refsnn.io import SPIKING, TRACE, Model, load_arrays, load_run, load_snn
from refsnn.jobs.options import check_dtype
from refsnn.preprocessing import Preprocessing
from refsnn.snn import SNN
from refsnn.tell import Tell, silent
from refsnn.typing import Array, IntArray


def calibration(spec: str, model: Model, tell: Tell = silent) -> Calibration:
    """Images a SPEC names, preprocessed as the model wants them, in float64."""
    split = load_spec(spec)
    return Calibration(prepared(split, model.preprocessing), split.y, tell)


def prepared(split: Split, preprocessing: Preprocessing | None, dtype: str = "float64") -> Array:
    """Network input of a split."""
    return split.prepared(preprocessing, np.dtype(dtype))


def convert_model(
    method: Method, model: Model, data: Calibration | None, test: Calibration | None = None
) -> tuple[SNN, Report]:
    """Convert a stored model; the spiking network keeps its preprocessing."""
    snn, report = method.convert(model.graph, data, test)
    return replace(snn, preprocessing=model.preprocessing), report


def load_run_data(spec: str, snn: SNN, dtype: str) -> tuple[Array, IntArray | None]:
    """Images and labels for a spiking network."""
    check_dtype(dtype)
    split = load_spec(spec)
    return prepared(split, snn.preprocessing, dtype), split.y


class Totals(NamedTuple):
    """What is kept of a run whose neurons nobody asked for."""

    logits: Array
    """(B, K)."""
    sent: dict[str, int]
    """Spikes of each layer, of all samples and neurons."""

    @classmethod
    def of(cls, outcome: Run) -> Totals:
        """Of a whole run."""
        return cls(outcome.logits, {name: int(n.sum()) for name, n in outcome.sent.items()})


def run_traced(
    snn: SNN, x: Array, name: str, *, allow_reorder: bool = False
) -> tuple[Run, dict[str, Any]]:
    """Run with the named engine, every step of every layer kept.

    The header says what is needed to compare the run.
    """
    work, header = _prepared(snn, x, name, True, allow_reorder)
    outcome = work(x)
    if allow_reorder:
        header["moved_spikes"] = _moved(snn, x, outcome, header)
    return outcome, header


def run_totals(
    snn: SNN, x: Array, name: str, *, allow_reorder: bool = False, tell: Tell = silent
) -> tuple[Totals, dict[str, Any]]:
    """The same in blocks of samples that fit the memory, of which totals are kept.

    They are the blocks of `refsnn.convert.evaluation.evaluate_snn`: so the logits are the same.
    """
    work, header = _prepared(snn, x, name, False, allow_reorder)
    logits, sent, moved = [], Counter[str](), Counter[str]()
    for block in run_blocks(snn, len(x)):
        outcome = work(x[block])
        if allow_reorder:
            moved.update(_moved(snn, x[block], outcome, header))
        part = Totals.of(outcome)
        logits.append(part.logits)
        sent.update(part.sent)
        tell(f"{block.stop} of {len(x)} images")
    if allow_reorder:
        header["moved_spikes"] = dict(moved)
    return Totals(np.concatenate(logits), dict(sent)), header


def _prepared(
    snn: SNN, x: Array, name: str, trace: bool, allow_reorder: bool
) -> tuple[Callable[[Array], Run], dict[str, Any]]:
    """What runs some of the images, and what is said of all of them."""
    if allow_reorder and name != "numba":
        fix = "pass --engine numba, or leave --allow-reorder out"
        raise InputError("only the compiled engine reorders", where="--engine", got=name, fix=fix)
    work, level = _engine(snn, x, name, trace, allow_reorder)
    semantics = {name: value.to_dict() for name, value in snn.semantics.items()}
    return work, {"level": asdict(level), "semantics": semantics, "engine": name}


def _engine(
    snn: SNN, x: Array, name: str, trace: bool, allow_reorder: bool
) -> tuple[Callable[[Array], Run], Exactness]:
    if name == "fixed":
        return _integers(snn, x, trace), Exactness("E", "integers")
    record: tuple[()] | None = None if trace else ()
    if name not in ENGINES:
        fix = nearest(name, [*ENGINES, "fixed"])
        raise InputError(f"unknown engine {name!r}", where="--engine", fix=fix)
    level = exactness(snn, x)
    if name != "numba":
        return partial(engine(name), snn, record=record), level
    # Sums in place of trains where the proof of level E allows it, or the caller.
    free, floats = allow_reorder or level.level == "E", level.level != "E"
    return partial(run_numba, snn, record=record, totals=free, floats=floats), level


def _integers(snn: SNN, x: Array, trace: bool) -> Callable[[Array], Run]:
    """Lowered to integers; values are in integer units of each layer."""
    from refsnn.engines.fixed import run_integers
    from refsnn.lower import lower

    lowered = lower(snn, x)
    return lambda part: run_integers(lowered.program, lowered.codes(part), trace=trace)


def _moved(snn: SNN, x: Array, outcome: Run, header: dict[str, Any]) -> dict[str, int]:
    """By how many spikes the counts of each layer differ from those of the stated order."""
    given = run_numba(snn, x, totals=header["level"]["level"] == "E")
    return {name: int(np.abs(n - given.counts[name]).sum()) for name, n in outcome.counts.items()}


def load_comparable(path: Path, data: str | None) -> tuple[dict[str, Any], Run]:
    """A stored run; or a spiking network, run on ``data``."""
    header, _ = load_arrays(path, TRACE, SPIKING)
    if header["format"] == TRACE:
        return load_run(path)
    if data is None:
        fix = "pass --data SPEC, or compare traces of refsnn run --trace"
        raise InputError("a network needs images to be compared on", where=str(path), fix=fix)
    snn = load_snn(path)
    x, _ = load_run_data(data, snn, "float64")
    outcome, own = run_traced(snn, x, "numpy")
    return own, outcome
