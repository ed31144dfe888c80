"""The first place where two recordings of one network part, in the order things happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from refsnn.errors import InputError
from refsnn.typing import Array


@dataclass(frozen=True)
class Divergence:
    """The first place where two runs part."""

    layer: str
    step: int | None
    """Row of the trace, from 1; None where only totals were compared."""
    phase: str | None
    neuron: tuple[int, ...]
    """Sample first, then the neuron's coordinates."""
    signal: str
    a: float
    b: float

    def __str__(self) -> str:
        where = f"layer {self.layer}"
        where += f", step {self.step} ({self.phase})" if self.step is not None else ""
        sample, *coordinates = self.neuron
        where += f", sample {sample}, neuron {tuple(coordinates)}"
        return f"{where}: {self.signal} {self.a!r} against {self.b!r}"


class Pair(NamedTuple):
    """One signal of a layer, from both sides."""

    signal: str
    rows: tuple[int, ...] | None
    """Rows of the layer's schedule; None of a total."""
    a: Array
    """(rows, B, ...), or (B, ...) of a total."""
    b: Array


def first_in_layer(layer: str, phases: Sequence[str], pairs: Iterable[Pair]) -> Divergence | None:
    """The first step, signal and neuron in which a layer parts.

    Within a step signals are visited in the order of ``pairs``; totals come after all steps.
    """
    pairs = list(pairs)
    for pair in pairs:
        check_shapes(layer, pair.signal, pair.a, pair.b)
    for row, pair, a, b in _in_time(pairs):
        found = first(layer, pair.signal, a, b)
        if found:
            step, phase = (None, None) if row is None else (row + 1, str(phases[row]))
            return Divergence(layer, step, phase, found.neuron, pair.signal, found.a, found.b)
    return None


def _in_time(pairs: list[Pair]) -> Iterator[tuple[int | None, Pair, Array, Array]]:
    """Every row of every pair, by row, then in the order given; then the totals."""
    for row in sorted({row for pair in pairs for row in pair.rows or ()}):
        for pair in pairs:
            if pair.rows is not None and row in pair.rows:
                i = pair.rows.index(row)
                yield row, pair, pair.a[i], pair.b[i]
    for pair in pairs:
        if pair.rows is None:
            yield None, pair, pair.a, pair.b


def first(layer: str, signal: str, a: Array, b: Array) -> Divergence | None:
    """The first neuron in which two arrays (B, ...) differ; NaN differs from everything."""
    check_shapes(layer, signal, a, b)
    differs = a != b
    if not differs.any():
        return None
    place = tuple(int(i) for i in np.argwhere(differs)[0])
    return Divergence(layer, None, None, place, signal, a[place].item(), b[place].item())


def check_shapes(layer: str, signal: str, a: Array, b: Array) -> None:
    """Two arrays of one signal have one shape."""
    if a.shape != b.shape:
        raise InputError("shapes differ", where=f"{layer}, {signal}", expected=a.shape, got=b.shape)
