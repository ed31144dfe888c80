"""``refsnn verify``: another implementation's recording against a golden case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from refsnn.cli.console import JSON, answering, end, show_json

if TYPE_CHECKING:
    from refsnn.jobs.verifying import Verification

EXAMPLE = "Example: refsnn verify theirs.npz --case pascal-mlp --names map.json"


def verify(
    theirs: Path = typer.Argument(..., help="npz with the arrays of another implementation."),
    against: Path | None = typer.Option(
        None, help="Golden case (npz) or folder of cases; default: the published set."
    ),
    case: str | None = typer.Option(None, help="Name of the golden case, e.g. pascal-conv."),
    names: Path | None = typer.Option(
        None, help="Map file (JSON) of their names onto ours; see docs/verify.md."
    ),
    axes: str | None = typer.Option(
        None, help="Order of their axes, e.g. BTCHW: T time, B samples; asked for if not clear."
    ),
    blind: bool = typer.Option(
        False, "--blind", help="Also list known mistakes that this comparison would not show."
    ),
    as_json: bool = JSON,
) -> None:
    """Compare bit for bit; name the first divergence and what explains all of it.

    Exit code 0 equal, 1 differs, 2 cannot be compared.
    """
    from refsnn.jobs.verifying import verify_file

    with answering(as_json):
        done = verify_file(theirs, against, case, names, axes, blind=blind)
        if as_json:
            show_json(done.to_dict())
        else:
            _print(done, blind)
        end(done.verdict.equal)


def _print(done: Verification, blind: bool) -> None:
    verdict = done.verdict
    compared = ", ".join(str(entry.target) for entry in done.dump.given)
    if verdict.equal:
        print(f"equal to golden case {done.case.name}, bit for bit")
    else:
        print(f"differs from golden case {done.case.name}")
        print(f"first divergence (golden against theirs): {verdict.first}")
        wrong = {k: n for k, n in verdict.differing.items() if n[0]}
        print("differing: " + ", ".join(f"{k} {n} of {of}" for k, (n, of) in wrong.items()))
        _print_causes(done)
    print(f"compared: {compared}")
    for title, names in (
        ("not compared, not in the dump", verdict.not_compared),
        ("not compared, no name of ours", verdict.unknown),
        ("left out by the map", verdict.left_out),
    ):
        if names:
            print(f"{title}: {', '.join(names)}")
    _print_blind(done, blind)


def _print_causes(done: Verification) -> None:
    found = done.diagnosis
    assert found is not None
    for cause in found.explanations:
        print(f"explains all of it: {cause.mistake} ({cause.where}): {cause.says}")
    if not found.explanations:
        print(f"none of the {found.tried} known mistakes explains all of it")
    if found.closest:
        print(f"explains most: {found.closest}")
    for pair in found.differences:
        print(f"{pair.a} or {pair.b}? {pair.kind}: {pair.says}")
        if pair.sample is not None:
            print(f"  input: {pair.sample}")


def _print_blind(done: Verification, listed: bool) -> None:
    if done.blind is None:
        return
    if not done.blind:
        print("every known mistake would have shown")
    elif not listed:
        print(f"{len(done.blind)} known mistakes would not have shown: --blind lists them")
    for spot in done.blind if listed else ():
        print(f"would not have shown: {spot}")
