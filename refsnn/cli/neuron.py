"""``refsnn neuron``: one neuron, step by step, on paper-sized numbers."""

from __future__ import annotations

from typing import Any

import typer

from refsnn.cli.console import JSON, answering, show_json, table
from refsnn.cli.settings import parse_numbers


def neuron(
    kind: str = typer.Argument(..., help="if, pascal or pascal-first."),
    theta: float = typer.Option(..., help="Threshold."),
    currents: str = typer.Option(..., "--input", help="Input currents, one per frame: 7,-5,6,-9"),
    t_out: int | None = typer.Option(None, help="Output frames (pascal)."),
    bias: float = typer.Option(0.0, help="Charge that enters once, at the start."),
    compare: str = typer.Option("ge", help="if: ge fires at v >= theta, gt at v > theta."),
    reset: str = typer.Option("subtract", help="if: subtract or zero."),
    v_init: float = typer.Option(0.5, help="if: start value in units of theta."),
    as_released: bool = typer.Option(False, help="The authors' code instead of the mathematics."),
    as_json: bool = JSON,
) -> None:
    """Print phase, t, input, u, spike, v and count of every step.

    Integers are run as integers. u is what the comparison saw, v the membrane after the reset;
    while emitting, u is the count (pascal).
    """
    from refsnn.jobs.one_neuron import neuron_of, neuron_rows

    with answering(as_json):
        values = parse_numbers(currents, "--input")
        settings: dict[str, Any] = {
            "compare": compare, "reset": reset, "v_init": v_init, "as_released": as_released,
        }  # fmt: skip
        chosen = neuron_of(kind, theta, t_out, settings)
        rows, level = neuron_rows(chosen, values, bias)
        if as_json:
            show_json(
                {
                    "neuron": type(chosen).__name__,
                    "rows": rows,
                    "count": rows[-1]["count"],
                    "level": level,
                }
            )
            return
        names = list(rows[0])
        table(type(chosen).__name__, names, [[str(row[n]) for n in names] for row in rows])
        print(f"spikes sent: {rows[-1]['count']}; QCFS level of the total charge: {level}")
