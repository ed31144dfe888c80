"""``refsnn quantise``: a network trained with ReLU gets levels, without training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from refsnn.cli.console import JSON, answering, percent, say, show_json, table, working
from refsnn.cli.settings import parse_numbers

EXAMPLE = (
    "Example: refsnn quantise model.npz --levels 15 --calib 'digits:train[:256]' "
    "--test digits:test -o levels.npz"
)


def quantise(
    model: Path = typer.Argument(..., help="Model file; its activations are ReLUs."),
    levels: str = typer.Option(..., help="L: 16, or several to compare: 4,8,16."),
    calib: str = typer.Option(..., help="SPEC of the images thresholds are fitted to."),
    test: str | None = typer.Option(None, help="SPEC of the images to measure on; or --calib's."),
    channels: bool = typer.Option(True, help="A threshold for each channel, or one a layer."),
    bias: bool = typer.Option(True, help="Put the mean of each channel back by its bias."),
    out: Path | None = typer.Option(None, "-o", "--out", help="Model file (npz) to write."),
    as_json: bool = JSON,
) -> None:
    """Replace each ReLU by a calibrated QCFS, which the exact methods convert."""
    from refsnn.jobs.quantising import quantise_model

    with answering(as_json), working("quantising", quiet=as_json) as tell:
        numbers: Any = parse_numbers(levels, "--levels")
        body = quantise_model(
            model, numbers, calib, test, out,
            channels=channels, bias=bias, tell=tell,
        )  # fmt: skip
    if as_json:
        show_json(body)
        return
    rows = [["ReLU", percent(body["relu"])]]
    rows += [[str(row["levels"]), percent(row["accuracy"])] for row in body["rows"]]
    table(f"{body['samples']} images", ["levels", "accuracy"], rows)
    say(f"wrote {out}" if out else "nothing written (no -o)")
