"""Hold two runs against each other: the first divergence, in the order things happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from refsnn.engines import Run, Trace
from refsnn.errors import InputError
from refsnn.semantics import Semantics
from refsnn.typing import Array

SIGNALS = ("current", "u", "fired", "v")
"""Within one step, in the order they are computed."""


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


@dataclass(frozen=True)
class Comparison:
    """Outcome of `compare`."""

    equal: bool
    first: Divergence | None
    differing: Mapping[str, int]
    """Layer to number of differing spike counts."""
    logit_difference: float
    compared: tuple[str, ...]
    """What was held against what: "spikes and membranes" of these layers, or counts only."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def compare(a: Run, b: Run) -> Comparison:
    """Compare two runs on the same samples, bit for bit.

    Layers are visited in the order of ``a``. Where both have a trace of the same phases, every
    step's current, membrane, spike and membrane after the reset are compared, else the counts.
    """
    _check_same_network(a, b)
    first, compared = None, []
    for name in a.counts:
        both = _same_steps(a.traces.get(name), b.traces.get(name))
        compared.append(f"{name}: {'every step' if both else 'counts'}")
        if first is None and both:
            first = first_divergence(name, a.traces[name], b.traces[name])
        if first is None:
            first = _first(name, "count", a.counts[name], b.counts[name])
    if first is None:
        first = _first("output", "logit", a.logits, b.logits)
    differing = {name: int(np.sum(a.counts[name] != b.counts[name])) for name in a.counts}
    gap = float(np.max(np.abs(a.logits - b.logits), initial=0))
    return Comparison(first is None, first, differing, gap, tuple(compared))


def first_divergence(layer: str, a: Trace, b: Trace) -> Divergence | None:
    """The first step, signal and neuron in which two traces of the same phases part."""
    for s in range(len(a.phase)):
        for signal in SIGNALS:
            found = _first(layer, signal, getattr(a, signal)[s], getattr(b, signal)[s])
            if found:
                return Divergence(
                    layer, s + 1, str(a.phase[s]), found.neuron, signal, found.a, found.b
                )
    return None


def _same_steps(a: Trace | None, b: Trace | None) -> bool:
    """Whether both layers were traced and took the same phases: else only counts compare."""
    return a is not None and b is not None and list(a.phase) == list(b.phase)


def semantic_differences(
    a: Mapping[str, Mapping[str, Any]], b: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Sentences on how the semantics of two networks differ, layer by layer."""
    found = [f"{name}: in the first only" for name in a if name not in b]
    found += [f"{name}: in the second only" for name in b if name not in a]
    for name in a:
        if name in b:
            parts = Semantics.from_dict(dict(a[name])).differences(
                Semantics.from_dict(dict(b[name]))
            )
            found += [f"{name}: {k} is {x!r} against {y!r}" for k, (x, y) in parts.items()]
    return found


def _first(layer: str, signal: str, a: Array, b: Array) -> Divergence | None:
    _check_shapes(layer, signal, a, b)
    differs = a != b
    if not differs.any():
        return None
    place = tuple(int(i) for i in np.argwhere(differs)[0])
    return Divergence(layer, None, None, place, signal, a[place].item(), b[place].item())


def _check_same_network(a: Run, b: Run) -> None:
    if list(a.counts) != list(b.counts):
        raise InputError(
            "other layers", where="compare", expected=list(a.counts), got=list(b.counts)
        )
    if len(a.logits) != len(b.logits):
        raise InputError(
            "other number of samples", where="compare", expected=len(a.logits), got=len(b.logits)
        )
    for name in a.counts:
        _check_shapes(name, "count", a.counts[name], b.counts[name])
    _check_shapes("output", "logit", a.logits, b.logits)


def _check_shapes(layer: str, signal: str, a: Array, b: Array) -> None:
    if a.shape != b.shape:
        raise InputError("shapes differ", where=f"{layer}, {signal}", expected=a.shape, got=b.shape)
