"""``refsnn vectors``: write a bundle of test vectors, replay it, simulate it."""

from __future__ import annotations

from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, end, say, show_json

app = typer.Typer(no_args_is_help=True, help="Test vectors for hardware: write, replay, simulate.")

WRITE_EXAMPLE = "Example: refsnn vectors write out/ --kind pascal"
REPLAY_EXAMPLE = "Example: refsnn vectors replay out/"


@app.command(epilog=WRITE_EXAMPLE)
def write(
    out: Path = typer.Argument(..., help="Folder to make; must not exist or be empty."),
    kind: str = typer.Option(
        ..., help="if, pascal (one neuron), or layer (a linear layer of --snn)."
    ),
    samples: int = typer.Option(64, help="Stimulus samples."),
    seed: int = typer.Option(1, help="Of the stimulus generator."),
    snn: Path | None = typer.Option(None, help="layer: spiking network written by refsnn convert."),
    layer: str | None = typer.Option(None, help="layer: name of its neurons, e.g. act4."),
    data: str = typer.Option("digits:test", help="layer: SPEC of the images that drive it."),
    bits: int = typer.Option(8, help="layer: width of the weights."),
    as_json: bool = JSON,
) -> None:
    """Write a bundle: manifest, hex files, SHA256SUMS, Verilog, test bench."""
    from refsnn.jobs.vector_sets import write_bundle

    with answering(as_json):
        manifest = write_bundle(out, kind, samples, seed, snn, layer, data, bits)
        if as_json:
            show_json(
                {"bundle": str(out), "name": manifest.name, "bundle_id": manifest.data["bundle_id"]}
            )
        else:
            print(f"{manifest.name}: {manifest.data['bundle_id']}")
            say(f"wrote {out}")


@app.command(epilog=REPLAY_EXAMPLE)
def replay(
    bundle: Path = typer.Argument(..., help="Folder of a bundle."),
    simulate: bool = typer.Option(False, help="Run the RTL in Icarus Verilog too."),
    as_json: bool = JSON,
) -> None:
    """Recompute every expected word, without a simulator. Exit code 1 on a mismatch."""
    from refsnn.jobs.vector_sets import check_bundle

    with answering(as_json):
        body = check_bundle(bundle, simulate=simulate)
        if as_json:
            show_json(body)
        else:
            for line in body["lines"]:
                print(line)
        end(body["ok"])
