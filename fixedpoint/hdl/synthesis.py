"""What a module costs on an iCE40 device: Yosys makes the netlist, nextpnr places and times it."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median_low
from typing import Any

from fixedpoint.errors import InputError
from fixedpoint.hdl.tools import require_tool, run_tool

DEVICE = ("--hx8k", "--package", "ct256")
SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Resources:
    """Cells of one module, and its clock over several placement seeds.

    Parameters
    ----------
    luts, carries, flip_flops, memories : int
        4-input tables, carry cells, registers, 4096-bit block memories, after synthesis.
    mhz : (low, median, high)
        Largest clock over the seeds; None where it could not be placed.
    """

    luts: int
    carries: int
    flip_flops: int
    memories: int
    mhz: tuple[float, float, float] | None

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def versions() -> dict[str, str]:
    """Versions of the two tools: the numbers mean nothing without them."""
    found = {}
    for tool, flag in (("yosys", "-V"), ("nextpnr-ice40", "--version")):
        done = run_tool([require_tool(tool), flag], Path.cwd(), 60)
        found[tool] = (done.stdout + done.stderr).strip().splitlines()[0]
    return found


def synthesise(
    folder: Path,
    sources: Sequence[str],
    top: str,
    *,
    parameters: Mapping[str, int] | None = None,
    seeds: Sequence[int] = SEEDS,
    timeout: float = 600.0,
) -> Resources:
    """Synthesise and place one module.

    Parameters
    ----------
    folder : Path
        Where the tools run: relative names of sources and memory files begin here.
    sources : sequence of str
        Verilog files.
    top : str
    parameters : mapping, optional
        Of the top module.
    seeds : sequence of int
        Of the placement.

    Raises
    ------
    InputError
        A tool is missing, fails or does not end. A design that does not fit the device is no
        error: its ``mhz`` is None.
    """
    with tempfile.TemporaryDirectory() as scratch:
        netlist = Path(scratch) / "netlist.json"
        _synthesise(Path(folder), sources, top, parameters or {}, netlist, timeout)
        cells = _cells(json.loads(netlist.read_text()), top)
        clocks = [_clock(netlist, seed, Path(scratch), timeout) for seed in seeds]
    placed = sorted(clock for clock in clocks if clock is not None)
    whole = len(placed) == len(seeds) > 0
    return Resources(
        luts=_count(cells, r"SB_LUT4"),
        carries=_count(cells, r"SB_CARRY"),
        flip_flops=_count(cells, r"SB_DFF.*"),
        memories=_count(cells, r"SB_RAM.*"),
        mhz=(placed[0], median_low(placed), placed[-1]) if whole else None,
    )


def _synthesise(
    folder: Path,
    sources: Sequence[str],
    top: str,
    parameters: Mapping[str, int],
    netlist: Path,
    timeout: float,
) -> None:
    settings = "".join(f"chparam -set {k} {v} {top}; " for k, v in parameters.items())
    script = f"read_verilog {' '.join(sources)}; {settings}synth_ice40 -top {top} -json {netlist}"
    done = run_tool([require_tool("yosys"), "-q", "-p", script], folder, timeout)
    if done.returncode != 0 or not netlist.exists():
        raise InputError("synthesis failed", where=top, got=(done.stderr or done.stdout)[-300:])


def _cells(netlist: dict[str, Any], top: str) -> list[str]:
    tops = [m for m in netlist["modules"].values() if int(m["attributes"].get("top", "0"), 2)]
    if len(tops) != 1:
        raise InputError("no single top module", where=top, got=len(tops))
    return [cell["type"] for cell in tops[0]["cells"].values()]


def _count(cells: list[str], pattern: str) -> int:
    return sum(re.fullmatch(pattern, cell) is not None for cell in cells)


def _clock(netlist: Path, seed: int, scratch: Path, timeout: float) -> float | None:
    report = scratch / f"report{seed}.json"
    command = [
        require_tool("nextpnr-ice40"), *DEVICE, "--json", str(netlist), "--seed", str(seed),
        "--pcf-allow-unconstrained", "--report", str(report), "--quiet",
    ]  # fmt: skip
    done = run_tool(command, scratch, timeout)
    if done.returncode != 0 or not report.exists():
        return None
    clocks = json.loads(report.read_text())["fmax"]
    return min((float(c["achieved"]) for c in clocks.values()), default=None)
