"""Tables as coloured cells: bit planes, and where two runs part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.errors import InputError
from refsnn.plots.canvas import RED, caption, figure, save
from refsnn.typing import Array


def heat(
    axis: Any,
    values: Array,
    colours: str,
    limits: tuple[float, float],
    numbers: str = "",
) -> Any:
    """A table (rows, columns) as coloured cells, row 0 on top, without ticks.

    Parameters
    ----------
    colours, limits
        Name of a colour map, and the values at its two ends.
    numbers : str, optional
        Format of the number to write into each cell, such as ``".2f"``.
    """
    image = axis.imshow(values, cmap=colours, vmin=limits[0], vmax=limits[1])
    axis.set(xticks=[], yticks=[])
    for (row, column), value in np.ndenumerate(values):
        if numbers:
            bright = np.dot(image.cmap(image.norm(value))[:3], (0.3, 0.6, 0.1)) > 0.5
            color = "black" if bright else "white"
            axis.text(column, row, format(value, numbers), ha="center", va="center", color=color)
    return image


def bit_planes(axes: Sequence[Any], planes: Array) -> None:
    """Binary digits of a map, most significant first: a panel a frame, black is a spike.

    Parameters
    ----------
    planes : array (T, H, W) of 0 and 1
        A spike of frame t = 1 ... T is worth 2^(T - t).
    """
    if len(axes) != len(planes):
        got = f"{len(axes)} axes, {len(planes)} frames"
        raise InputError("not an axis per frame", where="bit_planes", got=got)
    for k, (axis, plane) in enumerate(zip(axes, planes, strict=True)):
        heat(axis, plane, "Greys", (0, 1))
        worth = 1 << (len(planes) - 1 - k)
        axis.set_title(f"frame {k + 1}: a spike\nis worth {worth}", fontsize=11)


def divergence(
    counts: Array,
    of: int,
    path: str | Path,
    words: str,
    fault: tuple[int, int] | None = None,
    layers: Sequence[str] | None = None,
) -> None:
    """Where a run parts from the golden one: a map of layer by step.

    Parameters
    ----------
    counts : int array (layer, step)
        Neurons that differ.
    of : int
        Neurons of a layer.
    words : str
        The caption.
    fault : (layer, step), optional
        Cell to outline, from 0: where the fault was planted or is suspected.
    layers : sequence of str, optional
        Their names; without, they are numbered from 1.
    """
    canvas, axes = figure(1, 1, (8.2, 1.6 + 0.45 * len(counts)))
    axis, (rows, steps) = axes[0, 0], counts.shape
    box = (0.5, steps + 0.5, rows + 0.5, 0.5)
    shown = axis.imshow(counts, cmap="Blues", vmin=0, vmax=of, aspect="auto", extent=box)
    for (row, step), count in np.ndenumerate(counts):
        ink = "white" if count > of / 2 else "black"
        text = str(count) if count else ""
        axis.text(step + 1, row + 1, text, color=ink, ha="center", va="center")
    if fault is not None:
        _outline(axis, fault)
    axis.set(xticks=range(1, steps + 1), xlabel="step t", ylabel="layer")
    axis.set_yticks(range(1, rows + 1), layers)
    canvas.colorbar(shown, label=f"neurons that differ,\nof {of}")
    caption(canvas, words)
    save(canvas, path)


def _outline(axis: Any, cell: tuple[int, int]) -> None:
    left, top = cell[1] + 0.5, cell[0] + 0.5
    corners = np.array([[0, 1, 1, 0, 0], [0, 0, 1, 1, 0]])
    axis.plot(left + corners[0], top + corners[1], color=RED, linewidth=3)
