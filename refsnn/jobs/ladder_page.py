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
        f"{job['data']}, network {Path(job['net']).name}, {report['samples']} test images; "
        f"spikes and energy per image. {report['constants']}.",
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
    canvas, axes = plots.figure(1, 1, (8.6, 4.4))
    levels = {_label(r): r["accuracy"] for r in report["rungs"] if r["steps"] is None}
    plots.accuracy_over_steps(axes[0, 0], lines(report), levels)
    axes[0, 0].set(xlabel="steps T (mean over layers)", ylabel="test accuracy (%)")
    axes[0, 0].set_title(f"{report['job']['data']}: accuracy against T")
    canvas.legend(fontsize=plots.LEAST, loc="outside right upper")
    plots.save(canvas, path)


def _label(rung: dict[str, Any]) -> str:
    return f"{rung['name']} ({rung['source']})"


def lines(report: dict[str, Any]) -> dict[str, list[tuple[float, float]]]:
    """Method to (T, accuracy as a fraction), in the order of T."""
    found: dict[str, list[tuple[float, float]]] = {}
    for rung in report["rungs"]:
        if rung["steps"] is not None:
            found.setdefault(_label(rung), []).append((rung["steps"], rung["accuracy"]))
    return {method: sorted(points) for method, points in found.items()}


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
