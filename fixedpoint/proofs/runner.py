"""Decide claims one after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from fixedpoint.proofs.base import Caught, Claim, Control, Replay, Row, Verdict, Witness

TIMEOUT = 20.0
"""Seconds one query of a solver may take."""


def run_claims(claims: Sequence[Claim], timeout: float = TIMEOUT) -> Iterator[Row]:
    """Decide each claim and its controls."""
    for claim in claims:
        yield run_claim(claim, timeout)


def run_claim(claim: Claim, timeout: float = TIMEOUT) -> Row:
    """Decide one claim, then every planted fault.

    Parameters
    ----------
    claim : Claim
    timeout : float
        Seconds for each query of a solver; one that takes longer is unknown, hence not proved.
    """
    start = time.perf_counter()
    verdict = claim.prove(timeout)
    seconds = time.perf_counter() - start
    caught = tuple(_caught(control, timeout) for control in claim.controls)
    return Row(claim, verdict, seconds, caught, _replayed(claim.replay, verdict))


def _caught(control: Control, timeout: float) -> Caught:
    start = time.perf_counter()
    verdict = control.prove(timeout)
    seconds = time.perf_counter() - start
    replay = _replayed(control.replay, verdict)
    return Caught(control.fault, verdict, control.outcome, replay, seconds)


def _replayed(replay: Callable[[Witness], Replay] | None, verdict: Verdict) -> Replay | None:
    return replay(verdict.witness) if replay and verdict.outcome == "refuted" else None
