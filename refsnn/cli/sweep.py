"""``refsnn sweep``: methods times settings over one model, on many processes, resumable."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import typer

from refsnn.cli.console import JSON, answering, end, percent, progress, say, show_json, table
from refsnn.cli.convert import wrong_text
from refsnn.errors import InputError

EXAMPLE = (
    "Example: refsnn sweep model.npz --method qcfs --method pascal --over qcfs.steps=2,4,8,16 "
    "--calib 'digits:train[:128]' --test digits:test -o sweep"
)


def sweep(
    model: Path = typer.Argument(..., help="Model file written by refsnn train."),
    method: list[str] = typer.Option([], help="Conversion method; may be given again."),
    over: list[str] = typer.Option(
        [], help="Values of a setting, key=a,b,c; METHOD.key=a,b,c for one method only."
    ),
    calib: str | None = typer.Option(None, help="SPEC of the images the methods are tuned on."),
    test: str = typer.Option(..., help="SPEC of the images every network is measured on."),
    out: Path = typer.Option(..., "-o", "--out", help="Folder; what it has is not computed again."),
    workers: int = typer.Option(
        os.cpu_count() or 1, min=0, help="Processes; 0: this one, without Dask."
    ),
    scheduler: str | None = typer.Option(
        None, help="Address of a Dask scheduler, tcp://host:port. Its workers read the same files."
    ),
    as_json: bool = JSON,
) -> None:
    """Convert and measure every point of a grid; the result does not depend on the workers.

    Exit code 1 when a point failed or a claim did not hold. Start it again to go on.
    """
    from refsnn.jobs.sweep import grid
    from refsnn.jobs.sweep_folder import Folder
    from refsnn.jobs.sweep_run import run_sweep

    with answering(as_json):
        axes = [axis(text) for text in over]
        points = grid(model.resolve(), method, axes, calib=calib, test=test)
        folder = Folder(out)
        with progress("points", len(points), quiet=as_json) as tell:
            options: dict[str, Any] = {"workers": workers, "scheduler": scheduler}
            failed = run_sweep(points, folder, tell=tell, **options)
        found = folder.close(points)
        missing = [{"point": one.point.title, "why": one.why} for one in failed]
        if as_json:
            show_json({**found, "failed": missing})
        else:
            show(found["rows"])
            for one in missing:
                say(f"failed: {one['point']}: {one['why']}")
            say(f"wrote {out}")
        end(not failed and all(_held(row) for row in found["rows"]))


def axis(text: str) -> tuple[str, list[Any]]:
    """``"steps=2,4"`` as ``("steps", [2, 4])``; a value is JSON, or else a string."""
    key, equals, values = text.partition("=")
    if not equals or not key or not values:
        raise InputError("no values", where="--over", expected="key=a,b,c", got=repr(text))
    try:
        found = json.loads(f"[{values}]")
    except json.JSONDecodeError:
        found = [_value(part) for part in values.split(",")]
    if len({json.dumps(value) for value in found}) < len(found):
        raise InputError("a value is given twice", where=f"--over {key}", got=values)
    return key, found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _held(row: dict[str, Any]) -> bool:
    outcome = row["outcome"]
    return outcome["refused"] is not None or outcome["claim"]["held"] is not False


def show(rows: list[dict[str, Any]]) -> None:
    """A row each; what was refused, and why, below."""
    lines, refused = [], []
    for row in rows:
        found, settings = row["outcome"], " ".join(f"{k}={v}" for k, v in row["settings"].items())
        if found["refused"] is not None:
            refused.append(f"refused: {row['method']} {settings}: {found['refused']}")
            continue
        steps = "-".join(map(str, found["steps"]))
        accuracies = [percent(found["ann_accuracy"]), percent(found["snn_accuracy"])]
        rest = [f"{found['spikes']:.1f}", f"{found['energy_nj']:.1f}"]
        claim = {True: "held", False: "FAILED", None: "-"}[found["claim"]["held"]]
        wrong = wrong_text(found["wrong_counts"])
        lines.append([row["method"], settings, steps, *accuracies, wrong, *rest, claim])
    columns = ["method", "settings", "T", "ANN", "SNN", "wrong counts", "spikes", "nJ", "claim"]
    table("per image", columns, lines)
    for line in refused:
        say(line)
