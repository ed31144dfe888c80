"""Hold an integer program to the float engine and to the requantised ANN, block by block."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fixedpoint.program import Program
from fixedpoint.run import run_program
from refsnn.analysis.levels import decodes_to
from refsnn.ann import evaluate, references
from refsnn.engines import Run, run
from refsnn.engines.memory import run_blocks
from refsnn.lower.grid import InputGrid
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray


@dataclass
class Measured:
    """Sums over all images."""

    input_values_changed: int = 0
    spikes_differ: int = 0
    logits_differ: int = 0
    counts_differ_from_float: int = 0
    wrong: dict[str, int | None] = field(default_factory=dict)
    observed: dict[str, tuple[int, int]] = field(default_factory=dict)
    predictions: dict[str, list[IntArray]] = field(default_factory=dict)

    @property
    def all_wrong(self) -> int | None:
        """Wrong counts of all layers; None where one has no levels."""
        counts = list(self.wrong.values())
        return None if None in counts else sum(n or 0 for n in counts)

    def accuracy(self, y: IntArray) -> dict[str, float]:
        """Of each of the three networks."""
        return {k: float(np.mean(np.concatenate(v) == y)) for k, v in self.predictions.items()}


def measure(program: Program, reference: SNN, snn: SNN, grid: InputGrid, x: Array) -> Measured:
    """Run the integers, the float engine on the same weights, and the network before lowering."""
    total = Measured()
    for part in run_blocks(snn, len(x), recorded=True):
        _add(total, program, reference, snn, grid, x[part])
    return total


def _add(
    total: Measured, program: Program, reference: SNN, snn: SNN, grid: InputGrid, x: Array
) -> None:
    codes = grid.codes(x)
    on_grid = grid.values(codes)
    integer = run_program(program, codes)
    floats, before = run(reference, on_grid, record=list(integer.layers)), run(snn, x)
    values = evaluate(reference.ann, on_grid)
    refs, output = references(reference.ann, values), reference.graph.output
    frames = reference.frames[output] if reference.readout.kind == "mean" else 1
    total.input_values_changed += int(np.sum(on_grid != x))
    total.logits_differ += int(np.sum(integer.logits / frames != floats.logits))
    for name, layer in integer.layers.items():
        total.spikes_differ += int(np.sum(_emitted(floats, name) != layer.spikes))
        total.counts_differ_from_float += int(np.sum(before.counts[name] != layer.counts))
        wrong = _wrong(reference, name, layer.counts, refs[name].level)
        total.wrong[name] = None if wrong is None else (total.wrong.get(name) or 0) + wrong
        low, high = total.observed.get(name, layer.observed)
        total.observed[name] = (min(low, layer.observed[0]), max(high, layer.observed[1]))
    logits = {
        "integer": integer.logits,
        "requantised_ann": values[output],
        "float_snn": before.logits,
    }
    for name, scores in logits.items():
        total.predictions.setdefault(name, []).append(np.argmax(scores, axis=1))


def _wrong(reference: SNN, name: str, counts: IntArray, level: IntArray | None) -> int | None:
    """Counts that do not stand for the reference's level; None where it has none."""
    return None if level is None else int(np.sum(~decodes_to(reference, name, counts, level)))


def _emitted(outcome: Run, name: str) -> Array:
    """The frames a layer sent, from its trace: the rows of its emitting phases."""
    trace = outcome.traces[name]
    return trace.fired[np.isin(trace.phase, ("emit", "fire"))]
