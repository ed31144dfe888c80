"""Counter-examples as tables, in the form of the lessons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from refsnn.jobs.one_neuron import neuron_rows
from refsnn.neurons import Neuron


def text_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with the same keys as aligned columns; None is left empty."""
    names = list(rows[0])
    cells = [names, *(["" if row[n] is None else str(row[n]) for n in names] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(names))]
    return "\n".join(
        "  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def played(
    neuron: Neuron,
    currents: Sequence[int] | Sequence[float],
    yours: Mapping[str, Sequence[Any]] | None = None,
    bias: float = 0,
) -> str:
    """What the neuron does with the inputs, step by step, beside columns of the learner's.

    Parameters
    ----------
    yours : mapping
        Name of a column to what the learner has in it; too short ones end in empty cells.
    """
    rows = neuron_rows(neuron, list(currents), bias)[0]
    phases = {row["phase"] for row in rows}
    for i, row in enumerate(rows):
        if len(phases) == 1:
            del row["phase"]
        del row["count"]
        for name, values in (yours or {}).items():
            row[name] = values[i] if i < len(values) else None
    return text_table(rows)
