"""Run an entity in GHDL: a generated VHDL bench reads the bundle's hex files."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from fixedpoint.hdl.result import SimResult, judged
from fixedpoint.hdl.testbench import vhdl_bench, vhdl_constants
from fixedpoint.hdl.tools import quiet, require_tool, run_tool
from fixedpoint.vectors.manifest import Manifest

ROOMY = ("sh", "-c", 'ulimit -s unlimited 2>/dev/null; exec "$0" "$@"')
"""Runs a command with all the stack it wants: the words of a whole bundle are on the bench's."""


def run_entity(
    folder: Path,
    manifest: Manifest,
    top: str,
    sources: Sequence[str],
    words: int,
    rows: bool,
    vcd: Path | None,
    timeout: float,
) -> SimResult:
    """Analyse, elaborate and run the entity under its bench."""
    ghdl, name = require_tool("ghdl"), f"tb_{manifest.name}"
    with tempfile.TemporaryDirectory() as scratch:
        package, bench = Path(scratch) / "neuron_pkg.vhd", Path(scratch) / f"{name}.vhd"
        package.write_text(vhdl_constants(manifest))
        bench.write_text(vhdl_bench(manifest, top=top, rows=rows))
        options = ["--std=08", f"--workdir={scratch}"]
        files = [str(package), *sources, str(bench)]
        compiled = run_tool([ghdl, "-a", *options, *files], folder, timeout)
        if compiled.returncode == 0:
            compiled = run_tool([ghdl, "-e", *options, name], folder, timeout)
        if compiled.returncode != 0:
            return judged(words, compiled, None)
        wave = [] if vcd is None else [f"--vcd={vcd}"]
        command = [*ROOMY, ghdl, "-r", *options, name, "--max-stack-alloc=0", *wave]
        ran = run_tool(command, folder, timeout)
        return judged(words, quiet(compiled), ran)
