"""``refsnn vectors mutate`` and ``measure``: how good the vectors are, what the neurons cost."""

from __future__ import annotations

from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, end, progress, show_json

MUTATE_EXAMPLE = "Example: refsnn vectors mutate out/ --mutants 100"
MEASURE_EXAMPLE = "Example: refsnn vectors measure --page docs/hardware.md"


def mutate(
    bundle: Path = typer.Argument(..., help="Folder of the bundle of one neuron."),
    mutants: int = typer.Option(100, help="Faults to plant, one at a time."),
    seed: int = typer.Option(1, help="Of their choice."),
    as_json: bool = JSON,
) -> None:
    """Plant faults in the bundle's module (Yosys) and see if its vectors find them (Icarus).

    Exit code 1 if one survives: not seen, and not proved to make no difference.
    """
    from fixedpoint.hdl.quality import bundle_score

    with answering(as_json):
        with progress("mutants", mutants, quiet=as_json) as tick:
            score = bundle_score(
                bundle, mutants=mutants, seed=seed, done=lambda mutant: tick(mutant.verdict)
            )
        surviving = [mutant.fault for mutant in score.surviving]
        if as_json:
            show_json({"bundle": bundle, **score.quality(), "surviving": surviving})
        else:
            counts = (f"{score.count(v)} {v}" for v in ("killed", "equivalent", "bounded"))
            print(f"{len(score.mutants)} mutants: {', '.join(counts)}, {len(surviving)} surviving")
            for fault in surviving:
                print(f"surviving: {fault}")
        end(not surviving)


def measure(
    page: Path | None = typer.Option(None, help="Page to write, as docs/hardware.md."),
    data: Path | None = typer.Option(None, help="JSON file to write: all measurements."),
    samples: int = typer.Option(25_000, help="Random samples of a bundle in the simulators."),
    mutants: int = typer.Option(100, help="Faults planted in each neuron."),
    seed: int = typer.Option(1, help="Of the choice of faults."),
    as_json: bool = JSON,
) -> None:
    """Run, mutate and synthesise every neuron: minutes of work.

    Needs iverilog, verilator, ghdl, yosys and nextpnr-ice40. Exit code 1 if a word differs.
    """
    from refsnn.jobs import hardware_page as job

    with answering(as_json):
        with progress("measure", job.steps(), quiet=as_json) as tick:
            keep = (lambda part: job.save(part, data)) if data else (lambda part: None)
            found = job.measure(samples, mutants, seed, tick, keep)
        if page is not None:
            job.write_page(found, page)
        if as_json:
            show_json(found)
        engines = ("replay", "icarus", "verilator", "ghdl")
        end(all(run[name]["ok"] for run in found["runs"] for name in engines if name in run))
