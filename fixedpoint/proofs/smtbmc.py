"""Prove assertions of a Verilog module: Yosys writes SMT, yosys-smtbmc and z3 decide."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fixedpoint.errors import InputError
from fixedpoint.hdl.tools import require_tool
from fixedpoint.proofs.base import Verdict

Trace = list[dict[str, int]]
"""Signals of the top module at every clock."""


def path() -> str:
    """Search path with the folder of this Python first: the solver's program is there."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def require_solver() -> str:
    """Path of the program z3, or an `InputError` that says how to install it."""
    found = shutil.which("z3", path=path())
    if found is None:
        fix = "python -m pip install 'refsnn[formal]'"
        raise InputError("program not found", where="z3", fix=fix)
    return found


def run(command: Sequence[str], folder: Path, timeout: float) -> str | None:
    """What a program says; None where it does not end in time. Its children end with it."""
    env = {**os.environ, "PATH": path()}
    with subprocess.Popen(
        command, cwd=folder, env=env, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            return process.communicate(timeout=timeout)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            return None


def yosys(script: str, folder: Path, timeout: float) -> bool:
    """Whether Yosys carries out a script; an error in it is an `InputError`, no time is False."""
    said = run([require_tool("yosys"), "-q", "-p", script], folder, timeout)
    if said is not None and "ERROR" in said:
        raise InputError("yosys failed", where="proof", got=said[said.index("ERROR") :][:300])
    return said is not None


def model_check(
    texts: Mapping[str, str], parameters: Mapping[str, int], depth: int, induction: int | None,
    timeout: float,
) -> tuple[Verdict, Trace]:  # fmt: skip
    """Decide all assertions of the module ``proof``.

    Parameters
    ----------
    texts : mapping
        File name to Verilog; the first holds ``proof``.
    parameters : mapping
        Of ``proof``.
    depth : int
        Clocks from the reset within which the whole sample is over: the end has to be reachable.
    induction : int or None
        Depth of the induction; None: all clocks up to ``depth`` and no more.
    timeout : float
        Seconds of each run.
    """
    require_solver()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, text in texts.items():
            (folder / name).write_text(text)
        define = "-D INVARIANTS " if induction else ""
        settings = "".join(f"chparam -set {k} {v} proof; " for k, v in parameters.items())
        others = " ".join(list(texts)[1:])
        script = f"read_verilog {others}; read_verilog -formal {define}{next(iter(texts))}; "
        script += f"{settings}prep -top proof -flatten; async2sync; dffunmap; "
        if not yosys(script + "write_smt2 -wires proof.smt2", folder, timeout):
            return Verdict("unknown", ("yosys",)), []
        return _decide(folder, depth, induction, timeout)


def _decide(
    folder: Path, depth: int, induction: int | None, timeout: float
) -> tuple[Verdict, Trace]:
    base = _status(folder, ["-t", str(induction or depth), "--dump-vcd", "trace.vcd"], timeout)
    if base == "FAILED":
        return Verdict("refuted", ("assertion",)), read_vcd(folder / "trace.vcd")
    if base != "PASSED":
        return Verdict("unknown", ("assertion",)), []
    if induction and _status(folder, ["-i", "-t", str(induction)], timeout) != "PASSED":
        return Verdict("unknown", ("induction",)), []
    reached = _status(folder, ["-c", "-t", str(depth)], timeout)
    if reached != "PASSED":
        return Verdict("vacuous" if reached == "FAILED" else "unknown", ("end reached",)), []
    return Verdict("proved"), []


def _status(folder: Path, options: Sequence[str], timeout: float) -> str:
    command = [require_tool("yosys-smtbmc"), "-s", "z3", *options, "proof.smt2"]
    said = run(command, folder, timeout) or ""
    states = [line.split("Status:")[1].strip() for line in said.splitlines() if "Status:" in line]
    return states[-1] if states else "TIMEOUT"


def read_vcd(file: Path) -> Trace:
    """Signals of the outermost scope, one entry for every clock."""
    names: dict[str, str] = {}
    values: dict[str, int] = {}
    clocks: dict[int, dict[str, int]] = {}
    depth = 0
    for words in _words(file):
        depth += (words[0] == "$scope") - (words[0] == "$upscope")
        if words[0] == "$var" and words[4] == "smt_step":
            names[words[3]] = _STEP
        elif words[0] == "$var" and depth == 1:
            names[words[3]] = words[4]
        elif words[0][0] == "b" and words[1] in names:
            values[names[words[1]]] = _code(words[0][1:])
            clocks[values[_STEP]] = dict(values)
    return [clocks[step] for step in sorted(clocks)][:-1]  # behind the last clock is one more step


_STEP = "$step"


def _words(file: Path) -> Iterator[list[str]]:
    return (line.split() for line in file.read_text().splitlines() if line.split())


def _code(bits: str) -> int:
    """Two's complement; one bit stays 0 or 1."""
    value = int(bits.replace("x", "0"), 2)
    return value - (1 << len(bits)) if len(bits) > 1 and bits[0] == "1" else value
