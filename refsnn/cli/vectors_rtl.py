"""``refsnn vectors rtl`` and ``vcd``: your own module against a bundle, and what it should show."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, end, say, show_json
from refsnn.errors import InputError

RTL_EXAMPLE = "Example: refsnn vectors rtl out/ --top my_neuron --source my_neuron.v"
WAVES_EXAMPLE = "Example: refsnn vectors waves reference.vcd rtl.vcd -o waves.png --last 400"
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


def waves(
    files: list[Path] = typer.Argument(..., help="Waveforms (VCD): one, or two to compare."),
    out: Path = typer.Option(..., "-o", "--out", help="Picture (png) to write."),
    first: int = typer.Option(0, help="Draw from this time on, in ns."),
    last: int = typer.Option(400, help="Draw up to this time, in ns."),
    as_json: bool = JSON,
) -> None:
    """Draw waveforms above each other. Exit code 1 if two differ at the end of any clock."""
    from refsnn.jobs.waves import draw

    with answering(as_json):
        if len(files) > 2:
            raise InputError("too many files", where="waves", expected="1 or 2", got=len(files))
        if not 0 <= first <= last - 20:
            got = f"{first}..{last}"
            raise InputError("nothing to draw", where="--last", expected="first + 20", got=got)
        apart = draw(files, out, first=first, last=last)
        if as_json:
            show_json({"picture": out, "differ_at": apart})
        else:
            verdict = f"differ at {apart[0]} ns" if apart else "equal" if len(files) == 2 else ""
            print(verdict) if verdict else None
            say(f"wrote {out}")
        end(not apart)
