"""Hold a foreign neuron against our settings: equal spikes and equal membranes, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from peers.record import Array, Peer, Record
from peers.settings import candidates, neuron_of
from peers.stimuli import Drive, all_drives, general, mild_drives
from refsnn.neurons import respond
from refsnn.neurons.protocol import Phase, Step

READINGS = {"v": "after the reset", "u": "before the reset", "": "not ours"}
"""Which membrane of ours theirs is; the empty one: spikes agree, membranes do not."""


class Own(NamedTuple):
    """What a neuron of ours did, (T, N) each."""

    spikes: Array
    u: Array
    """Membrane before the reset."""
    v: Array
    """Membrane after it."""


class Match(NamedTuple):
    """A setting that agrees on every train, and how it reads."""

    setting: str
    reading: str
    """"v", "u" or "" of `READINGS`."""


class Parting(NamedTuple):
    """Where a foreign neuron and a setting of ours first part."""

    setting: str
    currents: tuple[float, ...]
    """Up to and with the step in which they part."""
    theirs: tuple[float, float]
    """Spikes and membrane in that step."""
    ours: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What became of one foreign neuron."""

    peer: Peer
    matches: tuple[Match, ...]
    mild: bool
    """Found with currents up to the threshold only."""
    tried: int
    trains: int
    steps: int
    """Neuron steps compared for every match."""
    ties: int
    """Of these, steps with the membrane exactly on the threshold."""
    parting: Parting | None
    """From the nearest setting; None if one agrees on all currents."""
    rounded: tuple[int, int] | None
    """Of `general`'s trains: how many have other spikes, how many another membrane bit."""


def own(setting: str, currents: Array) -> Own:
    """Run a setting of ours on (T, N), in the dtype of the currents."""
    steps: list[Step] = []

    def probe(phase: Phase, current: Array | None, step: Step) -> None:
        steps.append(step)

    respond(neuron_of(setting), currents, probe=probe)
    spikes = np.stack([step.fired for step in steps])
    return Own(spikes, np.stack([s.u for s in steps]), np.stack([s.state.v for s in steps]))


def reading(theirs: Record, ours: Own) -> str | None:
    """The reading under which two records agree, or None if spikes differ."""
    if not np.array_equal(theirs.spikes, ours.spikes):
        return None
    for name in ("v", "u"):
        if np.array_equal(theirs.membrane, getattr(ours, name)):
            return name
    return ""


def agree(setting: str, drives: list[Drive], records: list[Record]) -> str | None:
    """The one reading that holds on all drives; None if spikes differ on any."""
    found: set[str] = set()
    for drive, record in zip(drives, records, strict=True):
        name = reading(record, own(setting, drive.currents))
        if name is None:
            return None
        found.add(name)
    return found.pop() if len(found) == 1 else ""


def matching(peer: Peer, drives: list[Drive]) -> list[Match]:
    """Every candidate that sends the same spikes: those with the same membrane first."""
    records = [peer(drive.currents) for drive in drives]
    found = [(text, agree(text, drives, records)) for text in candidates(peer.grid, peer.numbers)]
    kept = [Match(text, name) for text, name in found if name is not None]
    return sorted(kept, key=lambda match: list(READINGS).index(match.reading))


def find(peer: Peer) -> Finding:
    """Search on all currents; where nothing agrees, on mild ones, and show the parting."""
    drives, mild = all_drives(), False
    matches, parting = matching(peer, drives), None
    if not matches:
        drives, mild = mild_drives(), True
        matches = matching(peer, drives)
        parting = nearest(peer, [match.setting for match in matches])
    tried = len(candidates(peer.grid, peer.numbers))
    return Finding(
        peer=peer, matches=tuple(matches), mild=mild and bool(matches), tried=tried,
        trains=sum(drive.currents.shape[1] for drive in drives),
        steps=sum(drive.currents.size for drive in drives),
        ties=ties(matches[0].setting, drives) if matches else 0,
        parting=parting, rounded=None if parting else rounded(peer, matches[0]),
    )  # fmt: skip


def ties(setting: str, drives: list[Drive]) -> int:
    """Steps in which the membrane is the threshold before the comparison."""
    return sum(int(np.sum(own(setting, drive.currents).u == 1)) for drive in drives)


def nearest(peer: Peer, among: list[str]) -> Parting:
    """The setting that agrees on most trains, and the first step in which it does not."""
    drives = all_drives()
    records = [peer(drive.currents) for drive in drives]

    def unlike(setting: str) -> int:
        return sum(
            int(np.sum(differing(setting, *pair))) for pair in zip(drives, records, strict=True)
        )

    best = min(among or candidates(peer.grid, peer.numbers), key=unlike)
    pairs = [pair for pair in zip(drives, records, strict=True) if differing(best, *pair).any()]
    drive, record = min(pairs, key=lambda pair: pair[0].currents.shape[0])
    return parted(best, drive.currents, record)


def differing(setting: str, drive: Drive, theirs: Record) -> Array:
    """Trains (N,) with other spikes."""
    return np.asarray((theirs.spikes != own(setting, drive.currents).spikes).any(axis=0))


def parted(setting: str, currents: Array, theirs: Record) -> Parting:
    """The earliest step in which spikes differ, in the train with the smallest currents."""
    ours = own(setting, currents)
    differs = theirs.spikes != ours.spikes
    step = int(np.flatnonzero(differs.any(axis=1))[0])
    among = np.flatnonzero(differs[step])
    size = np.abs(currents[: step + 1, among]).sum(axis=0)
    train = int(among[np.argmin(size)])
    given = tuple(float(x) for x in currents[: step + 1, train])
    left = float(theirs.spikes[step, train]), float(theirs.membrane[step, train])
    right = float(ours.spikes[step, train]), float(ours.v[step, train])
    return Parting(setting, given, left, right)


def rounded(peer: Peer, match: Match) -> tuple[int, int]:
    """Trains of rounded floats with other spikes, and with other spikes or membranes."""
    currents = general()
    theirs, ours = peer(currents), own(match.setting, currents)
    spikes = (theirs.spikes != ours.spikes).any(axis=0)
    membrane = getattr(ours, match.reading or "v")
    return int(spikes.sum()), int((spikes | (theirs.membrane != membrane).any(axis=0)).sum())
