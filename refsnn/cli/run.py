"""``refsnn run``: a network on images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from refsnn.cli.console import JSON, answering, percent, say, show_json
from refsnn.cli.foreign import LAYOUT, MEAN, NAMES, SCALE, SHAPE, STD, show_ann


def run(
    snn: Path = typer.Argument(
        ...,
        help="Spiking network written by refsnn convert, a NIR network NET.nir, or NET.onnx, "
        "which runs as the ANN it is.",
    ),
    data: str = typer.Option(..., help="SPEC of the images, e.g. digits:test[:16]."),
    engine: str = typer.Option(
        "numpy",
        help="numpy (layer by layer), numba (the same, compiled), stepped, fixed (integers).",
    ),
    allow_reorder: bool = typer.Option(
        False, "--allow-reorder", help="numba: sums in any order; reports how many spikes moved."
    ),
    trace: Path | None = typer.Option(None, help="npz to write: every step of every layer."),
    dtype: str = typer.Option("float64", help="float64 or float32."),
    semantics: str | None = typer.Option(
        None, help="NET.nir: what its neurons do in a time step; see docs/nir.md."
    ),
    steps: int | None = typer.Option(None, help="NET.nir: number of time steps T."),
    dt: float | None = typer.Option(None, help="NET.nir: time step in seconds."),
    out: Path | None = typer.Option(
        None, "-o", "--out", help="npz to write: logits, and predictions (the largest)."
    ),
    scale: str | None = SCALE,
    mean: str | None = MEAN,
    std: str | None = STD,
    shape: str | None = SHAPE,
    names: str | None = NAMES,
    layout: str | None = LAYOUT,
    as_json: bool = JSON,
) -> None:
    """Run and print accuracy and spikes; --trace keeps every membrane for refsnn compare."""
    from refsnn.io import check_target, save_run
    from refsnn.jobs.evaluating import save_logits
    from refsnn.jobs.importing import load_network
    from refsnn.jobs.running import load_run_data, run_network
    from refsnn.jobs.trained import Unsaid

    with answering(as_json):
        for path in (trace, out):
            if path is not None:
                check_target(path)
        unsaid = Unsaid(scale, mean, std, shape, names, layout)
        if snn.suffix == ".onnx":
            given = {"--trace": trace, "--semantics": semantics, "--steps": steps, "--dt": dt}
            only_spiking(given | ({} if engine == "numpy" else {"--engine": engine}))
            run_ann(snn, data, unsaid, dtype, out, as_json)
            return
        unsaid.refuse("for ONNX networks only")
        network = load_network(snn, semantics, steps, dt)
        x, y = load_run_data(data, network, dtype)
        outcome, header = run_network(
            network, x, engine, trace=trace is not None, allow_reorder=allow_reorder
        )
        header |= {"snn": str(snn), "data": data}
        if trace is not None:
            save_run(trace, outcome, header)
        if out is not None:
            save_logits(out, outcome.logits, header)
        accuracy = None
        if y is not None:
            from refsnn.ann import correct

            accuracy = correct(outcome.logits, y)
        spikes = {name: float(n.sum()) / len(x) for name, n in outcome.sent.items()}
        body = {
            "samples": len(x), "accuracy": accuracy, "engine": engine, "spikes_per_image": spikes,
            "level": header["level"], "trace": trace, "out": out,
        }  # fmt: skip
        moved = header.get("moved_spikes")
        if moved is not None:
            body["moved_spikes"] = moved
        if as_json:
            show_json(body)
            return
        print(f"{len(x)} images, engine {engine}, level {header['level']['level']}")
        print(f"accuracy {percent(accuracy)}")
        print(
            f"spikes per image {sum(spikes.values()):.1f}: "
            + ", ".join(f"{k} {v:.1f}" for k, v in spikes.items())
        )
        if moved is not None:
            print(f"spikes moved by the order of sums: {sum(moved.values())}")
        for path in filter(None, (trace, out)):
            say(f"wrote {path}")


def run_ann(
    path: Path, data: str, unsaid: Any, dtype: str, out: Path | None, as_json: bool
) -> None:
    """An ONNX network on images."""
    from refsnn.jobs.evaluating import accuracy_of, run_onnx, save_logits

    outcome = run_onnx(path, data, unsaid, dtype)
    if out is not None:
        header = {"network": str(path), "data": data, "layout": outcome.layout}
        save_logits(out, outcome.logits, header)
    show_ann(path, outcome, accuracy_of(outcome), out, as_json)


def only_spiking(given: dict[str, Any]) -> None:
    """Options that say nothing to an ANN."""
    from refsnn.errors import InputError

    for option, value in given.items():
        if value is not None:
            fix = "convert the network first: refsnn convert NET.onnx --method NAME"
            raise InputError("for spiking networks only", where=option, got=value, fix=fix)
