"""The ladder as a Markdown table and as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from refsnn import plots
from refsnn.errors import InputError

COLUMNS = (
    "network", "from", "T", "accuracy", "wrong counts", "spikes", "energy (nJ)", "claim held",
)  # fmt: skip


def cells(rung: dict[str, Any]) -> list[str]:
    """One row of the table."""
    return [
        rung["name"],
        rung["source"],
        rung["steps_text"],
        f"{100 * rung['accuracy']:.2f} %",
        _or_dash(rung["wrong_counts"], "d"),
        _or_dash(rung["spikes"], ".0f"),
        f"{rung['energy_nj']:.0f}",
        {None: "-", True: "yes", False: "NO"}[rung["claim_held"]],
    ]


def markdown(report: dict[str, Any]) -> str:
    """The table, what it is of, and what was refused."""
    job = report["job"]
    lines = [
        "| " + " | ".join(COLUMNS) + " |",
        "|---|---" + "|---:" * (len(COLUMNS) - 2) + "|",
        *("| " + " | ".join(cells(rung)) + " |" for rung in report["rungs"]),
        "",
        f"{job['data']}, network {job['net']}, {report['samples']} test images; spikes and energy "
        f"per image. {report['constants']}.",
        "Wrong counts: spike counts n that do not stand for the ANN's level k, n L = k T under a",
        "rate code; where T is no multiple of L, some levels have no such count.",
    ]
    return "\n".join([*lines, *refusals(report)]) + "\n"


def refusals(report: dict[str, Any]) -> list[str]:
    """One line per method and the T it refused, with the reason of the first."""
    by_method: dict[str, list[dict[str, Any]]] = {}
    for entry in report["refused"]:
        by_method.setdefault(entry["method"], []).append(entry)
    return [
        f"{method} refused T = {', '.join(str(e['settings'].get('steps', '-')) for e in entries)} "
        f"({entries[0]['why']})."
        for method, entries in by_method.items()
    ]


def picture_of(report: dict[str, Any], path: str | Path) -> None:
    """Accuracy against T: a line per method, a mark where T is fixed, the ANNs as levels."""
    canvas, axes = plots.figure(1, 1, (7.5, 4.4))
    axis, colours = axes[0, 0], (plots.BLUE, plots.ORANGE, plots.RED, "#009E73", "#CC79A7", "#000")
    anns = [rung for rung in report["rungs"] if rung["steps"] is None]
    for i, rung in enumerate(anns):
        style = ("-", "--", ":", "-.")[i % 4]
        label = f"{rung['name']} ({rung['source']})"
        axis.axhline(100 * rung["accuracy"], color=plots.GREY, linestyle=style, lw=1.1, label=label)
    for i, (method, points) in enumerate(lines(report).items()):
        steps, accuracy = zip(*points, strict=True)
        form = {"marker": "osD^v<>*"[i % 8], "color": colours[i % len(colours)], "ms": 5}
        line = "-" if len(points) > 1 else "none"
        axis.plot(steps, accuracy, linestyle=line, label=method, lw=1.3, **form)
    _finish(axis, report)
    canvas.legend(fontsize=7, loc="outside right upper")
    plots.save(canvas, path)


def lines(report: dict[str, Any]) -> dict[str, list[tuple[float, float]]]:
    """Method to (T, accuracy in per cent), in the order of T."""
    found: dict[str, list[tuple[float, float]]] = {}
    for rung in report["rungs"]:
        if rung["steps"] is not None:
            point = (rung["steps"], 100 * rung["accuracy"])
            found.setdefault(f"{rung['name']} ({rung['source']})", []).append(point)
    return {method: sorted(points) for method, points in found.items()}


def _finish(axis: Any, report: dict[str, Any]) -> None:
    ticks = sorted({t for points in lines(report).values() for t, _ in points})
    axis.set_xscale("log", base=2)
    axis.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axis.minorticks_off()
    axis.set_xlabel("steps T (mean over layers)", fontsize=8)
    axis.set_ylabel("test accuracy (%)", fontsize=8)
    axis.set_title(f"{report['job']['data']}: accuracy against T", fontsize=10)
    axis.tick_params(labelsize=7)


def check_targets(out: Path | None, picture: Path | None) -> None:
    """An error, before any work, for a file that could not be written."""
    kinds = [(out, "-o", (".md", ".json")), (picture, "--picture", (".png",))]
    for path, where, suffixes in kinds:
        if path is None:
            continue
        if path.suffix not in suffixes:
            raise InputError(
                "unknown kind of file", where=where, expected=" or ".join(suffixes), got=path.name
            )
        if not path.parent.is_dir():
            raise InputError("folder does not exist", where=where, got=path.parent)


def write(report: dict[str, Any], out: Path) -> None:
    """The report as JSON, or as Markdown, by the name of the file."""
    text = json.dumps(report, indent=2) if out.suffix == ".json" else markdown(report)
    out.write_text(text, encoding="utf-8")


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
