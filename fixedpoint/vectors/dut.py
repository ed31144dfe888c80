"""Judge a device under test: your simulator, your C model, your board, on a bundle's own words.

A device is any object with three functions::

    load(bundle: Path) -> session        read the files you need; they have been checked
    run(session, sample: int) -> None    run one sample, from a cleared state
    dump(session) -> {tensor id: codes}  what the sample just run produced, one array an id

Ids are those of the expected tensors of the manifest; give as many of them as the device can show,
at least one. Codes are plain integers with the sample axis taken out, flat or in shape.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fixedpoint.arith import as_codes
from fixedpoint.errors import InputError, nearest
from fixedpoint.typing import IntArray
from fixedpoint.vectors.check import check
from fixedpoint.vectors.compare import Difference, difference, earliest, read_tensors
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.replay import read_bundle
from fixedpoint.vectors.tensor import Tensor

SAMPLE_AXES = ("sample", "case")


class Device(Protocol):
    """What `judge` can drive."""

    def load(self, bundle: Path) -> Any:
        """Read parameters and stimuli; give the session that the other two receive."""

    def run(self, session: Any, sample: int) -> None:
        """Run one sample from a cleared state."""

    def dump(self, session: Any) -> Mapping[str, Any]:
        """Give what the sample just run produced: expected tensor id to codes."""


@dataclass(frozen=True)
class Verdict:
    """Result of `judge`."""

    bundle_id: str
    samples: int
    compared: tuple[str, ...]  # tensor ids
    skipped: tuple[str, ...]  # expected tensors that the device does not show
    words: int  # values compared
    mismatches: int
    first: Difference | None  # of the first wrong sample, see `earliest`

    @property
    def ok(self) -> bool:
        """Whether every value that was shown is as expected."""
        return self.mismatches == 0


def judge(bundle: Path, device: Device, *, samples: int | None = None) -> Verdict:
    """Run a device on every sample of a bundle and compare each word it shows.

    Parameters
    ----------
    bundle : Path
        Of any level. It is checked strictly first: a damaged bundle never reaches the device.
    device : Device
    samples : int, optional
        Only the first ones.

    Raises
    ------
    InputError
        The bundle is refused, or the device shows nothing, unknown tensors, or other shapes.
    """
    manifest, expected = _opened(Path(bundle))
    session = device.load(Path(bundle))
    count = manifest.get("vectors", "n_samples", kind=int)
    tensors = {t.id: t for t in manifest.tensors if t.role == "expected"}
    tally = _Tally(tensors, expected)
    for sample in range(min(count, samples or count)):
        device.run(session, sample)
        tally.add(sample, device.dump(session))
    return Verdict(
        bundle_id=manifest.bundle_id,
        samples=min(count, samples or count),
        compared=tuple(t for t in tensors if t in tally.shown),
        skipped=tuple(t for t in tensors if t not in tally.shown),
        words=tally.words,
        mismatches=tally.mismatches,
        first=tally.first,
    )


def _opened(bundle: Path) -> tuple[Manifest, dict[str, IntArray]]:
    for finding in check(bundle).findings:
        raise InputError(
            finding.reason,
            where=f"{bundle / finding.file}:{finding.line}",
            fix="the device was not started: get the bundle anew",
        )
    files, manifest = read_bundle(bundle)
    return manifest, read_tensors(manifest, files)


class _Tally:
    """Counts differences over the samples."""

    def __init__(self, tensors: Mapping[str, Tensor], expected: Mapping[str, IntArray]) -> None:
        self.tensors, self.expected = tensors, expected
        self.shown: set[str] = set()
        self.words = self.mismatches = 0
        self.first: Difference | None = None

    def add(self, sample: int, dumped: Mapping[str, Any]) -> None:
        """Compare what one sample gave."""
        if unknown := set(dumped) - set(self.tensors):
            name = sorted(map(str, unknown))[0]
            fix = nearest(name, list(self.tensors))
            raise InputError(f"no expected tensor {name!r}", where="device", fix=fix)
        if not dumped or (self.shown and set(dumped) != self.shown):
            expected = sorted(self.shown) or "at least one expected tensor"
            raise InputError("what it shows", where="device", expected=expected, got=list(dumped))
        self.shown = set(dumped)
        shown = [t for name, t in self.tensors.items() if name in dumped]
        first = earliest([self._compare(t, sample, dumped[t.id]) for t in shown])
        self.first = self.first or first

    def _compare(self, tensor: Tensor, sample: int, codes: Any) -> Difference | None:
        axis = next(i for i, name in enumerate(tensor.axes) if name in SAMPLE_AXES)
        expected = np.take(self.expected[tensor.id], [sample], axis=axis)
        got = as_codes(codes, f"device, {tensor.id}")
        if got.size != expected.size:
            where = f"device, {tensor.id}"
            raise InputError("wrong size", where=where, expected=expected.size, got=got.size)
        count, first = difference(tensor, got.reshape(expected.shape), expected)
        self.words, self.mismatches = self.words + expected.size, self.mismatches + count
        return first and first.at(axis, sample)


def device_named(text: str) -> Device:
    """Make the device that ``module:factory`` names; modules of the working folder are found."""
    module, colon, factory = text.partition(":")
    if not (module and colon and factory):
        raise InputError("no device", where="--dut", expected="module:factory", got=repr(text))
    if "" not in sys.path and "." not in sys.path:
        sys.path.insert(0, "")
    try:
        made = getattr(importlib.import_module(module), factory)()
    except (ImportError, AttributeError) as error:
        raise InputError("cannot make the device", where=f"--dut {text}", got=error) from None
    missing = [name for name in ("load", "run", "dump") if not callable(getattr(made, name, None))]
    if missing:
        raise InputError("no device", where=f"--dut {text}", expected="load, run, dump", got=made)
    device: Device = made
    return device
