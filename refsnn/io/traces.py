"""Runs and their traces as npz files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from refsnn.engines import Run, Trace
from refsnn.io.archive import TRACE, Reading, load_arrays, save_arrays
from refsnn.typing import Array

GROUPS = ("counts", "sent", "sums", "charges")


def save_run(path: str | Path, run: Run, header: dict[str, Any]) -> None:
    """Write logits, counts and all recorded layers; ``header`` should hold the semantics."""
    arrays: dict[str, Array] = {"logits": run.logits}
    for group in GROUPS:
        arrays.update({f"{group}/{name}": value for name, value in getattr(run, group).items()})
    for name, trace in run.traces.items():
        for field, value in trace._asdict().items():
            arrays[f"trace/{name}/{field}"] = value
    save_arrays(
        path, TRACE, {**header, "layers": list(run.traces), "counted": list(run.counts)}, arrays
    )


def load_run(path: str | Path) -> tuple[dict[str, Any], Run]:
    """Read what `save_run` wrote."""
    header, arrays = load_arrays(path, TRACE)
    with Reading(path):
        return header, _run(header, arrays)


def _run(header: dict[str, Any], arrays: dict[str, Array]) -> Run:
    groups = {
        group: {k.split("/", 1)[1]: v for k, v in arrays.items() if k.startswith(f"{group}/")}
        for group in GROUPS
    }
    traces = {
        name: Trace(*(np.asarray(arrays[f"trace/{name}/{field}"]) for field in Trace._fields))
        for name in header["layers"]
    }
    ordered = {name: groups["counts"][name] for name in header["counted"]}
    return Run(arrays["logits"], ordered, groups["sent"], groups["sums"], groups["charges"], traces)
