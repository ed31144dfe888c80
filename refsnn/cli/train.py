"""``refsnn train``: a network in NumPy, from images to a model file."""

from __future__ import annotations

from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, progress, say, show_json

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
    rate: float = typer.Option(0.05, help="Learning rate at the start; it falls as a cosine."),
    optimiser: str = typer.Option("sgd", help="sgd or adam."),
    label_smoothing: float = typer.Option(0.0),
    seed: int = typer.Option(0, help="Of weights, shuffling and augmentation."),
    out: Path = typer.Option(..., "-o", "--out", help="Model file (npz) to write."),
    as_json: bool = JSON,
) -> None:
    """Train an ANN and store it with its preprocessing."""
    from refsnn.io import check_target, save_model
    from refsnn.jobs.training import TrainJob, prepare

    with answering(as_json):
        settings = {
            "epochs": epochs, "batch": batch, "rate": rate, "optimiser": optimiser,
            "label_smoothing": label_smoothing, "seed": seed,
        }  # fmt: skip
        check_target(out)
        job = prepare(TrainJob(data=data, act=act, levels=levels, net=net, settings=settings))
        with progress("training", epochs, quiet=as_json) as step:
            model = job.run(lambda e: step(f"loss {e.loss:.4f}"))
        save_model(out, model)
        notes = dict(model.notes or {})
        if as_json:
            show_json({"model": str(out), **notes})
        else:
            test = notes["test_accuracy"]
            print(f"train accuracy {notes['train_accuracy']:.4f}")
            print("test accuracy " + (f"{test:.4f}" if test is not None else "not measured"))
            say(f"wrote {out}")
