"""A foreign dump held against a golden case: what differs first, and what was compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from refsnn.engines import Case
from refsnn.engines.observed import LayerSignals, signals_of
from refsnn.verify.dump import Dump, Given, golden_part
from refsnn.verify.first import Divergence, Pair, first, first_in_layer

OUTPUT = "output"


@dataclass(frozen=True)
class Verdict:
    """Outcome of holding a dump against a case."""

    equal: bool
    first: Divergence | None
    """First golden, then theirs."""
    differing: Mapping[str, tuple[int, int]]
    """Signal to numbers that differ, and numbers in all."""
    not_compared: tuple[str, ...]
    """Signals of the case that the dump has not."""
    unknown: tuple[str, ...]
    """Arrays of the dump that are no signal."""
    left_out: tuple[str, ...]
    """Arrays of the dump that the map leaves out."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def hold(case: Case, dump: Dump) -> Verdict:
    """Compare everything a dump holds with a case, bit for bit; no tolerance."""
    observed = signals_of(case.snn, case.run)
    pairs = {entry.target: _pair(case, observed, entry) for entry in dump.given}
    found = None
    for layer, (labels, signals) in observed.items():
        own = [pairs[t] for key in signals for t in pairs if (t.layer, t.signal) == (layer, key)]
        phases = [phase for phase, _ in labels]
        found = found or first_in_layer(layer, phases, own)
    for target, pair in pairs.items():
        if target.layer is None:
            found = found or first(OUTPUT, "logit", pair.a, pair.b)
    differing = {
        str(target): (int(np.sum(pair.a != pair.b)), int(pair.a.size))
        for target, pair in pairs.items()
    }
    equal = not any(wrong for wrong, _ in differing.values())
    missing = _missing(observed, dump)
    return Verdict(equal, found, differing, missing, dump.unknown, dump.left_out)


def _pair(case: Case, observed: Mapping[str, LayerSignals], entry: Given) -> Pair:
    rows, ours = golden_part(observed, case, entry.target)
    return Pair(entry.target.signal, rows, ours, entry.data)


def _missing(observed: Mapping[str, LayerSignals], dump: Dump) -> tuple[str, ...]:
    """Signals of which the dump has nothing; of a phase named alone, the others."""
    had = {(entry.target.layer, entry.target.signal) for entry in dump.given}
    wanted = [(layer, key) for layer, part in observed.items() for key in part.signals]
    names = [f"{layer}/{key}" for layer, key in wanted if (layer, key) not in had]
    return (*names, *(() if (None, "logits") in had else ("logits",)))
