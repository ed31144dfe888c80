"""What all pictures share: the paper, the colours, the caption, the file."""

from __future__ import annotations

from math import ceil, floor
from pathlib import Path
from typing import Any

from refsnn.errors import InputError

BLUE, ORANGE, RED, GREY = "#0072B2", "#E69F00", "#D55E00", "#999999"
"""Told apart by colour-blind readers too (Okabe and Ito); grey is for what the rest is held to."""

COLOURS = (BLUE, ORANGE, RED, "#009E73", "#CC79A7", "#56B4E9", "#000000", "#5D3A9B")
LOOKS = tuple(zip(COLOURS, "osD^v<>*", strict=True))
"""(colour, mark) of up to eight series in one picture: no two share either."""

LEAST = 8.5
"""Points: smaller letters cannot be read at half size."""


def figure(rows: int, columns: int, size: tuple[float, float], **options: Any) -> tuple[Any, Any]:
    """A figure and its axes as a 2-D array, drawn without a display."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        fix = "pip install 'refsnn[plot]'"
        raise InputError("matplotlib is not installed", where="plots", fix=fix) from error
    canvas = Figure(figsize=size, layout="constrained")
    return canvas, canvas.subplots(rows, columns, squeeze=False, **options)


def save(canvas: Any, path: str | Path) -> None:
    """Write a PNG whose bytes depend on the picture only."""
    canvas.savefig(path, dpi=150, metadata={"Software": None})


def caption(canvas: Any, text: str) -> None:
    """A caption under the whole figure: what is drawn, and what would show it false."""
    canvas.supxlabel(text, fontsize=LEAST, x=0.01, ha="left")


def squared_paper(axis: Any, x: float, y: float) -> None:
    """Rule the axes of a figure into squares of x by y."""
    (left, right), (low, high) = axis.get_xlim(), axis.get_ylim()
    axis.set_xticks([n * x for n in range(ceil(left / x), floor(right / x) + 1)], minor=True)
    axis.set_yticks([n * y for n in range(ceil(low / y), floor(high / y) + 1)], minor=True)
    axis.grid(which="both", color="#d5e6f3", linewidth=0.7)
