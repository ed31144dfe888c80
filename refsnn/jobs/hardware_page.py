"""docs/hardware.md: what the RTL of every neuron does and costs, measured and written in one go."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fixedpoint.hdl import catalogue, trials
from fixedpoint.hdl.tools import require_tool, run_tool
from fixedpoint.vectors.variants import VARIANTS

TOOLS = {"iverilog": "-V", "verilator": "--version", "ghdl": "--version"}


def steps() -> int:
    """How often `measure` tells of progress."""
    return len(list(catalogue.cases())) + 2 * len(VARIANTS)


def measure(
    samples: int,
    mutants: int,
    seed: int,
    tell: Callable[[str], None],
    keep: Callable[[dict[str, Any]], None] = lambda found: None,
) -> dict[str, Any]:
    """Run vectors, mutants, syntheses of every neuron; ``keep`` gets all so far after each."""
    found = {
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "tools": _versions(),
        "samples": samples,
        "seed": seed,
    }
    with tempfile.TemporaryDirectory() as scratch:
        parts: dict[str, Callable[[], Any]] = {
            "resources": lambda: catalogue.measure(tell),
            "runs": lambda: trials.run_all(Path(scratch), samples, tell),
            "mutations": lambda: trials.score_all(Path(scratch), mutants, seed, tell),
        }
        for name, part in parts.items():
            found[name] = part()
            keep(found)
    return found


def _versions() -> dict[str, str]:
    found = {}
    for tool, flag in TOOLS.items():
        done = run_tool([require_tool(tool), flag], Path.cwd(), 60)
        found[tool] = (done.stdout + done.stderr).strip().splitlines()[0]
    return found


def write_page(measured: dict[str, Any], page: Path) -> None:
    """Write the page from measurements."""
    page.write_text("\n".join(_page(measured)) + "\n", "utf-8")


def _page(m: dict[str, Any]) -> Iterator[str]:
    tools, resources = m["tools"], m["resources"]
    yield "# The neurons in hardware, measured"
    yield ""
    yield "Every number here was measured by `refsnn vectors measure --page docs/hardware.md`"
    yield f"({m['machine']}). The modules, their ports and what the bundles hold:"
    yield "[rtl-contract.md](rtl-contract.md), [vectors.md](vectors.md)."
    yield ""
    yield "## Same files, every simulator"
    yield ""
    yield "; ".join(tools.values()) + "."
    yield ""
    yield "A row is one step of one neuron, spike and membrane compared. Rows a second; for"
    yield "Verilator the build is timed apart: one program serves all bundles of a neuron."
    yield "GHDL runs the VHDL twins."
    yield ""
    yield from _runs(m["runs"])
    yield ""
    yield "## Can the vectors fail?"
    yield ""
    first = m["mutations"][0]
    yield f"{first['mutants']} faults planted by `mutate` ({first['tool']}, seed {m['seed']})"
    yield "in each flattened module; the published vectors run on each in Icarus."
    yield "*Equivalent*: proved by induction that no input tells the mutant from the module."
    yield "*Bounded*: proved that no input of 30 clocks after reset does, which is more than any"
    yield "sample has. *Surviving*: neither seen nor excused; listed below the table."
    yield ""
    yield from _mutations(m["mutations"])
    yield ""
    yield "## What a neuron costs"
    yield ""
    versions = "; ".join(resources["tools"].values())
    seeds = ", ".join(map(str, resources["seeds"]))
    yield f"{resources['device']}; {versions}; placement seeds {seeds}. The neuron with its"
    yield "controller: constant threshold (13, or 16 where it is a power of two), 4 steps, currents"
    yield "of 8 bits (6 for the membrane of 8). LUT4 / carry cells / flip-flops, and the largest"
    yield "clock in MHz over the seeds. Another version or seed gives other numbers."
    yield ""
    yield from cell_table(resources["entries"])


def _runs(runs: list[dict[str, Any]]) -> Iterator[str]:
    yield "| neuron | rows | mismatches | replay, rows/s | Icarus | Verilator (build) | GHDL |"
    yield "|---|---|---|---|---|---|---|"
    for run in runs:
        engines = [run[name] for name in ("replay", "icarus", "verilator", "ghdl") if name in run]
        wrong = "0" if all(engine["ok"] for engine in engines) else "**some**"
        rates = [_rate(run, name) for name in ("replay", "icarus")]
        build = f"{_rate(run, 'verilator')} ({run['verilator']['build_seconds']:.1f} s)"
        twin = _rate(run, "ghdl") if "ghdl" in run else "-"
        cells = (run["variant"], run["rows"], wrong, *rates, build, twin)
        yield f"| {' | '.join(map(str, cells))} |"


def _rate(run: dict[str, Any], engine: str) -> str:
    rate = run["rows"] / run[engine]["seconds"]
    return f"{rate / 1e6:.2f} M" if rate >= 1e6 else f"{rate / 1e3:.0f} k"


def _mutations(scores: list[dict[str, Any]]) -> Iterator[str]:
    yield "| neuron | mutants | killed | equivalent | bounded | surviving |"
    yield "|---|---|---|---|---|---|"
    for score in scores:
        counts = (score[key] for key in ("mutants", "killed", "equivalent", "bounded"))
        row = " | ".join(map(str, counts))
        yield f"| {score['variant']} | {row} | {len(score['surviving'])} |"
    for score in scores:
        for fault in score["surviving"]:
            yield ""
            yield f"Surviving in {score['variant']}: `{fault}`"


def cell_table(entries: list[dict[str, Any]]) -> Iterator[str]:
    """A row for each neuron and overflow, a column for each width."""
    widths = sorted({entry["width"] for entry in entries})
    yield "| neuron | membrane | " + " | ".join(f"{w} bit" for w in widths) + " |"
    yield "|---|---|" + "---|" * len(widths)
    rows: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        rows.setdefault((entry["kind"], entry["overflow"]), []).append(_cells(entry))
    for (kind, overflow), found in rows.items():
        yield f"| {kind} | {overflow} | {' | '.join(found)} |"


def _cells(entry: dict[str, Any]) -> str:
    if "refused" in entry:
        return "too narrow"
    return f"{entry['luts']} / {entry['carries']} / {entry['flip_flops']}, {_clock(entry)}"


def _clock(entry: dict[str, Any]) -> str:
    if entry["mhz"] is None:
        return "not placed"
    low, _, high = (round(mhz) for mhz in entry["mhz"])
    return str(low) if low == high else f"{low}..{high}"


def save(measured: dict[str, Any], path: Path) -> None:
    """Write the measurements as JSON."""
    path.write_text(json.dumps(measured, indent=1) + "\n", "ascii")
