"""What is kept, against what is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from refsnn.plots.canvas import GREY, LOOKS

Points = Sequence[tuple[float, float]]
LINES = ("--", ":", "-.", "-")


def curves(
    axis: Any, points: Mapping[str, Points], levels: Mapping[str, float] | None = None
) -> None:
    """Accuracy against a cost: a line and mark per method, a level per network without a cost.

    Parameters
    ----------
    points : mapping
        Method to its (cost, accuracy as a fraction), in the order of the line.
    levels : mapping
        Name to accuracy as a fraction, such as that of the ANN: a horizontal line.
    """
    for i, (name, height) in enumerate((levels or {}).items()):
        axis.axhline(100 * height, color=GREY, linestyle=LINES[i % len(LINES)], label=name)
    for i, (method, line) in enumerate(points.items()):
        cost, kept = zip(*line, strict=True)
        colour, mark = LOOKS[i % len(LOOKS)]
        heights = [100 * fraction for fraction in kept]
        axis.plot(cost, heights, color=colour, marker=mark, markersize=5, label=method)
    axis.set_ylabel("accuracy (%)")


def accuracy_over_steps(
    axis: Any,
    points: Mapping[str, Points],
    levels: Mapping[str, float] | None = None,
) -> None:
    """Accuracy against T, which doubles from tick to tick."""
    curves(axis, points, levels)
    ticks = sorted({steps for line in points.values() for steps, _ in line})
    axis.set_xscale("log", base=2)
    axis.set_xticks(ticks, [f"{steps:g}" for steps in ticks])
    axis.minorticks_off()
    axis.set_xlabel("steps T")
