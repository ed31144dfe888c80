"""Wires over time, as a logic analyser draws them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from refsnn.plots.canvas import BLUE, GREY, caption, figure, save

HALF = 0.33
"""Half the height of a wire; from one wire to the next is 1."""


def wire(axis: Any, level: float, times: Sequence[float], values: Sequence[float | None]) -> None:
    """One bit: value i holds from times[i] to times[i + 1]; None, unknown, is half-way."""
    heights = [level - HALF + 2 * HALF * (0.5 if v is None else v) for v in values]
    axis.step(times, [*heights, heights[-1]], where="post", color=BLUE, linewidth=1.4)


def bus(
    axis: Any, level: float, times: Sequence[float], values: Sequence[int | None], least: float = 0
) -> None:
    """Wires that carry a number: a box for every run of equal values, with the number in it.

    Parameters
    ----------
    least : float
        A box of less time has no room for its number.
    """
    begin = 0
    for i in range(1, len(values) + 1):
        if i == len(values) or values[i] != values[begin]:
            span = (times[begin], times[i])
            _box(axis, level, span, values[begin] if span[1] - span[0] >= least else "")
            begin = i


def _box(axis: Any, level: float, span: tuple[float, float], value: int | str | None) -> None:
    look = {"facecolor": "white", "edgecolor": BLUE, "linewidth": 1.2}
    axis.fill_between(span, level - HALF, level + HALF, **look)
    text = "x" if value is None else str(value)
    place = {"ha": "center", "va": "center", "clip_on": True}
    axis.text(sum(span) / 2, level, text, fontsize=9, **place)


def clocked(
    wires: Mapping[str, Sequence[int]],
    path: str | Path,
    words: str,
    *,
    buses: Collection[str] = (),
) -> None:
    """Wires over clocks.

    Parameters
    ----------
    wires : mapping
        Name to one value a clock, drawn from top to bottom; an empty sequence leaves a gap.
    words : str
        The caption.
    buses : names
        Wires that carry numbers.
    """
    clocks = max(len(values) for values in wires.values())
    canvas, axes = figure(1, 1, (1.8 + 0.38 * clocks, 1.4 + 0.36 * len(wires)))
    axis, levels = axes[0, 0], range(len(wires), 0, -1)
    for level, (name, values) in zip(levels, wires.items(), strict=True):
        if len(values):
            (bus if name in buses else wire)(axis, level, range(len(values) + 1), values)
    axis.set_yticks(levels, list(wires))
    axis.set_xticks([clock + 0.5 for clock in range(clocks)], range(1, clocks + 1))
    axis.set_xticks(range(clocks + 1), minor=True)
    axis.grid(axis="x", which="minor", color=GREY, linewidth=0.4)
    axis.tick_params(axis="both", which="both", length=0)
    axis.set(xlim=(0, clocks), ylim=(0.4, len(wires) + 0.6), xlabel="clock (values after its edge)")
    caption(canvas, words)
    save(canvas, path)
