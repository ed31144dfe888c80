"""What happens to a graph before any method sees it, and the data it is tuned on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from refsnn.ann import accuracy
from refsnn.convert.report import Skipped
from refsnn.errors import InputError
from refsnn.graph import Graph
from refsnn.passes import drop_dropout, fold_batch_norm, snap
from refsnn.tell import Tell, silent
from refsnn.typing import Array, IntArray


@dataclass(frozen=True)
class Calibration:
    """Data that a conversion is measured on (and, for some methods, tuned with)."""

    x: Array
    """Preprocessed images (N, ...)."""
    y: IntArray | None = None
    tell: Tell = silent
    """Is told how far long work on them is."""


def prepare(
    graph: Graph, bits: int | None, calibration: Calibration | None
) -> tuple[Graph, dict[str, Any], tuple[Skipped, ...]]:
    """Drop dropout, fold batch norm, go to float64, snap if asked; note what that changed."""
    skipped = tuple(
        Skipped(node.name, type(node.op).__name__, "identity in evaluation: removed")
        for node in graph.nodes
        if type(node.op).__name__ == "Dropout"
    )
    folded = fold_batch_norm(drop_dropout(graph)).astype(np.float64)
    notes: dict[str, Any] = {}
    if bits is not None:
        folded, notes = _snapped(folded, bits, calibration)
    return folded, notes, skipped


def _snapped(
    graph: Graph, bits: int, calibration: Calibration | None
) -> tuple[Graph, dict[str, Any]]:
    moved, change = snap(graph, bits)
    notes: dict[str, Any] = {"snap": asdict(change)}
    if calibration is not None and calibration.y is not None:
        x = np.asarray(calibration.x, np.float64)
        notes["accuracy_before_snap"] = accuracy(graph, x, calibration.y)
        notes["accuracy_after_snap"] = accuracy(moved, x, calibration.y)
    return moved, notes


FEWEST = 2
"""Images a method needs to be tuned on."""


def require_calibration(calibration: Calibration | None, method: str, why: str) -> Calibration:
    """The calibration data, or an error that says what they are for."""
    count = 0 if calibration is None else len(calibration.x)
    if calibration is None or count < FEWEST:
        raise InputError(
            f"needs calibration images: {why}",
            where=method,
            expected=f"{FEWEST} or more",
            got=count,
            fix="give --calib SPEC, e.g. digits:train[:128]",
        )
    return calibration
