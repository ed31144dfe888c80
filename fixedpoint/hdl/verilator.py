"""Run a module in Verilator: a generated C++ driver reads the bundle's hex files."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from fixedpoint.hdl.result import SimResult, judged
from fixedpoint.hdl.testbench import driver_text
from fixedpoint.hdl.tools import Done, quiet, require_tool, run_tool
from fixedpoint.vectors.manifest import Manifest


def run_module(
    folder: Path,
    manifest: Manifest,
    top: str,
    sources: Sequence[str],
    words: int,
    rows: bool,
    timeout: float,
) -> SimResult:
    """Build the module and its driver, run it on one bundle."""
    with tempfile.TemporaryDirectory() as scratch:
        built = build(folder, manifest, top, sources, rows, Path(scratch), timeout)
        if built.returncode != 0:
            return judged(words, built, None)
        return judged(words, quiet(built), drive(folder, manifest, Path(scratch), timeout))


def build(
    folder: Path,
    manifest: Manifest,
    top: str,
    sources: Sequence[str],
    rows: bool,
    scratch: Path,
    timeout: float,
) -> Done:
    """Compile to the program ``scratch/obj/driver``; it runs on every bundle of this neuron."""
    driver = scratch / "driver.cpp"
    driver.write_text(driver_text(manifest, top=top, rows=rows))
    command = [
        require_tool("verilator"), "--cc", "--exe", "--build", "-O3", "-Wno-fatal",
        "--x-initial", "unique", "--top-module", top, "--Mdir", str(scratch / "obj"),
        "-I.", "-CFLAGS", "-O2", "-o", "driver", str(driver), *sources,
    ]  # fmt: skip
    return run_tool(command, folder, timeout)


def drive(folder: Path, manifest: Manifest, scratch: Path, timeout: float) -> Done:
    """Run the built program on a bundle."""
    samples = str(manifest.get("vectors", "n_samples", kind=int))
    return run_tool([str(scratch / "obj" / "driver"), samples], folder, timeout)
