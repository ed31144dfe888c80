"""Run somebody's own module against the bundle of a neuron: `docs/rtl-contract.md`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fixedpoint.errors import InputError
from fixedpoint.hdl import ghdl, icarus, verilator
from fixedpoint.hdl.result import SimResult
from fixedpoint.hdl.testbench import bench_text
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.replay import read_bundle

SIMULATORS = ("icarus", "verilator", "ghdl")


def run_device(
    bundle: Path,
    top: str,
    sources: Sequence[Path],
    *,
    simulator: str = "icarus",
    rows: bool = True,
    vcd: Path | None = None,
    timeout: float = 600.0,
) -> SimResult:
    """Simulate a module that keeps the port contract, and compare it word for word.

    Parameters
    ----------
    bundle : Path
        Of one neuron.
    top : str
        The module, or the entity.
    sources : sequence of Path
        Its Verilog files; VHDL for "ghdl". They may include ``hdl/<name>_pkg.vh`` of the bundle.
    simulator : {"icarus", "verilator", "ghdl"}
    rows : bool
        Compare spike and membrane of every row, or only the emitted spikes: for a module with
        another inner schedule, and without the port ``row_valid``.
    vcd : Path, optional
        Waveform to write ("icarus" and "ghdl").
    timeout : float
        Seconds for each tool.

    Raises
    ------
    InputError
        The bundle is damaged or no neuron's, a tool is missing, a source does not exist or does
        not compile, or the simulation does not end.
    """
    folder = Path(bundle).resolve()
    _, manifest = read_bundle(folder)
    _check(manifest, top, sources, simulator, vcd)
    files = [str(Path(source).resolve()) for source in sources]
    words = compared_words(manifest, rows)
    wave = None if vcd is None else Path(vcd).resolve()
    if simulator == "verilator":
        result = verilator.run_module(folder, manifest, top, files, words, rows, timeout)
    elif simulator == "ghdl":
        result = ghdl.run_entity(folder, manifest, top, files, words, rows, wave, timeout)
    else:
        result = _in_icarus(folder, manifest, top, files, words, rows, wave, timeout)
    if not result.compiled:
        raise InputError("does not compile", where=top, got=_shortened(result.log))
    return result


def compared_words(manifest: Manifest, rows: bool) -> int:
    """Words that a bench has to compare."""
    samples = manifest.get("vectors", "n_samples", kind=int)
    if rows:
        return 2 * samples * manifest.get("time", "rows", kind=int)
    return samples * manifest.get("time", "T_out", kind=int)


def _check(
    manifest: Manifest, top: str, sources: Sequence[Path], simulator: str, vcd: Path | None
) -> None:
    if manifest.get("layers", 0, "kind", kind=str) != "neuron":
        fix = "use a bundle of one neuron"
        raise InputError("the port contract is that of a neuron", where=manifest.name, fix=fix)
    if simulator not in SIMULATORS:
        known = " or ".join(SIMULATORS)
        raise InputError("unknown simulator", where="simulator", expected=known, got=simulator)
    if not (top.isidentifier() and top.isascii()):
        raise InputError("no name of a module", where="top", got=repr(top))
    if vcd is not None and simulator == "verilator":
        fix = "use icarus or ghdl"
        raise InputError("no waveform from this simulator", where="vcd", got=simulator, fix=fix)
    for source in sources:
        if not Path(source).is_file():
            raise InputError("no such file", where=str(source))


def _in_icarus(
    folder: Path,
    manifest: Manifest,
    top: str,
    files: list[str],
    words: int,
    rows: bool,
    vcd: Path | None,
    timeout: float,
) -> SimResult:
    name = f"tb_{manifest.name}"
    with tempfile.TemporaryDirectory() as scratch:
        bench = Path(scratch) / f"{name}.v"
        bench.write_text(bench_text(manifest, top=top, rows=rows))
        wave = Path(scratch) / "wave.vcd"
        arguments = [] if vcd is None else [f"+vcd={wave}"]
        sources = [str(bench), *files]
        result = icarus.run_bench(
            folder, name, sources, words, arguments=arguments, timeout=timeout
        )
        if vcd is not None and wave.exists():
            shutil.copyfile(wave, vcd)
    return result


def _shortened(log: str) -> str:
    lines = [line for line in log.splitlines() if line.strip()]
    return "; ".join(lines[:5]) or "no message"
