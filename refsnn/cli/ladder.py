"""``refsnn ladder``: accuracy against T, from the ANN to the spiking network of each method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from refsnn.cli.console import JSON, answering, end, progress, say, show_json, table
from refsnn.cli.settings import parse_numbers

EXAMPLE = "Example: refsnn ladder --data digits --picture ladder.png -o ladder.md"


def ladder(
    data: str = typer.Option("digits", help="Data set with a training and a test split."),
    net: str = typer.Option("cnn", help="Network: cnn or mlp."),
    steps: str = typer.Option("1,2,4,8,16,32", help="T, for the methods that can choose."),
    method: list[str] = typer.Option([], help="Only this method; may be given again."),
    epochs: int = typer.Option(15, help="Of each ANN that is trained."),
    rate: float = typer.Option(0.1, help="Learning rate at the start."),
    seed: int = typer.Option(0, help="Of weights and shuffling."),
    picture: Path | None = typer.Option(None, help="PNG to draw: accuracy against T."),
    out: Path | None = typer.Option(None, "-o", "--out", help="Write the table: .md or .json."),
    as_json: bool = JSON,
) -> None:
    """Train each source ANN once, convert by every method at every T, measure on the test images.

    Exit code 1 when a claim did not hold.
    """
    from refsnn.jobs.ladder import run_ladder
    from refsnn.jobs.ladder_page import COLUMNS, cells, check_targets, picture_of, refusals, write
    from refsnn.jobs.ladder_shop import LadderJob

    with answering(as_json):
        check_targets(out, picture)
        training = {"epochs": epochs, "rate": rate, "seed": seed}
        numbers: Any = tuple(parse_numbers(steps, "--steps"))
        job = LadderJob(data=data, net=net, steps=numbers, methods=tuple(method), training=training)
        report = run_ladder(job) if as_json else run_ladder(job, tell=say, bar=progress)
        if picture is not None:
            picture_of(report, picture)
        if out is not None:
            write(report, out)
        if as_json:
            show_json(report)
        else:
            table(f"{data}: per image", list(COLUMNS), [cells(rung) for rung in report["rungs"]])
            for line in refusals(report):
                say(line)
        end(all(rung["claim_held"] is not False for rung in report["rungs"]))
