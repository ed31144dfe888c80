"""Stored networks with ReLU get levels: one network for each number of levels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.ann import accuracy
from refsnn.calibration.levels import with_levels
from refsnn.convert import Calibration
from refsnn.errors import InputError
from refsnn.graph import Graph
from refsnn.io import Model, check_target, load_model, save_model
from refsnn.jobs.running import calibration
from refsnn.tell import Tell, silent


def quantise_model(
    source: Path,
    levels: Sequence[int],
    calib: str,
    test: str | None,
    out: Path | None,
    *,
    channels: bool = True,
    bias: bool = True,
    tell: Tell = silent,
) -> dict[str, Any]:
    """Accuracy with ReLU and at every number of levels; the network of the only one is written."""
    if out is not None:
        check_target(out)
        if len(levels) != 1:
            expected = "one number, as a file holds one network"
            raise InputError("several levels", where="--levels", expected=expected, got=levels)
    model = load_model(source)
    data = calibration(calib, model, tell)
    held = data if test is None else calibration(test, model, tell)
    rows = []
    for number in levels:
        graph = with_levels(model.graph, data.x, number, channels=channels, bias=bias, tell=tell)
        rows.append({"levels": number, "accuracy": _accuracy(graph, held)})
        if out is not None:
            notes = {"quantised": source.name, "levels": number, "calibrated_on": calib}
            save_model(out, Model(graph, model.preprocessing, notes))
    relu = _accuracy(model.graph.astype(np.float64), held)
    return {"relu": relu, "samples": len(held.x), "rows": rows, "out": out}


def _accuracy(graph: Graph, data: Calibration) -> float | None:
    return None if data.y is None else accuracy(graph, data.x, data.y)
