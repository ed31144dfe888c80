"""``refsnn lower``: a spiking network to a program of integers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from refsnn.cli.console import JSON, answering, end, percent, progress, say, show_json, table
from refsnn.cli.convert import wrong_text

EXAMPLE = (
    "Example: refsnn lower snn.npz --calib 'digits:train[:256]' --test digits:test "
    "--search accuracy --drop 0.5 -o program.npz"
)


def lower(
    snn: Path = typer.Argument(..., help="Spiking network written by refsnn convert."),
    calib: str = typer.Option(..., help="SPEC of the images that fix formats and steer a search."),
    test: str | None = typer.Option(None, help="SPEC the report is measured on; default: --calib."),
    bits: int = typer.Option(8, help="Width of the weights, 2..16."),
    width: list[str] = typer.Option([], "--width", help="Another width of one layer, LAYER=BITS."),
    per_channel: bool = typer.Option(False, help="A membrane step for each output channel."),
    search: str | None = typer.Option(
        None, help="Narrow --bits layer by layer; keep accuracy, or counts (every spike count)."
    ),
    drop: float = typer.Option(0.0, help="Percentage points of accuracy the search may give up."),
    membranes: bool = typer.Option(
        False, help="With --search: then narrow the membranes, which saturate."
    ),
    out: Path | None = typer.Option(None, "-o", "--out", help="Program (npz) to write."),
    reference: Path | None = typer.Option(
        None, help="Requantised ANN to write; default: OUT-reference.npz."
    ),
    as_json: bool = JSON,
) -> None:
    """Lower, run in integers, compare with the float engine. Exit code 1 if any bit differs.

    Membranes that a search made narrower than proven may saturate, which the float engine does not:
    then differences are reported and are no failure.
    """
    from refsnn.io import check_target, load_snn
    from refsnn.jobs import lowering as job

    with answering(as_json):
        for path in (out, reference):
            if path is not None:
                check_target(path)
        network = load_snn(snn)
        tuned = job.images(calib, network)
        held = tuned if test is None else job.images(test, network)
        most = len(network.neurons) * max(bits - 2, 0) + bits
        with progress("search", most, quiet=as_json or search is None) as tick:
            aim = (
                None
                if search is None
                else job.Aim(search, drop / 100, membranes, lambda t: tick(t.layer))
            )
            lowered, found = job.lower_network(
                network, tuned, held,
                bits=bits, widths=job.parse_widths(width), per_channel=per_channel, aim=aim or None,
            )  # fmt: skip
        written = job.write_lowered(out, lowered, network, reference) if out else []
        body = job.body(lowered, found)
        if as_json:
            show_json({"written": written, **body})
        else:
            show(body)
            say("wrote " + ", ".join(map(str, written)) if written else "nothing written (no -o)")
        end(lowered.report.held or bool(found and found.membranes))


def show(body: dict[str, Any]) -> None:
    """Print a report for people."""
    found, accuracy = body["search"], body["accuracy"]
    if found:
        before, after = found["weight_memory"]
        print(f"search, {found['keep']} kept: {len(found['trials'])} trials,", end=" ")
        print(f"weights {before} -> {after} bits")
        if found["membranes"]:
            widths = ", ".join(f"{name} {width}" for name, width in found["membranes"].items())
            print(f"saturating membranes, bits: {widths}")
    table("integers by layer", COLUMNS, [_row(layer) for layer in body["layers"]])
    print("blocks: 4096-bit memories; LUT/FF: estimated, iCE40, one neuron with its controller")
    print(f"input: {body['input_format']}, {body['input_values_changed']} values changed")
    print(f"spikes that differ from the float engine on the same weights: {body['spikes_differ']}")
    print(f"logits that differ: {body['logits_differ']}")
    print(f"wrong counts against the requantised ANN: {wrong_text(body['wrong_counts'])}")
    print(f"counts that differ from before lowering: {body['counts_differ_from_float']}")
    if accuracy:
        names = ("integer", "requantised_ann", "float_snn")
        labels = ("integers", "requantised ANN", "before lowering")
        parts = (f"{x} {percent(accuracy[n])}" for x, n in zip(labels, names, strict=True))
        print("accuracy: " + ", ".join(parts))


COLUMNS = [
    "layer", "weight bits", "theta", "accumulator", "membrane", "seen", "weights kbit",
    "state kbit", "blocks", "LUT/FF a neuron",
]  # fmt: skip


def _row(layer: dict[str, Any]) -> list[str]:
    theta, memory, seen = layer["theta"], layer["memory"], layer["observed_membrane"]
    state = memory["membranes"] + memory["counters"] + memory["train"]
    return [
        layer["name"],
        str(layer["weight_bits"]),
        _theta(theta),
        f"{layer['bits']['accumulator']} bit",
        f"{layer['bits']['membrane']} bit",
        "-" if seen is None else f"{seen[0]}..{seen[1]}",
        f"{(memory['weights'] + memory['biases']) / 1000:.1f}",
        f"{state / 1000:.1f}",
        str(memory["blocks"]),
        _cells(layer["logic"]),
    ]


def _cells(logic: dict[str, Any] | None) -> str:
    return "-" if logic is None else f"{logic['luts']:.0f}/{logic['flip_flops']:.0f}"


def _theta(theta: list[int] | None) -> str:
    if theta is None:
        return "readout"
    low, high = min(theta).bit_length() - 1, max(theta).bit_length() - 1
    return f"2^{low}" if low == high else f"2^{low}..2^{high}"
