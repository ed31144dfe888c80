"""Claims about the shipped RTL: each module against its golden charge, for every input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.resources import files

from fixedpoint.proofs.base import Control, Prove, Replay, Verdict, Witness
from fixedpoint.proofs.smtbmc import Trace, model_check


@dataclass(frozen=True)
class Bench:
    """One module inside ``proof.vin``.

    Parameters
    ----------
    module : str
        A module of ``fixedpoint/hdl``.
    goal, invariants, reached : str
        Verilog: what is to hold, what helps the induction, how some run ends.
    parameters : mapping
        Of the proof.
    own : str
        Further parameters of the neuron.
    watched : tuple of str
        Registers inside the neuron that the invariants speak of, as ``own_<name>``.
    induction : int or None
    depth : int
        Clocks in which a sample is over.
    """

    module: str
    goal: str
    reached: str
    parameters: Mapping[str, int]
    depth: int
    invariants: str = ""
    own: str = ""
    spike: str = ""
    signed: str = ""
    ports: str = ", .phase(phase)"
    watched: tuple[str, ...] = ()
    induction: int | None = None
    edit: tuple[str, str] = field(default=("", ""))
    """A planted fault: text of the module, and what replaces it."""

    def check(self, timeout: float) -> tuple[Verdict, Trace]:
        """Decide."""
        return model_check(self.texts(), self.parameters, self.depth, self.induction, timeout)

    def texts(self) -> dict[str, str]:
        """The proof, the module and what it is made of."""
        module = hdl(f"{self.module}.v")
        old, new = self.edit
        assert not old or module.count(old) == 1, old
        proof = files("fixedpoint.proofs").joinpath("proof.vin").read_text()
        facts = {
            "NEURON": self.module, "PARAMETERS": self.own, "PORTS": self.ports,
            "SPIKE": self.spike, "SIGNED": self.signed, "GOAL": self.goal,
            "WATCHED": "".join(_WATCHED.format(*w.rsplit(" ", 1)) for w in self.watched),
            "INVARIANTS": self.invariants, "REACHED": self.reached,
        }  # fmt: skip
        for key, value in facts.items():
            proof = proof.replace(f"@{key}@", value)
        changed = module.replace(old, new) if old else module
        return {"proof.v": proof, "neuron.v": changed, "membrane_add.v": hdl("membrane_add.v")}


_WATCHED = """    (* hierconn *) wire {0} \\neuron.{1} ;
    wire signed [S-1:0] own_{1} = \\neuron.{1} ;
"""
"""Yosys ties such a wire to the register inside: the induction sees it, nothing is changed."""


def hdl(name: str) -> str:
    """Text of a shipped HDL file."""
    return files("fixedpoint.hdl").joinpath(name).read_text()


def proves(bench: Bench) -> Prove:
    """Decide the bench as it is."""
    return lambda timeout: bench.check(timeout)[0]


def _witness(bench: Bench, timeout: float) -> Verdict:
    """The sample that fails: what came after the last clear, or the reset."""
    verdict, trace = bench.check(timeout)
    if verdict.outcome != "refuted":
        return verdict
    taken = trace[:-1]  # the inputs of the last clock come too late
    first = max(i for i, now in enumerate(taken) if i == 0 or now["clear"]) + 1
    last = trace[-1]
    facts = {name: last[name] for name in ("theta", "v_init")}
    facts["emitted"] = last.get("emitted", 0)  # a constant 0 is optimised away
    if "taken" in last:
        facts["missing"] = last["sum"] - last["taken"] - last["v"]
    currents = (now["current"] for now in taken[first : first + bench.parameters["T_IN"]])
    facts |= {f"i{t}": current for t, current in enumerate(currents, 1)}
    return verdict._replace(witness=facts)


def control(
    words: str, bench: Bench, edit: tuple[str, str], replay: Callable[[Witness], Replay],
    **parameters: int,
) -> Control:  # fmt: skip
    """The same bench, its module sabotaged or a parameter changed, clock by clock from reset."""
    changed = {**bench.parameters, **parameters}
    faulty = replace(bench, edit=edit, parameters=changed, induction=None)
    return Control(words, partial(_witness, faulty), replay)
