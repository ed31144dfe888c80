"""``refsnn compare``: where two runs, or two spiking networks, part."""

from __future__ import annotations

from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, end, show_json


def compare(
    a: Path = typer.Argument(..., help="Trace (refsnn run --trace) or spiking network."),
    b: Path = typer.Argument(..., help="Another of the same kind."),
    data: str | None = typer.Option(None, help="SPEC to run two networks on."),
    ignore_semantics: bool = typer.Option(False, help="Compare although the conventions differ."),
    as_json: bool = JSON,
) -> None:
    """Print the first divergence: layer, step, neuron, both values. Exit code 1 if they differ."""
    from refsnn.errors import InputError
    from refsnn.jobs.running import load_comparable
    from refsnn.verify import compare as hold
    from refsnn.verify import semantic_differences

    with answering(as_json):
        header_a, run_a = load_comparable(a, data)
        header_b, run_b = load_comparable(b, data)
        differences = semantic_differences(header_a["semantics"], header_b["semantics"])
        if differences and not ignore_semantics:
            raise InputError(
                "the conventions differ", where=f"{a} and {b}", got="; ".join(differences[:4]),
                fix="compare like with like, or pass --ignore-semantics",
            )  # fmt: skip
        outcome = hold(run_a, run_b)
        if as_json:
            show_json({**outcome.to_dict(), "semantic_differences": differences})
        elif outcome.equal:
            print("equal, bit for bit: " + ", ".join(outcome.compared))
        else:
            print(f"first divergence: {outcome.first}")
            print(
                "differing spike counts: "
                + ", ".join(f"{k} {v}" for k, v in outcome.differing.items())
            )
        end(outcome.equal)
