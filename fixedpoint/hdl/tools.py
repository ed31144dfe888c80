"""Find and run the programs that the hardware side needs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from fixedpoint.errors import InputError

PACKAGES = {
    "iverilog": "iverilog",
    "vvp": "iverilog",
    "verilator": "verilator",
    "ghdl": "ghdl",
    "yosys": "yosys",
    "yosys-smtbmc": "yosys",
    "nextpnr-ice40": "nextpnr-ice40",
}
"""Program to the package that brings it, as Debian and Ubuntu name it."""

Done = subprocess.CompletedProcess[str]


def require_tool(name: str) -> str:
    """Path of a program, or an `InputError` that says what to install."""
    path = shutil.which(name)
    if path is None:
        fix = f"install it, for instance: apt install {PACKAGES.get(name, name)}"
        raise InputError("program not found", where=name, fix=fix)
    return path


def run_tool(command: Sequence[str], folder: Path, timeout: float) -> Done:
    """Run a program in a folder; one that does not end in time is an `InputError`."""
    try:
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            "the program does not end", where=Path(command[0]).name, got=f"{timeout} s"
        ) from None


def quiet(done: Done) -> Done:
    """The same without the lines that are neither warnings nor errors."""
    said = (done.stdout + done.stderr).splitlines()
    kept = [line for line in said if "warning" in line.lower() or "error" in line.lower()]
    return Done(done.args, done.returncode, "", "\n".join(kept))
