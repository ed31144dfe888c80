"""Compare expected tensors with what somebody computed, and name the first difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fixedpoint.errors import InputError
from fixedpoint.typing import IntArray
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.tensor import Tensor, again, decode


@dataclass(frozen=True)
class Difference:
    """First value of a tensor that differs: its place by axis, what came, what was expected."""

    file: str
    layer: str
    signal: str
    place: tuple[tuple[str, int], ...]
    got: int
    expected: int

    def at(self, axis: int, index: int) -> Difference:
        """The same with another index on one axis: where only a part was compared."""
        place = list(self.place)
        place[axis] = (place[axis][0], index)
        return replace(self, place=tuple(place))

    def __str__(self) -> str:
        place = " ".join(f"{axis}={index}" for axis, index in self.place)
        return f"MISMATCH file={self.file} {place} got={self.got} exp={self.expected}"


@dataclass(frozen=True)
class Comparison:
    """All expected tensors against what was computed."""

    bundle_id: str
    tensors: int
    words: int
    mismatches: int  # values that differ
    first: Difference | None  # see `earliest`

    @property
    def ok(self) -> bool:
        """Whether every value is as expected."""
        return self.mismatches == 0


def compare_all(
    manifest: Manifest, expected: Mapping[str, IntArray], got: Mapping[str, IntArray]
) -> Comparison:
    """Compare by tensor id; every expected tensor must be there."""
    tensors = [t for t in manifest.tensors if t.role == "expected"]
    if missing := [t.id for t in tensors if t.id not in got]:
        raise InputError("not computed", where="expected tensors", got=", ".join(missing[:5]))
    found = [difference(t, got[t.id], expected[t.id]) for t in tensors]
    return Comparison(
        manifest.bundle_id,
        len(tensors),
        sum(t.words for t in tensors),
        sum(count for count, _ in found),
        earliest([first for _, first in found]),
    )


def earliest(found: Sequence[Difference | None]) -> Difference | None:
    """Give the difference to look at first: of the first wrong layer the first sample and step.

    ``found`` is in manifest order, which breaks ties: in one step, cause before effect.
    """
    wrong = [first for first in found if first is not None]
    return min((w for w in wrong if w.layer == wrong[0].layer), key=_moment, default=None)


def _moment(first: Difference) -> tuple[float, float]:
    at = dict(first.place)
    return at.get("sample", 0), at.get("row", at.get("step", np.inf))


def difference(tensor: Tensor, got: IntArray, expected: IntArray) -> tuple[int, Difference | None]:
    """Count the values that differ, and name the first in C order."""
    if got.shape != expected.shape:
        raise InputError("wrong shape", where=tensor.id, expected=expected.shape, got=got.shape)
    differing = np.argwhere(got != expected)
    if not len(differing):
        return 0, None
    at = tuple(int(i) for i in differing[0])
    place = tuple(zip(tensor.axes, at, strict=True))
    first = Difference(
        tensor.file, tensor.layer, tensor.signal, place, int(got[at]), int(expected[at])
    )
    return len(differing), first


def require_facts(manifest: Manifest, facts: Mapping[tuple[str, ...], Any]) -> None:
    """Raise where the manifest says something else than what was computed."""
    for place, value in facts.items():
        if (got := manifest.get(*place, kind=object)) != value:
            where = f"manifest {'.'.join(place)}"
            raise InputError("does not fit the files", where=where, expected=value, got=got)


def read_tensors(manifest: Manifest, files: Mapping[str, bytes]) -> dict[str, IntArray]:
    """Read every tensor strictly, by id; raises where the manifest does not describe its file."""
    values = {}
    for tensor in manifest.tensors:
        if tensor.file not in files:
            raise InputError("missing file", where="manifest tensors", expected=tensor.file)
        fmt = manifest.format(tensor.format)
        codes = decode(tensor, files[tensor.file], fmt, tensor.file)
        if again(tensor, codes, fmt) != tensor:
            raise InputError("the manifest does not describe the file", where=tensor.file)
        values[tensor.id] = codes
    return values


def pick(values: Mapping[str, IntArray], names: Sequence[str]) -> tuple[IntArray, ...]:
    """Give some tensors by id; raises where the manifest has no such one."""
    if missing := set(names) - set(values):
        raise InputError("missing tensors", where="manifest", expected=", ".join(sorted(missing)))
    return tuple(values[name] for name in names)
