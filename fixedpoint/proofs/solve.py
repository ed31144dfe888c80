"""Decide queries with z3: assumptions that can hold, and a consequence that always does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any

from fixedpoint.errors import InputError
from fixedpoint.proofs.base import Control, Outcome, Prove, Replay, Verdict, Witness

Term = Any
"""A term of the solver, a Python integer or an integer array: the steps take all three."""


def z3() -> Any:
    """The solver's module, or an `InputError` that says how to install it."""
    try:
        return import_module("z3")
    except ImportError:
        fix = "python -m pip install 'refsnn[formal]'"
        raise InputError("the solver is not installed", where="z3", fix=fix) from None


@dataclass(frozen=True)
class Query:
    """``given`` implies ``then``, for all values of the variables.

    Parameters
    ----------
    label : str
        Which part of the proof this is.
    given : sequence of terms
        Assumptions; whether they can hold at all is asked too.
    then : term
    shown : mapping
        Name to term: what a counter-example tells.
    small : sequence of terms
        Wishes for a counter-example, to keep its numbers small; dropped where they cannot be met.
    run : bool
        A counter-example is a whole run from the first step on, not one step from any state.
    """

    label: str
    given: Sequence[Term]
    then: Term
    shown: Mapping[str, Term] = field(default_factory=dict)
    small: Sequence[Term] = ()
    run: bool = False


Queries = Callable[[], Sequence[Query]]


def by_z3(queries: Queries) -> Prove:
    """A prover of the conjunction of queries."""
    return lambda timeout: _all(queries(), timeout)


def fault_by_z3(queries: Queries) -> Prove:
    """A prover of the same with a fault planted.

    Refuted only if a whole run refutes it and, where there are inductive parts, one of those fails
    as well: both have to notice the fault.
    """
    return lambda timeout: _noticed(queries(), timeout)


def planted(
    words: str,
    queries: Callable[..., Sequence[Query]],
    replay: Callable[[Witness], Replay],
    **fault: Any,
) -> Control:
    """A control: the queries of a claim with a fault, and the run that has to show it."""
    return Control(words, fault_by_z3(partial(queries, **fault)), replay)


_SEVERITY: list[Outcome] = ["proved", "refuted", "unknown", "vacuous"]
_Answers = list[tuple[Query, Verdict]]


def _all(queries: Sequence[Query], timeout: float) -> Verdict:
    found: _Answers = [(query, decide(query, timeout)) for query in queries]
    worst = max((verdict.outcome for _, verdict in found), key=_SEVERITY.index)
    failed = tuple(query.label for query, verdict in found if verdict.outcome != "proved")
    witness = next((v.witness for _, v in found if v.outcome == "refuted"), {})
    return Verdict(worst, failed, witness if worst == "refuted" else {})


def _noticed(queries: Sequence[Query], timeout: float) -> Verdict:
    found: _Answers = [(query, decide(query, timeout)) for query in queries]
    refuted = [(query, verdict) for query, verdict in found if verdict.outcome == "refuted"]
    labels = tuple(query.label for query, _ in refuted)
    runs = [verdict.witness for query, verdict in refuted if query.run]
    inductive = all(query.run for query in queries) or any(not query.run for query, _ in refuted)
    if runs and inductive and all(verdict.outcome != "vacuous" for _, verdict in found):
        return Verdict("refuted", labels, runs[0])
    answers = {verdict.outcome for _, verdict in found}
    return Verdict("proved" if answers == {"proved"} else "unknown", labels)


def decide(query: Query, timeout: float) -> Verdict:
    """One query: ``proved`` only if its assumptions hold somewhere and its negation nowhere."""
    solver = z3().Solver()
    solver.set("timeout", max(1, round(timeout * 1000)))
    solver.add(*query.given)
    possible = solver.check()
    if possible != z3().sat:
        return Verdict("vacuous" if possible == z3().unsat else "unknown", (query.label,))
    solver.add(z3().Not(query.then))
    answer = solver.check()
    if answer == z3().unsat:
        return Verdict("proved")
    if answer != z3().sat:
        return Verdict("unknown", (query.label,))
    return Verdict("refuted", (query.label,), _witness(solver, query))


def _witness(solver: Any, query: Query) -> dict[str, int]:
    model = solver.model()
    solver.add(*query.small)
    if solver.check() == z3().sat:
        model = solver.model()
    return {name: _value(model.eval(z3().simplify(_term(term)), model_completion=True))
            for name, term in query.shown.items()}  # fmt: skip


def _term(term: Term) -> Any:
    return z3().IntVal(term) if isinstance(term, int) else term


def _value(value: Any) -> int:
    if z3().is_bv_value(value):
        return int(value.as_signed_long())
    return int(z3().is_true(value)) if z3().is_bool(value) else int(value.as_long())
