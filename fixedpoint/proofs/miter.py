"""Two modules that are equal for ever: Yosys builds the miter and proves it by induction."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fixedpoint.errors import InputError
from fixedpoint.hdl.tools import require_tool
from fixedpoint.proofs.base import Claim, Control, Prove, Verdict
from fixedpoint.proofs.rtl import hdl
from fixedpoint.proofs.smtbmc import run

MOST = 12
"""Longest induction."""


@dataclass(frozen=True)
class Side:
    """One of the two: a top module, the shipped files it is made of, own text, parameters."""

    top: str
    files: tuple[str, ...]
    text: str = ""
    parameters: Mapping[str, int] | None = None
    edit: tuple[str, str] = ("", "")
    watched: tuple[str, ...] = ()
    """Registers that are compared as well: the outputs alone tell the induction too little."""

    @property
    def vhdl(self) -> bool:
        """Whether GHDL has to translate it first."""
        return self.files[0].endswith(".vhd")


def equal(gold: Side, gate: Side) -> Prove:
    """A prover that both give the same outputs for the same inputs, for ever after a reset."""
    return lambda timeout: _equal(gold, gate, timeout)


def _equal(gold: Side, gate: Side, timeout: float) -> Verdict:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        script = _read(gold, "gold", folder, timeout) + _read(gate, "gate", folder, timeout)
        script += "".join(f"design -copy-from {n} -as {n} {n}; " for n in ("gold", "gate"))
        script += "miter -equiv -flatten gold gate miter; sat -tempinduct -prove trigger 0 "
        script += f"-set-at 1 in_rst 1 -seq 1 -maxsteps {MOST} miter"
        said = run([require_tool("yosys"), "-p", script], folder, timeout)
    return _judged(said)


def _judged(said: str | None) -> Verdict:
    """What the log says; a step that is not inductive is no counter-example."""
    if said is None:
        return Verdict("unknown", ("time",))
    if "ERROR" in said:
        raise InputError("yosys failed", where="miter", got=said[said.index("ERROR") :][:300])
    if "Induction step proven: SUCCESS!" in said:
        return Verdict("proved")
    if "SAT temporal induction proof finished - model found for base case: FAIL!" in said:
        return Verdict("refuted", ("outputs",), {"step": _last_base(said)})
    return Verdict("unknown", ("induction",))


def _last_base(said: str) -> int:
    return max(int(step) for step in re.findall(r"\[base case (\d+)\]", said))


def _read(side: Side, name: str, folder: Path, timeout: float) -> str:
    """Commands that read one side into a design of its own."""
    settings = {**(side.parameters or {})}
    own = folder / name
    own.mkdir()
    for file in side.files:
        old, new = side.edit if file == side.files[-1] else ("", "")
        text = hdl(file)
        assert not old or text.count(old) == 1, old
        (own / file).write_text(text.replace(old, new) if old else text)
    sources = [f"{name}/{file}" for file in side.files]
    if side.vhdl:
        sources = [_translated(side, own, settings, timeout)]
        settings = {}
    if side.text:
        (own / "top.v").write_text(side.text)
        sources.append(f"{name}/top.v")
    chosen = "".join(f" -chparam {key} {value}" for key, value in settings.items())
    shown = "".join(f"expose {name}/w:{register}; " for register in side.watched)
    return (
        f"read_verilog {' '.join(sources)}; hierarchy -top {side.top}{chosen}; proc; flatten; "
        f"rename -top {name}; {shown}design -stash {name}; "
    )


def _translated(side: Side, own: Path, settings: Mapping[str, int], timeout: float) -> str:
    """VHDL as Verilog; GHDL is called in the folder, its library stays there."""
    ghdl = require_tool("ghdl")
    if run([ghdl, "-a", "--std=08", *side.files], own, timeout) is None:
        raise InputError("ghdl does not end", where=side.top)
    generics = [f"-g{key}={value}" for key, value in settings.items()]
    command = [ghdl, "--synth", "--std=08", "--out=verilog", *generics, side.top]
    said = run(command, own, timeout)
    if said is None or "endmodule" not in said:
        raise InputError("ghdl failed", where=side.top, got=(said or "no end")[-300:])
    (own / "translated.v").write_text(_mended(said[said.index("module ") :]))
    return f"{own.name}/translated.v"


def _mended(text: str) -> str:
    """GHDL 2.0 writes ``shift_right`` of a signed word as ``$signed(x) >> n``, a logical shift.

    In VHDL it is arithmetic, as GHDL's own simulator has it.
    """
    return re.sub(r"(\$signed\(\w+\)) >> ", r"\1 >>> ", text)


def sabotage(words: str, gold: Side, gate: Side, old: str, new: str) -> Control:
    """The same miter with a fault in the text of the second side."""
    return Control(words, equal(gold, replace(gate, edit=(old, new))))


def claim(
    name: str, words: str, bounds: str, gold: Side, gate: Side, fault: tuple[str, str, str]
) -> Claim:
    """Equality of two sides, with its sabotage: words, text, replacement."""
    needs = ("yosys", "ghdl") if gate.vhdl else ("yosys",)
    return Claim(
        name=name,
        statement=words,
        formula="the same outputs at every clock for the same inputs, after a reset",
        method="miter, induction (Yosys sat)",
        bounds=bounds,
        prove=equal(gold, gate),
        controls=(sabotage(fault[0], gold, gate, fault[1], fault[2]),),
        needs=needs,
    )
