"""What a claim is, when its row stands, and what a counter-example has to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

Outcome = Literal["proved", "refuted", "vacuous", "unknown"]
Witness = Mapping[str, int]


class Verdict(NamedTuple):
    """What a solver says of a claim.

    ``unknown`` is a time limit or a solver that gave up; ``vacuous`` means that the assumptions
    contradict one another, so that anything would follow. Neither is ever a proof.
    """

    outcome: Outcome
    failed: tuple[str, ...] = ()
    """Names of the parts that are not proved."""
    witness: Witness = MappingProxyType({})
    """A counter-example: name to integer. Empty where there is none."""


class Replay(NamedTuple):
    """One counter-example, run again on the integer models."""

    claimed: int
    """What the formula gives, evaluated in Python."""
    model: int
    """What the integer model gives; of a control, the model with the fault planted."""
    logic: int
    """What the solver says the model gives."""
    sound: int | None = None
    """Of a control: what the model without the fault gives."""

    @property
    def real(self) -> bool:
        """Model and solver agree with one another, and not with the formula."""
        sound = self.claimed if self.sound is None else self.sound
        return self.model == self.logic != self.claimed == sound


Prove = Callable[[float], Verdict]
"""From the seconds one solver query may take to a verdict."""


@dataclass(frozen=True)
class Control:
    """The same claim with a planted fault; it has to be refuted, by a run that really fails.

    Parameters
    ----------
    fault : str
        What is planted, in words.
    prove : callable
    replay : callable, optional
        Runs the counter-example again; None where the prover itself has run it (RTL traces).
    outcome : str
        "proved" for the control of a claim that is false as stated: with the missing assumption
        it has to hold.
    """

    fault: str
    prove: Prove
    replay: Callable[[Witness], Replay] | None = None
    outcome: Outcome = "refuted"


@dataclass(frozen=True)
class Claim:
    """A statement about the integer neurons, and how it is decided.

    Parameters
    ----------
    name : str
    statement, formula : str
        In words, and as a formula.
    method : str
        For instance "induction, integers".
    bounds : str
        For which values it is decided.
    prove : callable
    controls : tuple of Control
        At least one.
    outcome : str
        What the row has to end with: "proved", or "refuted" for a statement known to be false.
    replay : callable, optional
        Of a false statement: runs its counter-example.
    needs : tuple of str
        Programs beside the solver.
    """

    name: str
    statement: str
    formula: str
    method: str
    bounds: str
    prove: Prove
    controls: tuple[Control, ...]
    outcome: Outcome = "proved"
    replay: Callable[[Witness], Replay] | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Caught:
    """What became of one control."""

    fault: str
    verdict: Verdict
    wanted: Outcome
    replay: Replay | None
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the fault was caught, and its counter-example is real."""
        replayed = self.replay is None or self.replay.real
        return self.verdict.outcome == self.wanted and replayed


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    claim: Claim
    verdict: Verdict
    seconds: float
    caught: tuple[Caught, ...]
    replay: Replay | None = field(default=None)

    @property
    def ok(self) -> bool:
        """Whether the claim ended as stated and every control as it should."""
        replayed = self.replay is None or self.replay.real
        controls = bool(self.caught) and all(control.ok for control in self.caught)
        return self.verdict.outcome == self.claim.outcome and replayed and controls
