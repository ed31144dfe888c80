"""Convert and run stored networks on named data."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.analysis.exactness import Exactness, exactness
from refsnn.convert import Calibration, Method, Report
from refsnn.datasets import Split, load_spec
from refsnn.engines import ENGINES, Run, engine, run_numba
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


def run_network(
    snn: SNN, x: Array, name: str, *, trace: bool, allow_reorder: bool = False
) -> tuple[Run, dict[str, Any]]:
    """Run with the named engine; the header says what is needed to compare the run."""
    record: tuple[()] | None = None if trace else ()
    extra: dict[str, Any] = {}
    if allow_reorder and name != "numba":
        fix = "pass --engine numba, or leave --allow-reorder out"
        raise InputError("only the compiled engine reorders", where="--engine", got=name, fix=fix)
    if name == "fixed":
        outcome, level = run_fixed(snn, x, record)
    elif name == "numba":
        outcome, level, extra = run_compiled(snn, x, record, allow_reorder)
    else:
        if name not in ENGINES:
            known = [*ENGINES, "fixed"]
            fix = nearest(name, known)
            raise InputError(f"unknown engine {name!r}", where="--engine", fix=fix)
        outcome, level = engine(name)(snn, x, record=record), exactness(snn, x)
    semantics = {name: value.to_dict() for name, value in snn.semantics.items()}
    return outcome, {"level": asdict(level), "semantics": semantics, "engine": name, **extra}


def run_compiled(
    snn: SNN, x: Array, record: tuple[()] | None, allow_reorder: bool
) -> tuple[Run, Exactness, dict[str, Any]]:
    """Sums in place of trains where the proof of level E allows it, or the caller; what moved."""
    level = exactness(snn, x)
    free = allow_reorder or level.level == "E"
    outcome = run_numba(snn, x, record=record, totals=free, floats=level.level != "E")
    if not allow_reorder:
        return outcome, level, {}
    given = run_numba(snn, x, totals=level.level == "E")
    moved = {name: int(np.abs(n - given.counts[name]).sum()) for name, n in outcome.counts.items()}
    return outcome, level, {"moved_spikes": moved}


def run_fixed(snn: SNN, x: Array, record: tuple[()] | None) -> tuple[Run, Exactness]:
    """Lower to integers and run there; values are in integer units of each layer."""
    from refsnn.engines.fixed import run_integers
    from refsnn.lower import lower

    lowered = lower(snn, x)
    outcome = run_integers(lowered.program, lowered.codes(x), trace=record is None)
    return outcome, Exactness("E", "integers")


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
    outcome, own = run_network(snn, x, "numpy", trace=True)
    return own, outcome
