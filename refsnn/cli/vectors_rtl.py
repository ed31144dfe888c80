"""``refsnn vectors rtl`` and ``vcd``: your own module against a bundle, and what it should show."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, end, say, show_json
from refsnn.errors import InputError

RTL_EXAMPLE = "Example: refsnn vectors rtl out/ --top my_neuron --source my_neuron.v"
VCD_EXAMPLE = "Example: refsnn vectors vcd out/ -o reference.vcd --samples 0:4"


def rtl(
    bundle: Path = typer.Argument(..., help="Folder of the bundle of one neuron."),
    top: str = typer.Option(..., help="Your module (entity); it keeps the port contract."),
    source: list[Path] = typer.Option(..., help="Verilog file (VHDL for ghdl); repeat for more."),
    simulator: str = typer.Option("icarus", help="icarus, verilator or ghdl."),
    check: str = typer.Option(
        "rows", help="rows: spike and membrane of every row; spikes: only the emitted frames."
    ),
    vcd: Path | None = typer.Option(None, help="Waveform to write (icarus, ghdl)."),
    as_json: bool = JSON,
) -> None:
    """Simulate your module on every vector. Exit code 1 if any word differs, 2 if it cannot run."""
    from fixedpoint.hdl.device import run_device

    with answering(as_json):
        if check not in ("rows", "spikes"):
            raise InputError("unknown", where="--check", expected="rows or spikes", got=repr(check))
        result = run_device(bundle, top, source, simulator=simulator, rows=check == "rows", vcd=vcd)
        if as_json:
            show_json({**asdict(result), "ok": result.ok, "mismatches": result.mismatches})
        else:
            for line in result.mismatches:
                print(line)
            if not result.ok and not result.mismatches:
                print(result.log.strip())
            verdict = "PASS" if result.ok else "FAIL"
            print(f"{simulator}: {verdict}, {result.words} words to compare")
            if result.warnings:
                say(result.warnings.strip())
        end(result.ok)


def vcd(
    bundle: Path = typer.Argument(..., help="Folder of the bundle of one neuron."),
    out: Path = typer.Option(..., "-o", "--out", help="Waveform (VCD) to write."),
    samples: str = typer.Option("0:8", help="First sample, and the one behind the last."),
    as_json: bool = JSON,
) -> None:
    """Write the expected signals as a waveform, with the names and the clock of the bench."""
    from fixedpoint.vectors.waveform import write_reference

    with answering(as_json):
        first, colon, last = samples.partition(":")
        if not colon or not first.isdecimal() or not last.isdecimal():
            raise InputError("no range", where="--samples", expected="FIRST:LAST", got=samples)
        clocks = write_reference(bundle, out, int(first), int(last))
        if as_json:
            show_json({"vcd": out, "clocks": clocks})
        else:
            say(f"wrote {out}: {clocks} clocks")
