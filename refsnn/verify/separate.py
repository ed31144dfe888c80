"""Two explanations of the same data: what else would tell them apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fixedpoint.stimuli import integers, substream
from refsnn.dyadic import fraction_bits
from refsnn.engines import Case
from refsnn.engines.observed import LayerSignals, signals_of
from refsnn.errors import InputError
from refsnn.typing import Array
from refsnn.verify.first import Divergence, Pair, first, first_in_layer
from refsnn.verify.ties import BELOW, reachable

if TYPE_CHECKING:
    from refsnn.verify.diagnosis import Suspect

SLACK = {"strict": BELOW, "not-strict": 0.0, "tolerance-8e-5": 8e-5, "tolerance-1e-3": 1e-3}
"""Mistakes of the comparison: a membrane fires that far below its threshold."""
ROUNDS, SAMPLES = 8, 64
"""Random inputs that are searched for one that separates."""
FINEST = 20
"""Bits behind the point of such an input, at most."""


@dataclass(frozen=True)
class Difference:
    """What would tell two explanations, or an explanation and the reference, apart.

    ``kind`` is "trace" (record another signal on the same input), "input" (another input separates
    them), "equivalent" (nothing can, and why), or "none found" (no input that was tried does).
    """

    a: str
    b: str
    kind: str
    says: str
    sample: Any = None
    """The input that separates: one sample as nested lists."""


def separate(case: Case, a: Suspect, b: Suspect) -> Difference:
    """A signal that the data lack, or an input, on which two suspects part."""
    names = a.mistake.name, b.mistake.name
    found = parting(a.observed, b.observed, a.case.run.logits, b.case.run.logits)
    if found is not None:
        name = "logits" if found.layer == "output" else f"{found.layer}/{found.signal}"
        return Difference(*names, "trace", f"record {name}: {found}")
    if _fire_alike(case, a, b):
        says = "no membrane of this grid lies between the thresholds of the two"
        return Difference(*names, "equivalent", says)
    return _by_input(case, a, b)


def _fire_alike(case: Case, a: Suspect, b: Suspect) -> bool:
    """Whether both differ from the reference in the comparison only, and no membrane shows it."""
    slacks = [SLACK.get(suspect.mistake.name) for suspect in (a, b)]
    if None in slacks or a.sites != b.sites:
        return False
    low, high = sorted(slack for slack in slacks if slack is not None)
    return not any(reachable(case, site, low, high) for site in a.sites)


def _by_input(case: Case, a: Suspect, b: Suspect) -> Difference:
    names = a.mistake.name, b.mistake.name
    for number in range(ROUNDS):
        x = random_input(case.x, number)
        try:
            one, two = (s.altered.run(s.altered.snn, x) for s in (a, b))
        except InputError:
            break
        seen, other = signals_of(a.altered.snn, one), signals_of(b.altered.snn, two)
        found = parting(seen, other, one.logits, two.logits)
        if found is not None:
            sample = x[found.neuron[0]]
            says = f"run the network on this input: {found}"
            return Difference(*names, "input", says, sample.tolist())
    tried = ROUNDS * SAMPLES
    return Difference(*names, "none found", f"the same on this data and on {tried} random inputs")


def random_input(x: Array, number: int) -> Array:
    """Samples on the grid of ``x``, or of 2**-FINEST, and in its range; the same every time."""
    bits = fraction_bits(x, FINEST)
    grid = 2.0 ** -(FINEST if bits is None else bits)
    low, high = int(np.floor(x.min() / grid)), int(np.ceil(x.max() / grid))
    count = SAMPLES * int(np.prod(x.shape[1:]))
    drawn = integers(substream(number, "separate"), low, high, count)
    return (drawn * grid).reshape(SAMPLES, *x.shape[1:]).astype(x.dtype)


def parting(
    a: dict[str, LayerSignals], b: dict[str, LayerSignals], logits_a: Array, logits_b: Array
) -> Divergence | None:
    """The first signal, of all, in which two observed networks part."""
    for layer, (labels, signals) in a.items():
        other = b[layer]
        pairs = list(_pairs(signals, other.signals, labels == other.labels))
        found = first_in_layer(layer, [phase for phase, _ in labels], pairs)
        if found is not None:
            return found
    return first("output", "logit", logits_a, logits_b)


def _pairs(a: Any, b: Any, same_rows: bool) -> Iterable[Pair]:
    """Signals of both; where one takes more steps than the other, only what both have."""
    for key in a:
        if same_rows or (a[key].data.shape == b[key].data.shape and key not in ("u", "v")):
            rows = a[key].rows
            yield Pair(key, rows, a[key].data, b[key].data)
