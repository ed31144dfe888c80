"""``refsnn run``: a network on images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from refsnn.cli.console import JSON, answering, percent, say, show_json, working
from refsnn.cli.foreign import LAYOUT, MEAN, NAMES, SCALE, SHAPE, STD, show_ann

if TYPE_CHECKING:
    from refsnn.jobs.running import Totals
    from refsnn.typing import IntArray

CONVERT = "convert the network first: refsnn convert NET.onnx --method NAME"


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
    from refsnn.jobs.options import refuse
    from refsnn.jobs.running import Totals, load_run_data, run_totals, run_traced
    from refsnn.jobs.trained import Unsaid

    with answering(as_json):
        for path in (trace, out):
            if path is not None:
                check_target(path)
        unsaid = Unsaid(scale, mean, std, shape, names, layout)
        if snn.suffix == ".onnx":
            refuse({
                "--trace": trace, "--semantics": semantics, "--steps": steps, "--dt": dt,
                "--engine": None if engine == "numpy" else engine,
                "--allow-reorder": allow_reorder or None,
            }, "for spiking networks only", CONVERT)  # fmt: skip
            run_ann(snn, data, unsaid, dtype, out, as_json)
            return
        unsaid.refuse()
        network = load_network(snn, semantics, steps, dt)
        x, y = load_run_data(data, network, dtype)
        with working("running", quiet=as_json) as tell:
            if trace is None:
                totals, header = run_totals(
                    network, x, engine, allow_reorder=allow_reorder, tell=tell
                )
            else:
                outcome, header = run_traced(network, x, engine, allow_reorder=allow_reorder)
                totals = Totals.of(outcome)
        header |= {"snn": str(snn), "data": data}
        if trace is not None:
            save_run(trace, outcome, header)
        if out is not None:
            save_logits(out, totals.logits, header)
        body = summary(totals, header, y) | {"trace": trace, "out": out}
        if as_json:
            show_json(body)
        else:
            show_run(body)


def summary(totals: Totals, header: dict[str, Any], labels: IntArray | None) -> dict[str, Any]:
    """What is told of a run."""
    from refsnn.ann import correct

    samples = len(totals.logits)
    told = ("engine", "level", "moved_spikes")
    return {
        "samples": samples,
        "accuracy": None if labels is None else correct(totals.logits, labels),
        "spikes_per_image": {name: n / samples for name, n in totals.sent.items()},
        **{key: header[key] for key in told if key in header},
    }


def show_run(body: dict[str, Any]) -> None:
    """A few lines, and what was written."""
    spikes, moved = body["spikes_per_image"], body.get("moved_spikes")
    print(f"{body['samples']} images, engine {body['engine']}, level {body['level']['level']}")
    print(f"accuracy {percent(body['accuracy'])}")
    listed = ", ".join(f"{name} {number:.1f}" for name, number in spikes.items())
    print(f"spikes per image {sum(spikes.values()):.1f}: {listed}")
    if moved is not None:
        print(f"spikes moved by the order of sums: {sum(moved.values())}")
    for path in filter(None, (body["trace"], body["out"])):
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
