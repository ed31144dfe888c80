"""Known mistakes that a comparison would not have shown, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from refsnn.engines import Case
from refsnn.engines.observed import LayerSignals, signals_of
from refsnn.verify.diagnosis import EVERYWHERE, Suspect, same, suspect_of
from refsnn.verify.dump import Dump
from refsnn.verify.mistakes import CATALOGUE
from refsnn.verify.separate import parting

UNSEEN = "shows nowhere on this input"


@dataclass(frozen=True)
class Blind:
    """A known mistake that a comparison would not have shown."""

    mistake: str
    says: str
    equivalent: str
    """Why these signals cannot show it, whatever the input; empty if they can, or who knows."""
    shows: str
    """The first signal that would have shown it on this input."""

    def __str__(self) -> str:
        why = f"equivalent: {self.equivalent}; " if self.equivalent else ""
        return f"{self.mistake}: {self.says} ({why}{self.shows or UNSEEN})"

    def to_dict(self) -> dict[str, str]:
        """As plain JSON values."""
        return asdict(self)


def blind_spots(case: Case, dump: Dump) -> tuple[Blind, ...]:
    """Known mistakes with which all signals of the dump would have been the same."""
    targets = [entry.target for entry in dump.given]
    right = signals_of(case.snn, case.run)
    spots = []
    for mistake in CATALOGUE.values():
        sites = mistake.sites(case)
        suspect = suspect_of(case, mistake, sites, EVERYWHERE) if sites else None
        if (
            suspect is None
            or not mistake.alters
            or not all(same(suspect, case, at, right) for at in targets)
        ):
            continue
        why = mistake.equivalent(case, sites, targets)
        spots.append(Blind(mistake.name, mistake.says, why, _shown(suspect, case, right)))
    return tuple(spots)


def _shown(suspect: Suspect, case: Case, right: dict[str, LayerSignals]) -> str:
    found = parting(right, suspect.observed, case.run.logits, suspect.case.run.logits)
    if found is None:
        return ""
    name = "logits" if found.layer == "output" else f"{found.layer}/{found.signal}"
    return f"would show in {name}"
