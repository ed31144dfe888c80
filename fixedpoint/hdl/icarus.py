"""Run test benches in Icarus Verilog."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from fixedpoint.errors import InputError
from fixedpoint.hdl.result import SimResult, judged
from fixedpoint.hdl.tools import require_tool, run_tool
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.replay import read_bundle


def simulate(bundle: Path, *, timeout: float = 600.0) -> SimResult:
    """Compile and run the test bench of a bundle with ``iverilog`` and ``vvp``.

    The bundle's hashes are checked first, and the result counts only with status 0, the line
    ``PASS n``, and n equal to the number of words that the bench has to compare.

    Parameters
    ----------
    bundle : Path
    timeout : float
        Seconds for each of the two tools.

    Raises
    ------
    InputError
        The simulator is not installed or does not end, or the bundle is damaged.
    """
    require_tool("iverilog"), require_tool("vvp")
    folder = Path(bundle).resolve()
    hashed, manifest = read_bundle(folder)
    top, sources = _design(manifest, hashed)
    words = manifest.get("simulation", kind=dict).get("words", manifest.n_words)
    return run_bench(folder, top, sources, words, timeout=timeout)


def run_bench(
    folder: Path,
    top: str,
    sources: Sequence[str],
    words: int,
    *,
    arguments: Sequence[str] = (),
    timeout: float = 600.0,
) -> SimResult:
    """Compile Verilog files, run the bench ``top`` from ``folder``, judge what it says."""
    iverilog, vvp = require_tool("iverilog"), require_tool("vvp")
    with tempfile.TemporaryDirectory() as scratch:
        program = str(Path(scratch) / "sim.vvp")
        options = ["-g2005", "-Wall", "-o", program, "-s", top]
        compiled = run_tool([iverilog, *options, *sources], folder, timeout)
        if compiled.returncode != 0:
            return judged(words, compiled, None)
        return judged(words, compiled, run_tool([vvp, "-n", program, *arguments], folder, timeout))


def _design(manifest: Manifest, hashed: Mapping[str, bytes]) -> tuple[str, list[str]]:
    """Give the top module and the source files; only hashed files may reach the command line."""
    top = manifest.get("simulation", "top", kind=str)
    names = manifest.get("simulation", "sources", kind=list)
    if not top.isidentifier() or not names or not set(map(str, names)) <= set(hashed):
        got = f"{top!r}, {names}"
        raise InputError("bad design", where="manifest simulation", expected="files of it", got=got)
    return top, names
