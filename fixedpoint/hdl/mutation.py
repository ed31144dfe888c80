"""Can the vectors fail? Faults planted in the netlist by Yosys, and how many of them a bench sees.

A mutant that the bench passes is *equivalent* (no input tells it from the module, proved by
induction), *bounded* (no input of 30 clocks after reset does) or *surviving*: what a vector set has
to explain.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fixedpoint.errors import InputError
from fixedpoint.hdl.tools import require_tool, run_tool

BOUND = 30
"""Clocks."""
Judge = Callable[[Path], bool]
"""Whether a bench passes with this Verilog file in place of the module."""


@dataclass(frozen=True)
class Mutant:
    """One planted fault."""

    index: int
    fault: str
    """The arguments of Yosys' ``mutate``: mode, cell, port, bit, source line."""
    verdict: str
    """"killed"; "equivalent": proved for ever; "bounded": proved for `BOUND` clocks after reset,
    more than any sample has; or "surviving"."""


@dataclass(frozen=True)
class MutationScore:
    """Outcome of `mutation_score`."""

    top: str
    seed: int
    tool: str
    mutants: tuple[Mutant, ...]

    def count(self, verdict: str) -> int:
        """Number of mutants with this verdict."""
        return sum(mutant.verdict == verdict for mutant in self.mutants)

    @property
    def surviving(self) -> tuple[Mutant, ...]:
        """Those no vector sees and no proof excuses."""
        return tuple(mutant for mutant in self.mutants if mutant.verdict == "surviving")

    def quality(self) -> dict[str, int | str]:
        """As the manifest's section of this name."""
        return {
            "mutants": len(self.mutants),
            "killed": self.count("killed"),
            "equivalent": self.count("equivalent"),
            "bounded": self.count("bounded"),
            "tool": self.tool,
            "seed": self.seed,
        }


def mutation_score(
    folder: Path,
    sources: Sequence[str],
    top: str,
    passes: Judge,
    *,
    mutants: int = 100,
    seed: int = 1,
    timeout: float = 300.0,
    done: Callable[[Mutant], None] | None = None,
) -> MutationScore:
    """Plant faults in a module, one at a time.

    Parameters
    ----------
    folder : Path
        Where the tools run; names of sources and included files begin here.
    sources : sequence of str
        Verilog of the module and all below it.
    top : str
        Module; it has the ports ``clk`` and ``rst``.
    passes : callable
        Runs the bench on a Verilog file that holds the whole (flattened) module.
    mutants : int
    seed : int
        Of the choice of faults.
    timeout : float
        Seconds for each proof of equivalence.
    done : callable, optional
        Told of every verdict.

    Raises
    ------
    InputError
        The unchanged module does not pass, so that a score would mean nothing; or Yosys fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        made = _Made(Path(folder), Path(scratch), top)
        made.flatten(sources)
        faults = made.plant(mutants, seed)
        if not passes(made.gold):
            raise InputError("the unchanged module fails its bench", where=top)
        found = []
        for index, fault in enumerate(faults):
            mutant = Mutant(index, fault, _verdict(made, index, passes, timeout))
            found.append(mutant)
            if done is not None:
                done(mutant)
    return MutationScore(top, seed, made.version(), tuple(found))


def _verdict(made: _Made, index: int, passes: Judge, timeout: float) -> str:
    if not passes(made.mutant(index)):
        return "killed"
    if made.proves(_EQUIVALENCE, index, timeout):
        return "equivalent"
    return "bounded" if made.proves(_BOUNDED, index, timeout) else "surviving"


@dataclass(frozen=True)
class _Made:
    """Files of one module in a scratch folder."""

    folder: Path
    scratch: Path
    top: str

    @property
    def gold(self) -> Path:
        return self.scratch / "gold.v"

    def mutant(self, index: int) -> Path:
        return self.scratch / f"mutant{index}.v"

    def version(self) -> str:
        return self._yosys_command("-V").strip()

    def flatten(self, sources: Sequence[str]) -> None:
        self._yosys(
            f"read_verilog {' '.join(sources)}; prep -flatten -top {self.top}; opt_clean; "
            f"write_rtlil {self.scratch}/base.il; write_verilog -noattr {self.gold}"
        )

    def plant(self, mutants: int, seed: int) -> list[str]:
        listed = self.scratch / "mutations.txt"
        base = f"read_rtlil {self.scratch}/base.il"
        self._yosys(f"{base}; mutate -list {mutants + 1} -seed {seed} -none -o {listed}")
        faults = [line.removeprefix("mutate ") for line in listed.read_text().splitlines()]
        faults = [fault for fault in faults if "-mode none" not in fault]
        steps = "; ".join(
            f"design -load base; mutate {fault}; write_verilog -noattr {self.mutant(i)}"
            for i, fault in enumerate(faults)
        )
        self._yosys(f"{base}; design -save base; {steps}")
        return faults

    def proves(self, proof: str, index: int, timeout: float) -> bool:
        """Whether Yosys finds the proof in time."""
        script = proof.format(gold=self.gold, gate=self.mutant(index), bound=BOUND)
        try:
            done = run_tool([require_tool("yosys"), "-q", "-p", script], self.folder, timeout)
        except InputError:  # it did not end in time
            return False
        return done.returncode == 0

    def _yosys(self, script: str) -> None:
        file = self.scratch / "script.ys"
        file.write_text(script.replace("; ", "\n") + "\n")
        self._yosys_command("-q", "-s", str(file))

    def _yosys_command(self, *arguments: str) -> str:
        done = run_tool([require_tool("yosys"), *arguments], self.folder, 600)
        if done.returncode != 0:
            raise InputError(
                "yosys failed", where=self.top, got=(done.stderr or done.stdout)[-300:]
            )
        return done.stdout


_BOTH = (
    "read_verilog {gold}; rename -top gold; proc; opt_clean; design -stash gold; "
    "read_verilog {gate}; rename -top gate; proc; opt_clean; design -stash gate; "
    "design -copy-from gold gold; design -copy-from gate gate; "
)
_EQUIVALENCE = _BOTH + (
    "equiv_make gold gate equiv; hierarchy -top equiv; "
    "equiv_simple -seq 5; equiv_induct -seq 5; equiv_status -assert"
)
"""Yosys ends with an error unless it proves that, from equal registers, no output and no register
ever differs; and reset makes all registers equal, because it is one of the inputs."""
_BOUNDED = _BOTH + (
    "miter -equiv -flatten -make_outputs gold gate miter; hierarchy -top miter; opt_clean; "
    "sat -verify -tempinduct-baseonly -maxsteps {bound} -prove trigger 0 "
    "-set-at 1 in_rst 1 -seq 1 miter"
)
"""After one clock of reset, no input of so many clocks makes an output differ."""
