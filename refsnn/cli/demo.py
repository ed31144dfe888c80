"""``refsnn demo``: the main job from images to vectors, in one command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from refsnn.cli.console import JSON, answering, end, percent, progress, say, show_json, table
from refsnn.cli.convert import wrong_text


def demo(
    out: Path = typer.Option(
        Path("refsnn-demo"), help="Folder for models, report, pictures, vectors."
    ),
    method: list[str] = typer.Option(
        [], help="Only this method beside pascal and qcfs; may be repeated. Default: all."
    ),
    epochs: int = typer.Option(15, help="Of each ANN that is trained."),
    as_json: bool = JSON,
) -> None:
    """Train, convert with every method, verify each claim, lower to integers, write vectors.

    A folder that an earlier demo wrote is replaced; any other folder that is not empty is refused.
    """
    from refsnn.jobs.main_job import run_demo

    with answering(as_json):
        if as_json:
            report = run_demo(out, methods=method, epochs=epochs)
        else:
            report = run_demo(out, methods=method, epochs=epochs, tell=say, bar=progress)
        if as_json:
            show_json(report)
        else:
            show_table(report)
            say(f"wrote {out}/ (report.json, models, pictures, vectors)")
        end(report["ok"])


def show_table(report: dict[str, Any]) -> None:
    """One row per method."""
    columns = [
        "method", "claim", "held", "level", "T", "ANN", "SNN", "wrong counts", "spikes", "nJ",
        "int8 SNN", "integers = floats",
    ]  # fmt: skip
    rows = [_row(method) for method in report["methods"]]
    table("UCI digits, 360 test images; spikes and energy per image", columns, rows)
    for bundle in report["vectors"]:
        print(f"vectors {bundle['name']}: " + "; ".join(bundle["lines"]))


def _row(method: dict[str, Any]) -> list[str]:
    fixed = method["fixed_point"]
    return [
        method["method"],
        method["claim"]["kind"],
        _yes(method["claim_held"]),
        method["level"],
        method["steps_text"],
        percent(method["ann_accuracy"]),
        percent(method["snn_accuracy"]),
        wrong_text(method["wrong_counts"]),
        f"{method['spikes_per_image']:.0f}",
        f"{method['energy_nj']:.0f}",
        percent(fixed["accuracy"]["integer"]) if fixed else "-",
        _yes(fixed["held"]) if fixed else "-",
    ]


def _yes(fine: bool) -> str:
    return "yes" if fine else "NO"
