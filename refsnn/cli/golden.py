"""``refsnn golden``: recordings that other implementations are held against."""

from __future__ import annotations

from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, say, show_json

app = typer.Typer(
    no_args_is_help=True, help="Golden traces: every spike and membrane of small networks."
)

WRITE_EXAMPLE = "Example: refsnn golden write golden/v1"
MAKE_EXAMPLE = "Example: refsnn golden make snn.npz --data 'digits:test[:4]' -o mine.npz"


@app.command(epilog=WRITE_EXAMPLE)
def write(
    out: Path = typer.Argument(..., help="Folder to make; must not exist or be empty."),
    as_json: bool = JSON,
) -> None:
    """Write the published set: every method and neuron, the same bytes on every machine."""
    from hashlib import sha256

    from refsnn.jobs.golden import write_golden

    with answering(as_json):
        files = write_golden(out)
        hashes = {name: sha256(body).hexdigest() for name, body in files.items()}
        if as_json:
            show_json({"folder": str(out), "files": hashes, "bytes": sum(map(len, files.values()))})
            return
        for name, body in files.items():
            print(f"{hashes[name][:16]}  {len(body):>7} bytes  {name}")
        say(f"wrote {out}")


@app.command(epilog=MAKE_EXAMPLE)
def make(
    snn: Path = typer.Argument(..., help="Spiking network written by refsnn convert."),
    data: str = typer.Option(..., help="SPEC of the images, e.g. digits:test[:4]."),
    out: Path = typer.Option(..., "--out", "-o", help="npz to write."),
    name: str | None = typer.Option(None, help="Name of the case; default: of the network's file."),
    as_json: bool = JSON,
) -> None:
    """Record a network of your own as a golden case, for refsnn verify --against."""
    from refsnn.jobs.golden import write_case

    with answering(as_json):
        entry = write_case(snn, data, out, name)
        if as_json:
            show_json(entry)
            return
        print(f"{entry['sha256'][:16]}  {entry['bytes']} bytes  case {entry['case']}")
        for layer, body in entry["layers"].items():
            print(f"{layer}: {body['neuron']}, {len(body['rows'])} rows")
        say(f"wrote {out}")
