"""What every neuron of the bundles costs in logic, at several widths of its membrane."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.hdl.synthesis import SEEDS, synthesise, versions
from fixedpoint.vectors.kinds import KINDS
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.write import write_neuron_bundle

WIDTHS = (8, 12, 16, 24)
OVERFLOWS = ("wrap", "saturate")


def measure(done: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Synthesise every kind with a wrapping and a saturating membrane of each width.

    Threshold and initial membrane are constants, 13 and 6 (16 and 8 where it is a power of two),
    the time is 4 steps, the current has 8 bits (6 where the membrane has 8). The counter of spikes
    is not asked for, so it costs nothing where the neuron itself does not need it.
    """
    entries = []
    for kind, overflow, width in cases():
        entries.append(_entry(kind, overflow, width))
        if done is not None:
            done(f"{kind} {overflow} {width}")
    return {"tools": versions(), "device": "iCE40 HX8K", "seeds": list(SEEDS), "entries": entries}


def cases() -> Iterator[tuple[str, str, int]]:
    """Kind, overflow, width of every entry."""
    for kind in KINDS:
        for overflow in OVERFLOWS:
            for width in WIDTHS:
                yield kind, overflow, width


def _entry(kind: str, overflow: str, width: int) -> dict[str, Any]:
    entry = {"kind": kind, "overflow": overflow, "width": width}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "bundle"
        try:
            manifest = _write(folder, kind, overflow, width)
        except InputError as error:  # the module needs more bits than these
            return {**entry, "refused": str(error)}
        sources = sorted(str(path.relative_to(folder)) for path in folder.glob("rtl/*.v"))
        return {**entry, **synthesise(folder, sources, f"{manifest.name}_top").to_dict()}


def _write(folder: Path, kind: str, overflow: str, width: int) -> Manifest:
    bits = {"t_out": 3} if kind.startswith("bit_serial") else {}
    return write_neuron_bundle(
        folder,
        kind,
        samples=1,
        theta=16 if KINDS[kind].code is None else 13,
        t=4,
        in_format=Format(True, 6 if width == 8 else 8),
        membrane={"width": width, "overflow": overflow},
        **bits,
    )
