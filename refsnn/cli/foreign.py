"""Options of several commands for networks of others, and ``refsnn run`` on ONNX networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from refsnn.cli.console import percent, say, show_json

SCALE = typer.Option(None, help="NET.onnx: factor of every raw pixel, as 1/255.")
MEAN = typer.Option(None, help="NET.onnx: of each channel, subtracted after scaling.")
STD = typer.Option(None, help="NET.onnx: of each channel, divided by.")
SHAPE = typer.Option(None, help="NET.onnx: of one image where the file leaves it open: 3,32,32.")
NAMES = typer.Option(
    None, help="NET.onnx: which is which where it is in doubt: x=ARRAY,y=ARRAY,output=TENSOR."
)
LAYOUT = typer.Option(
    None, help="NET.onnx: images against the input: same, channels-last, channels-first."
)


def show_ann(
    path: Path, outcome: Any, accuracy: float | None, out: Path | None, json: bool
) -> None:
    """What came of an ONNX network."""
    body = {
        "samples": len(outcome.logits), "accuracy": accuracy, "network": path, "kind": "ann",
        "nodes": outcome.nodes, "layout": outcome.layout, "results": outcome.logits.shape[1:],
        "out": out,
    }  # fmt: skip
    if json:
        show_json(body)
        return
    print(f"{body['samples']} images, {outcome.nodes} operations, {outcome.logits.dtype}")
    if outcome.layout != "same":
        print(f"layout of the images: {outcome.layout}")
    print(f"accuracy {percent(accuracy)}")
    say(f"wrote {out}" if out else "nothing written (no -o)")
