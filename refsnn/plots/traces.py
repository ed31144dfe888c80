"""Membrane, threshold and spikes of one neuron, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.engines import Trace
from refsnn.plots.canvas import BLUE, GREY, LEAST, ORANGE, RED, figure, save
from refsnn.typing import Array


def membranes(
    traces: Mapping[str, Trace],
    theta: Mapping[str, float],
    place: tuple[int, ...],
    path: str | Path,
    title: str,
) -> None:
    """Membrane of one neuron, step by step, one panel per method.

    Parameters
    ----------
    traces : mapping
        Method to the trace of the layer.
    theta : mapping
        Method to the neuron's threshold.
    place : tuple
        Sample and coordinates of the neuron.
    """
    canvas, axes = figure(len(traces), 1, (8.2, 2.9 * len(traces)))
    for axis, (method, trace) in zip(axes[:, 0], traces.items(), strict=True):
        membrane(axis, trace, theta[method], place)
        axis.set_title(method, loc="left")
        axis.label_outer(remove_inner_ticks=False)
        axis.tick_params(labelsize=LEAST, labelbottom=True)
    handles = axes[0, 0].get_legend_handles_labels()
    canvas.legend(*handles, fontsize=LEAST, loc="outside lower center", ncols=len(handles[0]))
    canvas.suptitle(title)
    save(canvas, path)


def membrane(axis: Any, trace: Trace, theta: float, place: tuple[int, ...]) -> None:
    """Membrane before and after the reset, threshold, spikes below, phases above."""
    index: Any = (slice(None), *place)
    u, v, fired = trace.u[index], trace.v[index], trace.fired[index]
    steps = np.arange(1, len(v) + 1)
    alive = trace.phase != "emit"
    axis.axhline(theta, color=GREY, linestyle="--", linewidth=0.8)
    axis.annotate("theta", (1, theta), fontsize=LEAST, color="#666666", va="bottom")
    axis.axhline(0, color=GREY, linewidth=0.5)
    axis.plot(steps[alive], u[alive], "o", ms=5, mfc="none", color=ORANGE, label="before the reset")
    after = {"where": "mid", "color": BLUE, "linewidth": 1.4, "label": "after the reset"}
    axis.step(steps[alive], v[alive], **after)
    base = min(float(np.min(v)), 0.0) - 0.25 * theta
    for name, sent, colour in (("spike", fired > 0, BLUE), ("inhibitory spike", fired < 0, RED)):
        ticks = {"markersize": 10, "markeredgewidth": 2.2, "color": colour, "label": name}
        axis.plot(steps[sent], np.full(sent.sum(), base), "|", **ticks)
    _phases(axis, trace.phase)
    axis.set(xlim=(0.5, len(steps) + 0.5), xlabel="step", ylabel="membrane (charge)")
    axis.set_xticks(steps)


def _phases(axis: Any, phase: Array) -> None:
    """Where each begins, with its name at the top."""
    low, high = axis.get_ylim()
    top = high + 0.22 * (high - low)
    axis.set_ylim(low, top)
    for s in range(len(phase)):
        if s == 0 or phase[s] != phase[s - 1]:
            axis.axvline(s + 0.5, color=GREY, linewidth=0.8, linestyle=":")
            axis.annotate(str(phase[s]), (s + 0.55, top), fontsize=LEAST, va="top")


def stairs(
    axis: Any,
    u: Sequence[float],
    fired: Sequence[int],
    v: Sequence[float],
    theta: float,
    start: float,
) -> None:
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
    axis.set(xlabel="step", ylabel="membrane (charge)")
    axis.tick_params(bottom=False)
