"""``refsnn ladder``: accuracy against T, from the ANN to the spiking network of each method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from refsnn.cli.console import JSON, answering, end, progress, say, show_json, table, working
from refsnn.cli.settings import parse_numbers, parse_settings
from refsnn.errors import InputError

EXAMPLE = (
    "Example: refsnn ladder --data digits --picture ladder.png -o ladder.md, or refsnn ladder "
    "--model net.npz --calib 'digits:train[:256]' --test digits:test --levels 15 --steps 4,8"
)


def ladder(
    data: str = typer.Option("digits", help="Data set with a training and a test split."),
    net: str = typer.Option("cnn", help="Network: cnn or mlp."),
    steps: str = typer.Option("1,2,4,8,16,32", help="T, for the methods that can choose."),
    method: list[str] = typer.Option([], help="Only this method; may be given again."),
    epochs: int = typer.Option(15, help="Of each ANN that is trained."),
    rate: float = typer.Option(0.1, help="Learning rate at the start."),
    seed: int = typer.Option(0, help="Of weights and shuffling."),
    sets: list[str] = typer.Option([], "--set", help="Setting of the methods, key=value."),
    model: Path | None = typer.Option(
        None, help="A stored network with ReLU: nothing is trained, levels are calibrated."
    ),
    calib: str | None = typer.Option(None, help="With --model: SPEC of the images to tune on."),
    test: str | None = typer.Option(None, help="With --model: SPEC of the test images."),
    levels: int | None = typer.Option(None, help="With --model: L of the QCFS networks."),
    picture: Path | None = typer.Option(None, help="PNG to draw: accuracy against T."),
    out: Path | None = typer.Option(None, "-o", "--out", help="Write the table: .md or .json."),
    as_json: bool = JSON,
) -> None:
    """Convert by every method at every T and measure on the test images.

    Each source ANN is trained once, or made from a stored one.

    Exit code 1 when a claim did not hold.
    """
    from refsnn.jobs.ladder_page import COLUMNS, cells, check_targets, picture_of, refusals, write

    with answering(as_json):
        check_targets(out, picture)
        wanted = {
            "steps": tuple(parse_numbers(steps, "--steps")),
            "methods": tuple(method),
            "settings": parse_settings(sets),
        }
        if model is None:
            training = {"epochs": epochs, "rate": rate, "seed": seed}
            report = _trained({"data": data, "net": net, "training": training, **wanted}, as_json)
        else:
            images = {"data": _needed(test, "--test"), "calib": _needed(calib, "--calib")}
            report = _stored({"net": str(model), "levels": levels, **images, **wanted}, as_json)
        if picture is not None:
            picture_of(report, picture)
        if out is not None:
            write(report, out)
        if as_json:
            show_json(report)
        else:
            table(
                f"{report['job']['data']}: per image",
                list(COLUMNS),
                [cells(rung) for rung in report["rungs"]],
            )
            for line in refusals(report):
                say(line)
        end(all(rung["claim_held"] is not False for rung in report["rungs"]))


def _trained(wanted: dict[str, Any], quiet: bool) -> dict[str, Any]:
    from refsnn.jobs.ladder import run_ladder
    from refsnn.jobs.ladder_shop import LadderJob

    job = LadderJob(**wanted)
    return run_ladder(job) if quiet else run_ladder(job, tell=say, bar=progress)


def _stored(wanted: dict[str, Any], quiet: bool) -> dict[str, Any]:
    from refsnn.jobs.ladder import run_stored
    from refsnn.jobs.ladder_stored import StoredLadder

    with working("climbing", quiet=quiet) as tell:
        return run_stored(StoredLadder(**wanted), tell=tell)


def _needed(spec: str | None, option: str) -> str:
    if spec is None:
        raise InputError("no images", where=option, expected="a SPEC", fix="e.g. digits:test")
    return spec
