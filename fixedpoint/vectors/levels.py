"""Bundles of every level through one door."""

from __future__ import annotations

from pathlib import Path

from fixedpoint.vectors.compare import Comparison
from fixedpoint.vectors.network import replay_network
from fixedpoint.vectors.replay import ReplayReport, read_bundle, replay
from fixedpoint.vectors.scalar import replay_scalar


def replay_any(bundle: Path) -> ReplayReport | Comparison:
    """Compute every expected word of a bundle again, whatever its level, and compare.

    Raises
    ------
    InputError
        A file is missing, damaged, unknown or not strict hex, or the manifest is broken.
    """
    _, manifest = read_bundle(Path(bundle))
    level = manifest.get("level", kind=str)
    if level == "L0":
        return replay_scalar(bundle)
    return replay_network(bundle) if level == "L3" else replay(bundle)
