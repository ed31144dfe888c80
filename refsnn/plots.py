"""Pictures of what neurons do. Needs matplotlib (extra: plot)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.engines import Trace
from refsnn.errors import InputError

BLUE, ORANGE, RED, GREY = "#0072B2", "#E69F00", "#D55E00", "#999999"
"""Told apart by colour-blind readers too (Okabe and Ito)."""
CAUSES = {"clipping": BLUE, "quantisation": ORANGE, "unevenness": RED}
"""Colours of the causes of error, the same in every figure."""

SERIES = ("#BBBBBB", ORANGE, BLUE, RED)
"""Colours of parts of a whole, in order; their hatches differ too."""

HATCHES = ("", "//", "", "xx")


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
    canvas.savefig(path, dpi=110, metadata={"Software": None})


def caption(canvas: Any, text: str) -> None:
    """A caption under the whole figure: what is drawn, and what would show it false."""
    canvas.supxlabel(text, fontsize=8, x=0.01, ha="left")


def squared_paper(axis: Any, x: float, y: float) -> None:
    """Rule the axes of a figure into squares of x by y."""
    (left, right), (low, high) = axis.get_xlim(), axis.get_ylim()
    axis.set_xticks([n * x for n in range(ceil(left / x), floor(right / x) + 1)], minor=True)
    axis.set_yticks([n * y for n in range(ceil(low / y), floor(high / y) + 1)], minor=True)
    axis.grid(which="both", color="#d5e6f3", linewidth=0.7)


def stacked_bars(
    axis: Any,
    labels: Sequence[object],
    parts: Mapping[str, Sequence[float]],
    totals: Sequence[float] | None = None,
    colours: Sequence[str] = SERIES,
) -> None:
    """Bars of stacked parts, one per label; ``totals`` are dashes across them."""
    places, base = np.arange(len(labels)), np.zeros(len(labels))
    for (name, heights), colour, hatch in zip(parts.items(), colours, HATCHES, strict=False):
        options = {"color": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0}
        axis.bar(places, heights, 0.8, base, label=name, **options)
        base = base + np.asarray(heights)
    if totals is not None:
        axis.hlines(totals, places - 0.4, places + 0.4, color="black", linewidth=2, label="sum")
    axis.set_xticks(places, [str(label) for label in labels])
    axis.set_ylim(0, max(axis.get_ylim()[1], 1.05 * float(base.max())))


def heat(
    axis: Any,
    values: np.ndarray[Any, Any],
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


def raster(
    trains: dict[str, dict[str, np.ndarray[Any, Any]]], path: str | Path, title: str
) -> None:
    """Spike rasters: one column per method, one row per layer.

    Parameters
    ----------
    trains : dict
        Method to layer to spikes (T, N) of one sample: blue is a spike, red an inhibitory one.
    """
    methods, layers = list(trains), list(next(iter(trains.values())))
    size = (1.6 + 3.0 * len(methods), 0.8 + 2.6 * len(layers))
    canvas, axes = figure(len(layers), len(methods), size, sharex="col")
    for j, method in enumerate(methods):
        for i, layer in enumerate(layers):
            axis, spikes = axes[i, j], trains[method][layer]
            steps, neurons = spikes.shape
            box = (0.5, steps + 0.5, -0.5, neurons - 0.5)
            axis.imshow(
                spikes.T, cmap="RdBu", vmin=-1.2, vmax=1.2, aspect="auto", interpolation="nearest",
                origin="lower", extent=box,
            )  # fmt: skip
            axis.vlines(np.arange(1.5, steps), *box[2:], color=GREY, linewidth=0.4)
            axis.set_xticks(range(1, steps + 1))
            axis.set_title(f"{method}, {layer}: {int(np.abs(spikes).sum())} spikes", fontsize=8)
            axis.tick_params(labelsize=7)
            if j == 0:
                axis.set_ylabel("neuron", fontsize=8)
        axes[-1, j].set_xlabel("frame t of the layer's own train", fontsize=8)
    canvas.suptitle(title, fontsize=10)
    save(canvas, path)


def membranes(
    traces: dict[str, Trace],
    theta: dict[str, float],
    place: tuple[int, ...],
    path: str | Path,
    title: str,
) -> None:
    """Membrane of one neuron, step by step, one panel per method.

    Parameters
    ----------
    traces : dict
        Method to the trace of the layer.
    theta : dict
        Method to the neuron's threshold.
    place : tuple
        Sample and coordinates of the neuron.
    """
    canvas, axes = figure(len(traces), 1, (7.5, 2.7 * len(traces)))
    for axis, (method, trace) in zip(axes[:, 0], traces.items(), strict=True):
        _membrane(axis, trace, theta[method], place)
        axis.set_title(method, fontsize=9)
        axis.set_ylabel("membrane", fontsize=8)
        axis.tick_params(labelsize=7)
    axes[-1, 0].set_xlabel("step", fontsize=8)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    canvas.legend(handles, labels, fontsize=7, loc="outside lower center", ncols=len(labels))
    canvas.suptitle(title, fontsize=10)
    save(canvas, path)


def _membrane(axis: Any, trace: Trace, theta: float, place: tuple[int, ...]) -> None:
    index: Any = (slice(None), *place)
    steps = np.arange(1, len(trace.phase) + 1)
    alive = trace.phase != "emit"
    u, v, fired = trace.u[index], trace.v[index], trace.fired[index]
    axis.axhline(theta, color=GREY, linestyle="--", linewidth=0.8)
    axis.annotate("theta", (1, theta), fontsize=7, color=GREY, va="bottom")
    axis.axhline(0, color=GREY, linewidth=0.5)
    axis.plot(steps[alive], u[alive], "o", ms=4, mfc="none", color=ORANGE, label="before the reset")
    axis.step(
        steps[alive], v[alive], where="mid", color=BLUE, linewidth=1.2, label="after the reset"
    )
    up, down = fired > 0, fired < 0
    base = min(float(np.min(v)), 0.0) - 0.25 * theta
    axis.plot(steps[up], np.full(up.sum(), base), "|", ms=9, mew=1.8, color=BLUE, label="spike")
    axis.plot(
        steps[down],
        np.full(down.sum(), base),
        "|",
        ms=9,
        mew=1.8,
        color=RED,
        label="inhibitory spike",
    )
    low, high = axis.get_ylim()
    top = high + 0.18 * (high - low)
    axis.set_ylim(low, top)
    starts = [s for s in range(len(steps)) if s == 0 or trace.phase[s] != trace.phase[s - 1]]
    for s in starts:
        axis.axvline(s + 0.5, color=GREY, linewidth=0.5, linestyle=":")
        axis.annotate(str(trace.phase[s]), (s + 0.55, top), fontsize=7, va="top")
    axis.set_xlim(0.5, len(steps) + 0.5)
    axis.set_xticks(steps)


def stairs(axis: Any, u: Any, fired: Any, v: Any, theta: float, start: float) -> None:
    """One membrane on an axis, value by value: for a handful of steps, to be read as numbers.

    Parameters
    ----------
    u, fired, v : sequences (S,)
        What the comparison saw, the decision +1, 0 or -1, and what the reset left, step by step.
        Step t fills t..t+1: u first, then v. A spike is orange at u, an inhibitory one red; the
        band 0..theta, where a membrane rests, is shaded.
    """
    t = np.arange(1, len(v) + 1)
    when, level = (np.column_stack(pair).ravel() for pair in ((t, t + 0.45), (u, v)))
    axis.axhspan(0, theta, color="#e9e9e9", zorder=0)
    axis.step([0.4, *when, t[-1] + 1], [start, *level, v[-1]], where="post", color=BLUE, lw=1.8)
    for k, before, s, after in zip(t, u, fired, v, strict=True):
        axis.text(k + 0.72, after, f"{after}", color=BLUE, ha="center", va="bottom")
        if s:
            colour = ORANGE if s > 0 else RED
            axis.hlines(before, k, k + 0.45, color=colour, linewidth=3.5)
            place = {"ha": "center", "va": "bottom" if s > 0 else "top", "color": colour}
            axis.text(k + 0.22, before + 0.02 * theta * s, f"{before}", **place)
    axis.set(xlim=(0.4, t[-1] + 1), xticks=t + 0.5, xticklabels=t)
    axis.tick_params(bottom=False)


def error_bars(axis: Any, layers: Mapping[str, Mapping[str, float]]) -> None:
    """Error of every layer by cause, as stacked bars.

    Parameters
    ----------
    layers : mapping
        Layer to cause ("clipping", "quantisation", "unevenness") to size.
    """
    below = np.zeros(len(layers))
    for cause, colour in CAUSES.items():
        sizes = np.array([layer[cause] for layer in layers.values()])
        axis.bar(range(len(layers)), sizes, 0.7, below, color=colour, label=cause)
        below += sizes
    axis.set_xticks(range(len(layers)), list(layers))


def divergence(
    counts: np.ndarray[Any, Any], of: int, path: str | Path, caption: str, fault: tuple[int, int]
) -> None:
    """Where a run parts from the golden one: a map of layer by step.

    Parameters
    ----------
    counts : int array (layer, step)
        Neurons that differ.
    of : int
        Neurons of a layer.
    fault : (layer, step)
        Cell to outline, from 0: where the fault was planted or is suspected.
    """
    canvas, axes = figure(1, 1, (8.2, 1.6 + 0.45 * len(counts)))
    axis, (layers, steps) = axes[0, 0], counts.shape
    box = (0.5, steps + 0.5, layers + 0.5, 0.5)
    shown = axis.imshow(counts, cmap="Blues", vmin=0, vmax=of, aspect="auto", extent=box)
    for (layer, step), count in np.ndenumerate(counts):
        ink = "white" if count > of / 2 else "black"
        text = str(count) if count else ""
        axis.text(step + 1, layer + 1, text, color=ink, ha="center", va="center")
    left, top = fault[1] + 0.5, fault[0] + 0.5
    corners = np.array([[0, 1, 1, 0, 0], [0, 0, 1, 1, 0]])
    axis.plot(left + corners[0], top + corners[1], color=RED, linewidth=3)
    axis.set(xticks=range(1, steps + 1), yticks=range(1, layers + 1), xlabel="step t")
    axis.set_ylabel("layer")
    canvas.colorbar(shown, label=f"neurons that differ, of {of}")
    canvas.supxlabel(caption, fontsize=8, x=0.01, ha="left")
    save(canvas, path)


def clocked(
    wires: Mapping[str, Sequence[int]],
    path: str | Path,
    caption: str,
    *,
    buses: Collection[str] = (),
) -> None:
    """Wires over clocks, as a logic analyser draws them.

    Parameters
    ----------
    wires : mapping
        Name to one value a clock, drawn from top to bottom; an empty sequence leaves a gap.
    buses : names
        Wires that carry numbers: drawn as boxes with the number in them.
    """
    clocks = max(len(values) for values in wires.values())
    canvas, axes = figure(1, 1, (1.8 + 0.38 * clocks, 1.4 + 0.36 * len(wires)))
    axis, levels = axes[0, 0], range(len(wires), 0, -1)
    for level, (name, values) in zip(levels, wires.items(), strict=True):
        if name in buses:
            _bus(axis, level, values)
        elif len(values):
            heights = [level - 0.3 + 0.6 * value for value in (*values, values[-1])]
            axis.step(range(clocks + 1), heights, where="post", color=BLUE, linewidth=1.4)
    axis.set_yticks(levels, list(wires))
    axis.set_xticks([clock + 0.5 for clock in range(clocks)], range(1, clocks + 1))
    axis.set_xticks(range(clocks + 1), minor=True)
    axis.grid(axis="x", which="minor", color=GREY, linewidth=0.4)
    axis.tick_params(axis="both", which="both", length=0)
    axis.set(xlim=(0, clocks), ylim=(0.4, len(wires) + 0.6), xlabel="clock (values after its edge)")
    canvas.supxlabel(caption, fontsize=8, x=0.01, ha="left")
    save(canvas, path)


def _bus(axis: Any, level: int, values: Sequence[int]) -> None:
    """A box for every run of equal numbers."""
    begin = 0
    for clock in range(1, len(values) + 1):
        if clock == len(values) or values[clock] != values[begin]:
            box = {"facecolor": "white", "edgecolor": BLUE, "linewidth": 1.2}
            axis.fill_between([begin, clock], level - 0.33, level + 0.33, **box)
            middle = (begin + clock) / 2
            axis.text(middle, level, str(values[begin]), ha="center", va="center", fontsize=9)
            begin = clock
