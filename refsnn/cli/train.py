"""``refsnn train``: a network in NumPy, from images to a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from refsnn.cli.console import JSON, answering, progress, say, show_json, table
from refsnn.cli.settings import parse_settings

EXAMPLE = "Example: refsnn train --data digits --act qcfs --levels 4 -o model.npz"


def train(
    data: str = typer.Option(
        "digits", help="Data set (train and test split), or one SPEC to train on."
    ),
    act: str = typer.Option("qcfs", help="Activation: qcfs, relu or clip."),
    levels: int = typer.Option(4, help="Levels L of a QCFS activation."),
    net: str = typer.Option("cnn", help="Network: cnn or mlp."),
    epochs: int = typer.Option(15),
    batch: int = typer.Option(64),
    rate: float = typer.Option(0.1, help="Learning rate at the start; it falls as a cosine."),
    optimiser: str = typer.Option("sgd", help="sgd or adam."),
    label_smoothing: float = typer.Option(0.0),
    kappa: float = typer.Option(0.0, help="Weight of a penalty on the set bits of QCFS levels."),
    seed: int = typer.Option(0, help="Of weights, shuffling and augmentation."),
    adaptive: bool = typer.Option(
        False, help="Two stages (PASCAL): uniform L, then an L for each layer by its metric."
    ),
    adaptive_set: list[str] = typer.Option(
        [],
        help="Its settings, key=value: share, rate, images, bins, bimodality (product, "
        "quotient or sarle), choices, cuts, top, ends.",
    ),
    out: Path = typer.Option(..., "-o", "--out", help="Model file (npz) to write."),
    as_json: bool = JSON,
) -> None:
    """Train an ANN and store it with its preprocessing.

    The choice of L in --adaptive is a policy of refsnn: the paper's is not known.
    """
    from refsnn.errors import InputError
    from refsnn.io import check_target, save_model
    from refsnn.jobs.adaptive_job import run_adaptive
    from refsnn.jobs.training import TrainJob, prepare
    from refsnn.jobs.two_stage import plan_of

    with answering(as_json):
        settings = {
            "epochs": epochs, "batch": batch, "rate": rate, "optimiser": optimiser,
            "label_smoothing": label_smoothing, "kappa": kappa, "seed": seed,
        }  # fmt: skip
        check_target(out)
        if adaptive_set and not adaptive:
            raise InputError("given without --adaptive", where="--adaptive-set")
        plan = plan_of(parse_settings(adaptive_set)) if adaptive else None
        job = prepare(TrainJob(data=data, act=act, levels=levels, net=net, settings=settings))
        with progress("training", epochs, quiet=as_json) as step:
            model = (
                job.run(lambda e: step(f"loss {e.loss:.4f}"))
                if plan is None
                else run_adaptive(job, plan, lambda e: step(f"loss {e.loss:.4f}"))
            )
        save_model(out, model)
        notes = dict(model.notes or {})
        if as_json:
            show_json({"model": str(out), **notes})
        else:
            if "adaptive" in notes:
                show_adaptive(notes["adaptive"])
            test = notes["test_accuracy"]
            print(f"train accuracy {notes['train_accuracy']:.4f}")
            print("test accuracy " + (f"{test:.4f}" if test is not None else "not measured"))
            say(f"wrote {out}")


def show_adaptive(notes: dict[str, Any]) -> None:
    """What the two stages did: levels by layer, then the network after each step."""
    rows = [
        [r["name"], _metric(r["metric"]), str(r["levels_before"]), str(r["levels_after"])]
        for r in notes["layers"]
    ]
    title = "levels (refsnn's own policy)"
    table(title, ["activation", "metric", "L before", "L after"], rows)
    table(
        "on the test images",
        ["network", "mean L", "T_eff", "accuracy", "spikes per image"],
        [[name, *_numbers(notes[key])] for key, name in STAGES.items()],
    )


def _metric(value: float | None) -> str:
    return "flat" if value is None else f"{value:.3f}"


STAGES = {"uniform": "after stage 1", "adapted": "with new L", "final": "after stage 2"}


def _numbers(stage: dict[str, Any]) -> list[str]:
    known = ("mean_level", ".2f"), ("effective_steps", ".3f"), ("test_accuracy", ".4f")
    cells = [(stage[key], form) for key, form in (*known, ("spikes", ".1f"))]
    return ["-" if value is None else format(value, form) for value, form in cells]
