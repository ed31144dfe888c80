"""``python -m peers`` (from ``examples``): write the page, or try one setting."""

from __future__ import annotations

import argparse
import sys
import warnings
from importlib import import_module
from pathlib import Path
from types import ModuleType

from peers.match import Finding, agree, find, parted
from peers.page import PACKAGES, page
from peers.record import Peer
from peers.stimuli import all_drives

warnings.filterwarnings("ignore", category=DeprecationWarning)  # theirs


def main() -> int:
    """0: done, or they agree; 1: they part."""
    parser = argparse.ArgumentParser(prog="python -m peers", description=__doc__)
    parser.add_argument("--page", type=Path, help="Markdown page to write.")
    parser.add_argument("--try", nargs=3, dest="one", metavar=("PACKAGE", "THEIRS", "OURS"))
    asked = parser.parse_args()
    if asked.one and asked.one[0] not in PACKAGES:
        parser.error(f"no package {asked.one[0]!r}; known: {', '.join(PACKAGES)}")
    if asked.one:
        return try_one(*asked.one)
    from peers.networks import GROUPS
    from peers.nir_shops import SHOPS
    from peers.nir_trips import TRIPS, travel

    findings = [told(find(peer)) for name in PACKAGES for peer in module(name).peers()]
    outcomes = [outcome for group in GROUPS for outcome in group()]
    written = page(findings, outcomes, [travel(trip, SHOPS[trip.package]) for trip in TRIPS])
    if asked.page:
        asked.page.write_text(written, "utf-8")
    else:
        print(written)
    return 0


def module(package: str) -> ModuleType:
    """The adapter of a package."""
    return import_module(f"peers.with_{package}")


def told(finding: Finding) -> Finding:
    """Say on stderr what was found."""
    first = finding.matches[0].setting if finding.matches else "none of ours"
    print(f"{finding.peer.package}: {finding.peer.code}: {first}", file=sys.stderr)
    return finding


def try_one(package: str, theirs: str, ours: str) -> int:
    """Hold one neuron against one setting on all trains."""
    peer = Peer(package=package, code=theirs, play=module(package).play)
    drives = all_drives()
    records = [peer(drive.currents) for drive in drives]
    reading = agree(ours, drives, records)
    if reading is not None:
        membranes = {"v": "and membranes", "u": "and membranes before the reset", "": "only"}
        print(f"agree: spikes {membranes[reading]}")
        return 0
    for drive, record in zip(drives, records, strict=True):
        if agree(ours, [drive], [record]) is None:
            print(f"part: {parted(ours, drive.currents, record)}")
            return 1
    raise AssertionError("unreachable: some drive parts them")


if __name__ == "__main__":
    raise SystemExit(main())
