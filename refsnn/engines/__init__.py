"""Engines run a spiking network and give the same spikes; NumPy is the specification."""

from __future__ import annotations

from collections.abc import Callable

from refsnn.engines.case import Case
from refsnn.engines.numba_ import run_numba
from refsnn.engines.numpy_ import run, run_frames, run_stepped
from refsnn.engines.trace import Recorder, Run, Trace
from refsnn.errors import InputError, nearest

ENGINES: dict[str, Callable[..., Run]] = {
    "numpy": run,
    "stepped": run_stepped,
    "numba": run_numba,
}


def engine(name: str) -> Callable[..., Run]:
    """The engine of this name."""
    if name not in ENGINES:
        raise InputError(
            f"unknown engine {name!r}", where="--engine", fix=nearest(name, list(ENGINES))
        )
    return ENGINES[name]


__all__ = [
    "ENGINES",
    "Case",
    "Recorder",
    "Run",
    "Trace",
    "engine",
    "run",
    "run_frames",
    "run_numba",
    "run_stepped",
]
