"""Why two implementations part: the known mistakes that explain all of the foreign data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from refsnn.engines import Case
from refsnn.engines.observed import LayerSignals, signals_of
from refsnn.errors import InputError
from refsnn.graph import INPUT
from refsnn.verify.dump import Dump, Given, golden_part
from refsnn.verify.mistakes import CATALOGUE, Altered, Mistake, RunMistake
from refsnn.verify.naming import Target
from refsnn.verify.separate import Difference, separate
from refsnn.verify.verdict import Verdict

EVERYWHERE, ON_ITS_OWN = "everywhere", "in every layer, each driven by the golden input"
MOST_PAIRS = 6
"""Pairs of explanations that are told apart one by one."""


class Suspect(NamedTuple):
    """A mistake at some sites, and what the network did with it."""

    mistake: Mistake
    sites: tuple[str, ...]
    where: str
    altered: Altered
    observed: dict[str, LayerSignals]
    case: Case
    """The case, as this network would have recorded it."""


@dataclass(frozen=True)
class Explanation:
    """A known mistake that explains every number of the foreign data."""

    mistake: str
    says: str
    where: str
    """"everywhere" it can be made, or the one layer or node."""


@dataclass(frozen=True)
class Diagnosis:
    """Outcome of `diagnose`."""

    explanations: tuple[Explanation, ...]
    differences: tuple[Difference, ...]
    """Pairs of explanations that the data cannot tell apart, and what would."""
    tried: int
    """Mistakes of the catalogue that can be made in this network."""
    closest: str | None
    """Where nothing explains everything: what explains most."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


Replay = Callable[[Case, Mistake, tuple[str, ...], str], Suspect | None]


def diagnose(case: Case, dump: Dump, verdict: Verdict, replay: Replay | None = None) -> Diagnosis:
    """Replay the network with every known mistake; keep those that give exactly their numbers.

    Each is tried everywhere it can be made; then at the single places that can have caused the
    first divergence; then in every layer on its own, each driven by the golden input.

    Parameters
    ----------
    replay : callable, optional
        `suspect_of`, or the same that remembers what it has run, for many dumps of one case.
    """
    replay = replay or suspect_of
    known = [m for m in CATALOGUE.values() if m.sites(case)]
    found: list[Suspect] = []
    best = (0, "")
    for mistake in known:
        for suspect in _suspects(case, mistake, verdict, dump, replay):
            agreeing = agreement(suspect, dump)
            best = max(best, (agreeing, f"{mistake.name} ({suspect.where})"))
            if agreeing == len(dump.given) and (shows(suspect, case, dump) or not mistake.alters):
                found.append(suspect)
                break
    already = sum(wrong == 0 for wrong, _ in verdict.differing.values())
    closest = f"{best[1]}: {best[0]} of {len(dump.given)} arrays" if best[0] > already else None
    pairs = [(a, b) for i, a in enumerate(found) for b in found[i + 1 :]][:MOST_PAIRS]
    explained = (Explanation(s.mistake.name, s.mistake.says, s.where) for s in found)
    differences = tuple(separate(case, a, b) for a, b in pairs)
    return Diagnosis(tuple(explained), differences, len(known), None if found else closest)


def _suspects(
    case: Case, mistake: Mistake, verdict: Verdict, dump: Dump, replay: Replay
) -> Iterator[Suspect]:
    sites = mistake.sites(case)
    trials = {sites: EVERYWHERE}
    for site in _near(case, sites, verdict):
        trials.setdefault((site,), site)
    for trial, where in trials.items():
        made = replay(case, mistake, trial, where)
        if made is not None:
            yield made
    layers = {entry.target.layer or case.snn.graph.output for entry in dump.given}
    if len(layers) > 1:
        yield from _layer_by_layer(case, mistake, sorted(layers), replay)


def _layer_by_layer(
    case: Case, mistake: Mistake, layers: list[str], replay: Replay
) -> Iterator[Suspect]:
    """Every layer with the mistake and the golden input: one observation put together."""
    parts: dict[str, Suspect] = {}
    for layer in layers:
        inside = stage(case, layer)
        own = tuple(site for site in mistake.sites(case) if site in inside)
        made = replay(case, mistake, own, ON_ITS_OWN)
        if made is None or isinstance(mistake, RunMistake):
            return
        parts[layer] = made
    observed = {layer: part.observed[layer] for layer, part in parts.items()}
    last = parts.get(case.snn.graph.output) or next(iter(parts.values()))
    yield last._replace(observed={**last.observed, **observed})


def suspect_of(case: Case, mistake: Mistake, sites: tuple[str, ...], where: str) -> Suspect | None:
    """The network with a mistake, run on the input of the case; None where it cannot run."""
    try:
        altered = mistake.made(case, sites)
        run = altered.run(altered.snn, case.x)
        observed = signals_of(altered.snn, run)
    except InputError:  # e.g. a maximum of what is no longer a thermometer
        return None
    ran = Case(case.name, case.snn, case.x, run, case.norms)
    return Suspect(mistake, sites, where, altered, observed, ran)


def stage(case: Case, layer: str, through: frozenset[str] = frozenset()) -> set[str]:
    """A layer and the operations between it and the layers that drive it.

    Layers in ``through`` do not end the search.
    """
    graph, found, ahead = case.snn.graph, {layer}, [layer]
    while ahead:
        node = next((n for n in graph.nodes if n.name == ahead[-1]), None)
        name = ahead.pop()
        if node is None or (name in case.snn.neurons and name != layer and name not in through):
            found.discard(name)
            continue
        ahead += [n for n in node.inputs if n not in found]
        found |= set(node.inputs)
    return found - {INPUT}


def _near(case: Case, sites: tuple[str, ...], verdict: Verdict) -> list[str]:
    """Sites that feed the first layer that differs, with no layer that agrees in between."""
    if verdict.first is None:
        return []
    output = case.snn.graph.output
    layer = output if verdict.first.layer == "output" else verdict.first.layer
    seen = {key.partition("/")[0] for key in verdict.differing}
    inside = stage(case, layer, frozenset(set(case.snn.neurons) - seen))
    return [site for site in sites if site in inside]


def shows(suspect: Suspect, case: Case, dump: Dump) -> bool:
    """Whether the mistake changes any array of the dump: else it explains nothing of it."""
    right = signals_of(case.snn, case.run)
    return any(not same(suspect, case, entry.target, right) for entry in dump.given)


def same(suspect: Suspect, case: Case, at: Target, right: dict[str, LayerSignals]) -> bool:
    """Whether a signal is as in the golden case."""
    ours = golden_part(right, case, at)[1]
    return np.array_equal(ours, golden_part(suspect.observed, suspect.case, at)[1])


def agreement(suspect: Suspect, dump: Dump) -> int:
    """How many arrays of the dump are exactly what the network with the mistake gives."""
    return sum(agrees(suspect, entry) for entry in dump.given)


def agrees(suspect: Suspect, entry: Given) -> bool:
    """Whether one array is, number for number; a replay is rounded as the dump was."""
    data = golden_part(suspect.observed, suspect.case, entry.target)[1]
    if data.shape != entry.data.shape:
        return False
    if data.dtype.kind == entry.data.dtype.kind == "f":
        data = data.astype(entry.data.dtype)
    return bool(np.array_equal(data, entry.data))
