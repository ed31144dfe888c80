"""Hold two runs against each other: the first divergence, in the order things happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from refsnn.engines import Run, Trace
from refsnn.errors import InputError
from refsnn.semantics import Semantics
from refsnn.verify.first import Divergence, Pair, check_shapes, first_in_layer
from refsnn.verify.first import first as hold

SIGNALS = ("current", "u", "fired", "v")
"""Within one step, in the order they are computed."""


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
            first = hold(name, "count", a.counts[name], b.counts[name])
    if first is None:
        first = hold("output", "logit", a.logits, b.logits)
    differing = {name: int(np.sum(a.counts[name] != b.counts[name])) for name in a.counts}
    gap = float(np.max(np.abs(a.logits - b.logits), initial=0))
    return Comparison(first is None, first, differing, gap, tuple(compared))


def first_divergence(layer: str, a: Trace, b: Trace) -> Divergence | None:
    """The first step, signal and neuron in which two traces of the same phases part."""
    rows = tuple(range(len(a.phase)))
    pairs = (Pair(signal, rows, getattr(a, signal), getattr(b, signal)) for signal in SIGNALS)
    return first_in_layer(layer, a.phase.tolist(), pairs)


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
        check_shapes(name, "count", a.counts[name], b.counts[name])
    check_shapes("output", "logit", a.logits, b.logits)
