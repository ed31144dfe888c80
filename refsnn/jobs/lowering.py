"""Lower a stored spiking network: widths given or searched, program and reference written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refsnn.datasets import load_spec
from refsnn.errors import InputError
from refsnn.io import Model, save_model, save_program
from refsnn.jobs.running import prepared
from refsnn.lower import Lowered, Narrowest, Trial, input_grid, lower, narrowest
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray


@dataclass(frozen=True)
class Images:
    """Network inputs and their labels."""

    x: Array
    y: IntArray | None


@dataclass(frozen=True)
class Aim:
    """What a search has to keep."""

    keep: str
    drop: float
    membranes: bool = False
    tried: Callable[[Trial], None] | None = None


def images(spec: str, snn: SNN) -> Images:
    """Images a SPEC names, as the network wants them."""
    split = load_spec(spec)
    return Images(prepared(split, snn.preprocessing), split.y)


def parse_widths(pairs: list[str]) -> dict[str, int]:
    """``["act1=4"]`` as ``{"act1": 4}``."""
    widths = {}
    for pair in pairs:
        layer, _, text = pair.partition("=")
        if not layer or not text.isdecimal():
            raise InputError("no width of a layer", where=pair, expected="LAYER=BITS, as act1=4")
        widths[layer] = int(text)
    return widths


def lower_network(
    snn: SNN,
    calib: Images,
    test: Images,
    *,
    bits: int,
    widths: Mapping[str, int],
    per_channel: bool,
    aim: Aim | None,
) -> tuple[Lowered, Narrowest | None]:
    """Lower with one width, some layers' own, or the narrowest that keep the aim on ``calib``."""
    found = None
    if aim is not None:
        found = narrowest(
            snn, calib.x, calib.y,
            keep=aim.keep, drop=aim.drop, widest=bits, per_channel=per_channel,
            membranes=aim.membranes, tried=aim.tried,
        )  # fmt: skip
    layers = dict.fromkeys([*snn.neurons, snn.graph.output], bits)
    chosen = {**layers, **(found.bits if found else {}), **widths}
    grid = input_grid(calib.x)
    narrowed = found.membranes if found else {}
    lowered = lower(
        snn, test.x, test.y,
        bits=chosen, per_channel=per_channel, grid=grid, membranes=narrowed,
    )  # fmt: skip
    return lowered, found


def write_lowered(out: Path, lowered: Lowered, snn: SNN, reference: Path | None) -> list[Path]:
    """Write the program and the requantised ANN it is held to."""
    reference = reference or out.with_name(f"{out.stem}-reference.npz")
    save_program(out, lowered.program)
    save_model(reference, Model(lowered.reference.ann, snn.preprocessing, {"requantised": True}))
    return [out, reference]


def body(lowered: Lowered, found: Narrowest | None) -> dict[str, Any]:
    """Report as JSON values."""
    return {**lowered.report.to_dict(), "search": found and found.to_dict()}
