"""``refsnn import``: weights or networks of other tools become files of ours."""

from __future__ import annotations

from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, say, show_json
from refsnn.cli.foreign import MEAN, SCALE, SHAPE, STD

EXAMPLE = "Example: refsnn import weights.safetensors --graph model.npz -o trained.npz"


def import_(
    source: Path = typer.Argument(
        ..., help="NET.onnx, WEIGHTS.safetensors, or a NIR network NET.nir."
    ),
    out: Path = typer.Option(..., "-o", "--out", help="File (npz) to write."),
    graph: Path | None = typer.Option(
        None, help="safetensors: model file whose weights are replaced."
    ),
    names: Path | None = typer.Option(
        None, "--map", help='safetensors: JSON file {"theirs": "ours", ...} where names differ.'
    ),
    semantics: str | None = typer.Option(
        None, help="nir: what its neurons do in a time step, e.g. snntorch; see docs/nir.md."
    ),
    steps: int | None = typer.Option(None, help="nir: number of time steps T."),
    dt: float | None = typer.Option(None, help="nir: time step in seconds."),
    scale: str | None = SCALE,
    mean: str | None = MEAN,
    std: str | None = STD,
    shape: str | None = SHAPE,
    naming: str | None = typer.Option(None, "--names", help="NET.onnx: output=TENSOR of several."),
    as_json: bool = JSON,
) -> None:
    """Read a foreign file, check it against the graph, write ours."""
    from refsnn.jobs.importing import import_network, import_onnx, import_weights
    from refsnn.jobs.options import NIR, refuse
    from refsnn.jobs.trained import Unsaid

    with answering(as_json):
        unsaid = Unsaid(scale, mean, std, shape, naming)
        if source.suffix != ".nir":
            refuse({"--semantics": semantics, "--steps": steps, "--dt": dt}, NIR)
        if source.suffix != ".onnx":
            unsaid.refuse()
        if source.suffix in (".nir", ".onnx"):
            refuse({"--graph": graph, "--map": names}, "for safetensors files only")
        if source.suffix == ".nir":
            body = import_network(source, out, semantics, steps, dt)
        elif source.suffix == ".onnx":
            body = import_onnx(source, out, unsaid)
        else:
            body = import_weights(source, graph, names, out)
        if as_json:
            show_json(body)
        else:
            print(", ".join(f"{key} {value}" for key, value in body.items() if key != "out"))
            say(f"wrote {out}")
