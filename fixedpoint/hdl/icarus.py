"""Run a bundle's test bench in Icarus Verilog."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fixedpoint.errors import InputError
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.replay import read_bundle


@dataclass(frozen=True)
class SimResult:
    """Result of `simulate`."""

    words: int  # the words a bench has to compare
    checked: int | None  # n of the line "PASS n"; None without such a line
    exit_code: int
    warnings: str  # what the compiler said; empty for a clean compile
    log: str

    @property
    def ok(self) -> bool:
        """Whether the simulator ended well, said PASS, and compared every word."""
        return self.exit_code == 0 and self.checked == self.words

    @property
    def mismatches(self) -> tuple[str, ...]:
        """The MISMATCH lines; the test bench prints the first five."""
        return tuple(line for line in self.log.splitlines() if line.startswith("MISMATCH"))


def simulate(bundle: Path, *, timeout: float = 600.0) -> SimResult:
    """Compile and run the test bench of a bundle with ``iverilog`` and ``vvp``.

    A simulator alone is not believed: its status is 0 also after an unreadable hex file. So hashes
    are checked first, and the result counts only with status 0, the line ``PASS n``, and n equal
    to the number of expected words in the manifest.

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
    iverilog, vvp = _tool("iverilog"), _tool("vvp")
    folder = Path(bundle).resolve()
    hashed, manifest = read_bundle(folder)
    with tempfile.TemporaryDirectory() as scratch:
        program = str(Path(scratch) / "sim.vvp")
        options = ["-g2005", "-Wall", "-o", program, *_design(manifest, hashed)]
        compiled = _run([iverilog, *options], folder, timeout)
        if compiled.returncode != 0:
            return _result(manifest, compiled, compiled)
        return _result(manifest, compiled, _run([vvp, "-n", program], folder, timeout))


def _design(manifest: Manifest, hashed: Mapping[str, bytes]) -> list[str]:
    """Give the top module and the source files; only hashed files may reach the command line."""
    top = manifest.get("simulation", "top", kind=str)
    names = manifest.get("simulation", "sources", kind=list)
    if not top.isidentifier() or not names or not set(map(str, names)) <= set(hashed):
        got = f"{top!r}, {names}"
        raise InputError("bad design", where="manifest simulation", expected="files of it", got=got)
    return ["-s", top, *names]


def _result(manifest: Manifest, compiled: _Done, ran: _Done) -> SimResult:
    passed = re.findall(r"^PASS (\d+)$", ran.stdout, re.MULTILINE)
    return SimResult(
        words=manifest.get("simulation", kind=dict).get("words", manifest.n_words),
        checked=int(passed[0]) if len(passed) == 1 else None,
        exit_code=ran.returncode,
        warnings=compiled.stderr + compiled.stdout,
        log=ran.stdout + ran.stderr,
    )


_Done = subprocess.CompletedProcess[str]


def _run(command: list[str], folder: Path, timeout: float) -> _Done:
    try:
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            "the simulator does not end", where=command[0], got=f"{timeout} s"
        ) from None


def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise InputError(
            "simulator not found",
            where=name,
            fix="install Icarus Verilog: apt install iverilog, or brew install icarus-verilog",
        )
    return path
