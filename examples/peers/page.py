"""The page: implementation by semantics, the settings that reproduce each, and the partings."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version

from peers import prose, tables
from peers.match import Finding
from peers.networks import Outcome
from peers.nir_trips import SAMPLES as SENT
from peers.nir_trips import STEPS as SENT_STEPS
from peers.nir_trips import Arrival
from peers.settings import neuron_of
from peers.small_net import STEPS
from peers.stimuli import all_drives, general, mild_drives
from peers.tables import table

PACKAGES = ("spikingjelly", "snntorch", "norse", "sinabs")


def page(findings: list[Finding], outcomes: list[Outcome], arrivals: list[Arrival]) -> str:
    """The whole page."""
    rows = [tables.setting_row(finding) for finding in findings]
    apart = [tables.parting_line(f, f.parting) for f in findings if f.parting is not None]
    parts = [
        introduction(findings), *semantics(findings),
        prose.SETTINGS, table(tables.SETTINGS, rows), prose.PARTINGS, "\n".join(apart) + "\n",
        prose.NETWORKS.format(frames=STEPS, steps=outcomes[0].steps),
        table(tables.NETWORKS, [tables.network_row(outcome) for outcome in outcomes]),
        trips(arrivals), prose.LIMITS,
    ]  # fmt: skip
    return "\n".join(parts)


def introduction(findings: list[Finding]) -> str:
    """What was run, with which versions, and the sum of it."""
    full = all_drives()
    shapes = [(drive.name, *drive.currents.shape[::-1]) for drive in full]
    return prose.INTRODUCTION.format(
        versions=", ".join(versions()), neurons=len(findings),
        drives="\n".join(f"- {name}: {trains} of {steps} steps" for name, trains, steps in shapes),
        trains=sum(drive.currents.shape[1] for drive in full),
        steps=sum(drive.currents.size for drive in full),
        mild=sum(drive.currents.size for drive in mild_drives()),
        fire=who(findings, "ge"), silent=who(findings, "gt"),
        after=count(findings, "v"), before=count(findings, "u"), alone=count(findings, ""),
        tame=sum(f.mild for f in findings), none=sum(not f.matches for f in findings),
    )  # fmt: skip


def versions() -> list[str]:
    """What was installed."""
    names = (*PACKAGES, "torch", "numpy")
    return [f"{name} {version(name)}" for name in names] + [f"python {platform.python_version()}"]


def who(findings: list[Finding], compare: str) -> str:
    """The packages all of whose neurons make this comparison."""
    made: dict[str, set[str]] = {}
    for finding in findings:
        if finding.matches:
            means = neuron_of(finding.matches[0].setting).semantics
            made.setdefault(finding.peer.package, set()).add(means.compare)
    return " and ".join(name for name in made if made[name] == {compare}) or "none"


def count(findings: list[Finding], reading: str) -> int:
    """How many neurons are reproduced on all currents with this membrane."""
    first = [f.matches[0] for f in findings if f.matches and not f.mild]
    return sum(match.reading == reading for match in first)


def semantics(findings: list[Finding]) -> Iterator[str]:
    """Implementation by semantics, a table a package."""
    yield prose.SEMANTICS.format(trains=general().shape[1])
    for package in PACKAGES:
        rows = [tables.semantics_row(f) for f in findings if f.peer.package == package]
        yield f"### {package} {version(package)}\n\n{table(tables.SEMANTICS, rows)}"


def trips(arrivals: list[Arrival]) -> str:
    """What a NIR file keeps of each package's neurons."""
    pins = {name: version(name) for name in ("nir", "nirtorch")}
    words = prose.TRIPS.format(
        steps=SENT_STEPS, samples=SENT, total=SENT_STEPS * SENT * 4, sinabs=version("sinabs"),
        versions=", ".join(f"{name} {number}" for name, number in pins.items()),
        pins=" ".join(f"{name}=={number}" for name, number in pins.items()),
    )  # fmt: skip
    return words + "\n" + table(tables.TRIPS, [tables.trip_row(arrival) for arrival in arrivals])
