"""Rows as text: for the terminal, as JSON, and as the page docs/proofs.md."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from fixedpoint.proofs.base import Caught, Claim, Row
from fixedpoint.proofs.catalogue import CLAIMS, RTL_CLAIMS

COLUMNS = ["claim", "verdict", "s", "control", "method", "bounds"]


def cells(row: Row) -> list[str]:
    """One row of the table."""
    controls = "; ".join(caught_text(control) for control in row.caught)
    seconds = f"{row.seconds:.2f}"
    claim = row.claim
    return [claim.name, verdict_text(row), seconds, controls, claim.method, claim.bounds]


def verdict_text(row: Row) -> str:
    """``proved``, ``refuted, as stated``, or what went wrong."""
    got = row.verdict.outcome
    if got != row.claim.outcome:
        where = f" ({', '.join(row.verdict.failed[:3])})" if row.verdict.failed else ""
        return f"NOT AS STATED: {got}{where}"
    if row.replay is not None and not row.replay.real:
        return "NOT AS STATED: the counter-example is not real"
    return got if got == "proved" else f"{got}, as stated"


def caught_text(control: Caught) -> str:
    """What became of a planted fault."""
    if not control.ok:
        return f"{control.fault}: NOT CAUGHT ({control.verdict.outcome})"
    if control.wanted == "proved":
        return control.fault
    return f"{control.fault}: refuted" + (", replayed" if control.replay else "")


def as_json(row: Row) -> dict[str, Any]:
    """One row as plain JSON values, counter-examples included."""
    claim = row.claim
    texts = {n: getattr(claim, n) for n in ("name", "statement", "formula", "method", "bounds")}
    return {
        **texts,
        "ok": row.ok,
        "verdict": _verdict(row),
        "stated": claim.outcome,
        "seconds": row.seconds,
        "controls": [
            {"fault": control.fault, "ok": control.ok, "verdict": _verdict(control),
             "seconds": control.seconds} for control in row.caught
        ],
    }  # fmt: skip


def _verdict(part: Row | Caught) -> dict[str, Any]:
    found = {**part.verdict._asdict(), "failed": list(part.verdict.failed)}
    found["witness"] = dict(part.verdict.witness)
    replay = part.replay
    return found | {"replay": replay and {**replay._asdict(), "real": replay.real}}


def page(rows: Sequence[Row]) -> str:
    """The page: every claim, and what this run found."""
    found = {row.claim.name: row for row in rows}
    text = files("fixedpoint.proofs").joinpath("page.mdin").read_text()
    facts = {
        "VERSIONS": versions(),
        "CLAIMS": _table(CLAIMS, found),
        "RTL": _table(RTL_CLAIMS, found),
        "RESULTS": _results((*CLAIMS, *RTL_CLAIMS), found),
    }
    for key, value in facts.items():
        text = text.replace(f"@{key}@", value)
    return text


def _table(claims: Sequence[Claim], found: dict[str, Row]) -> str:
    lines = ["| claim | what | bounds |", "|---|---|---|"]
    for claim in claims:
        what = f"{claim.statement} `{claim.formula}`"
        lines.append(f"| {claim.name} | {what} | {claim.bounds} |")
    return "\n".join(lines)


def _results(claims: Sequence[Claim], found: dict[str, Row]) -> str:
    lines = ["| claim | method | verdict | s | planted fault |", "|---|---|---|---|---|"]
    for claim in claims:
        row = found.get(claim.name)
        faults = "; ".join(control.fault for control in claim.controls)
        got = ["not run here", "", faults] if row is None else cells(row)[1:4]
        lines.append(f"| {' | '.join([claim.name, claim.method, *got])} |")
    return "\n".join(lines)


def versions() -> str:
    """The solver, and the programs that are there."""
    found = [f"z3 {version('z3-solver')}"]
    for program, flag in (("yosys", "-V"), ("ghdl", "--version")):
        try:
            done = subprocess.run([program, flag], capture_output=True, text=True, check=True)
            found.append(done.stdout.splitlines()[0].split(" (")[0])
        except OSError:
            continue
    return ", ".join(found)
