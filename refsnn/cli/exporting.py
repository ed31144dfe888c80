"""``refsnn export``: a network of ours for other tools."""

from __future__ import annotations

from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, say, show_json

EXAMPLE = "Example: refsnn export snn.npz -o net.nir"


def export(
    source: Path = typer.Argument(..., help="Spiking network, or model file, of refsnn."),
    out: Path = typer.Option(
        ..., "-o", "--out", help="NET.nir of a spiking network, or WEIGHTS.safetensors."
    ),
    as_json: bool = JSON,
) -> None:
    """Write NIR (with our semantics as metadata) or safetensors (weights only)."""
    from refsnn.jobs.importing import export_file

    with answering(as_json):
        body = export_file(source, out)
        if as_json:
            show_json(body)
        else:
            print(", ".join(f"{key} {value}" for key, value in body.items() if key != "out"))
            say(f"wrote {out}")
