"""``refsnn run``: a spiking network on images."""

from __future__ import annotations

from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, say, show_json
from refsnn.cli.convert import percent


def run(
    snn: Path = typer.Argument(
        ..., help="Spiking network written by refsnn convert, or a NIR network NET.nir."
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
    as_json: bool = JSON,
) -> None:
    """Run and print accuracy and spikes; --trace keeps every membrane for refsnn compare."""
    from refsnn.io import check_target, save_run
    from refsnn.jobs.importing import load_network
    from refsnn.jobs.running import load_run_data, run_network

    with answering(as_json):
        if trace is not None:
            check_target(trace)
        network = load_network(snn, semantics, steps, dt)
        x, y = load_run_data(data, network, dtype)
        outcome, header = run_network(
            network, x, engine, trace=trace is not None, allow_reorder=allow_reorder
        )
        header |= {"snn": str(snn), "data": data}
        if trace is not None:
            save_run(trace, outcome, header)
        accuracy = None
        if y is not None:
            from refsnn.ann import correct

            accuracy = correct(outcome.logits, y)
        spikes = {name: float(n.sum()) / len(x) for name, n in outcome.sent.items()}
        body = {
            "samples": len(x), "accuracy": accuracy, "engine": engine, "spikes_per_image": spikes,
            "level": header["level"], "trace": trace,
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
        if trace is not None:
            say(f"wrote {trace}")
