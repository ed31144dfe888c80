"""Estimates of the logic of one neuron, fitted to what its module cost when it was synthesised."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from fixedpoint.errors import InputError
from fixedpoint.models import IntNeuron
from fixedpoint.vectors.kinds import kind_of


@dataclass(frozen=True)
class Logic:
    """One neuron with its controller, on an iCE40 device.

    Parameters
    ----------
    luts, carries, flip_flops : float
        Estimated cells.
    mhz : float
        Estimated clock.
    error : float
        Largest relative error of the LUT fit at the widths that were measured.
    measured : (low, high)
        Membrane widths of the measurements; beyond them the line goes on.
    """

    luts: float
    carries: float
    flip_flops: float
    mhz: float
    error: float
    measured: tuple[int, int]


def estimate(neuron: IntNeuron, width: int, *, saturates: bool = False) -> Logic:
    """Logic of a neuron of the general kind with a membrane of ``width`` bits.

    Method
    ------
    Least squares, a line in the width: adders, comparators and registers are. The measurements are
    those of `measured`, at 4 steps, a constant threshold, currents of 8 bits and bursts of 4; a
    longer time adds to the counters, another fan-in to nothing.
    """
    if width < 2:
        raise InputError("no membrane", where="width", expected=">= 2", got=width)
    kind, overflow = kind_of(neuron, "estimate"), "saturate" if saturates else "wrap"
    own = (e for e in measured()["entries"] if (e["kind"], e["overflow"]) == (kind.id, overflow))
    rows = [entry for entry in own if "refused" not in entry]
    widths = np.array([row["width"] for row in rows])
    lines = {key: _line(widths, rows, key) for key in ("luts", "carries", "flip_flops")}
    luts = np.array([row["luts"] for row in rows])
    error = float(np.abs(np.polyval(lines["luts"], widths) / luts - 1).max())
    clock = np.interp(width, widths, [row["mhz"][1] for row in rows])
    cells = {key: max(0.0, float(np.polyval(line, width))) for key, line in lines.items()}
    return Logic(**cells, mhz=float(clock), error=error, measured=(int(widths[0]), int(widths[-1])))


def _line(widths: Any, rows: list[dict[str, Any]], key: str) -> Any:
    return np.polyfit(widths, [row[key] for row in rows], 1)


@cache
def measured() -> dict[str, Any]:
    """Tools, device, seeds; the cells of every neuron at every width, or why it has none there."""
    text = files("fixedpoint.hdl").joinpath("resources.json").read_text("ascii")
    found: dict[str, Any] = json.loads(text)
    return found
