"""``refsnn vectors``: write a bundle of test vectors, replay it, simulate it."""

from __future__ import annotations

from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, end, say, show_json

app = typer.Typer(no_args_is_help=True, help="Test vectors for hardware: write, replay, simulate.")

WRITE_EXAMPLE = "Example: refsnn vectors write out/ --kind pascal"
CHECK_EXAMPLE = "Example: refsnn vectors check out/"
PUBLISH_EXAMPLE = "Example: refsnn vectors publish vectors/v1"
REPLAY_EXAMPLE = "Example: refsnn vectors replay out/"


@app.command(epilog=WRITE_EXAMPLE)
def write(
    out: Path = typer.Argument(..., help="Folder to make; must not exist or be empty."),
    kind: str = typer.Option(
        ...,
        help="A neuron (if, pascal, bit_serial, burst, dual, ..), layer (a linear layer of --snn), "
        "network (all of --snn), or a scalar operation (round, overflow, cast, requantise, "
        "add_sat, mul).",
    ),
    samples: int = typer.Option(64, help="Stimulus samples."),
    seed: int = typer.Option(1, help="Of the stimulus generator."),
    snn: Path | None = typer.Option(None, help="layer, network: written by refsnn convert."),
    layer: str | None = typer.Option(None, help="layer: name of its neurons, e.g. act4."),
    data: str = typer.Option(
        "digits:test", help="layer, network: SPEC of the images that drive it."
    ),
    bits: int = typer.Option(8, help="layer, network: width of the weights."),
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


@app.command(epilog=CHECK_EXAMPLE)
def check(
    bundle: Path = typer.Argument(..., help="Folder of a bundle."),
    as_json: bool = JSON,
) -> None:
    """Judge hashes, names, schema and every line of every hex file. Exit code 1 if any is bad."""
    from fixedpoint.vectors.check import check as check_files

    with answering(as_json):
        report = check_files(bundle)
        if as_json:
            show_json(report.to_dict())
        else:
            for finding in report.findings:
                print(finding)
            read = f"{report.files} files, {report.tensors} tensors, {report.words} words"
            print(f"{'good' if report.ok else 'refused'}: {read}")
        end(report.ok)


@app.command(epilog=REPLAY_EXAMPLE)
def replay(
    bundle: Path = typer.Argument(..., help="Folder of a bundle."),
    simulate: bool = typer.Option(False, help="Run the RTL in Icarus Verilog too."),
    dut: str | None = typer.Option(None, help="Judge a device under test: MODULE:FACTORY."),
    as_json: bool = JSON,
) -> None:
    """Recompute every expected word, without a simulator. Exit code 1 on a mismatch."""
    from refsnn.jobs.vector_sets import check_bundle, judge_device

    with answering(as_json):
        body = judge_device(bundle, dut) if dut else check_bundle(bundle, simulate=simulate)
        if as_json:
            show_json(body)
        else:
            for line in body["lines"]:
                print(line)
        end(body["ok"])


@app.command(epilog=PUBLISH_EXAMPLE)
def publish(
    out: Path = typer.Argument(..., help="Folder to make; must not exist or be empty."),
    as_json: bool = JSON,
) -> None:
    """Write the published set: a small bundle of every operation, neuron, layer and network."""
    from refsnn.jobs.published_vectors import publish as write_all

    with answering(as_json):
        index = write_all(out)
        if as_json:
            show_json(index)
        else:
            for entry in index["bundles"]:
                print(f"{entry['bundle_id'][:16]}  {entry['words']:>7} words  {entry['path']}")
            say(f"wrote {out}")
