"""Bookkeeping of a replay: which fields of a file were inputs, which were compared, how closely."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np


class Ledger:
    """The fields of one file and what became of each.

    A field counts when it was an input (`use`) or was held against a value the library computed
    (`compare`). Looking at its shape does not count.
    """

    def __init__(self, fields: Mapping[str, np.ndarray]) -> None:
        self.fields = fields
        self.inputs: set[str] = set()
        self.tolerance: dict[str, float] = {}

    def use(self, key: str) -> np.ndarray:
        """An input of the replay."""
        self.inputs.add(key)
        return self.fields[key]

    def compare(self, key: str, computed: np.ndarray, tol: float = 0.0) -> None:
        """Hold a field against a computed value; bit for bit unless ``tol`` is given.

        A field the file lacks is optional and is passed over.
        """
        if key not in self.fields:
            return
        self.tolerance[key] = tol
        wrong = differing(np.asarray(computed), self.fields[key], tol)
        if wrong.any():
            at = tuple(int(i) for i in np.argwhere(wrong)[0])
            got, expected = np.asarray(computed)[at], self.fields[key][at]
            raise AssertionError(
                f"{key}{list(at)}: computed {got!r}, the file has {expected!r} "
                f"({int(wrong.sum())} of {wrong.size} differ, tolerance {tol:g})"
            )

    def unaccounted(self, exceptions: Mapping[str, str]) -> list[str]:
        """Fields that were neither inputs nor compared nor stand in the table of exceptions."""
        done = self.inputs | set(self.tolerance)
        return [k for k in self.fields if k not in done and not excepted(k, exceptions)]


def excepted(key: str, exceptions: Mapping[str, str]) -> bool:
    """Whether a pattern of the table stands for this field."""
    return any(re.fullmatch(pattern, key) for pattern in exceptions)


def differing(computed: np.ndarray, expected: np.ndarray, tol: float) -> np.ndarray:
    """Where two arrays differ. Dtypes may; at tolerance 0 two floats must agree in sign, too."""
    if computed.shape != expected.shape:
        raise AssertionError(f"shape {computed.shape}, the file has {expected.shape}")
    both_nan = (computed != computed) & (expected != expected)
    if tol:
        gap = np.abs(computed.astype(np.float64) - expected.astype(np.float64))
        return ~((gap <= tol) | both_nan)
    equal = (computed == expected) | both_nan
    if computed.dtype.kind == expected.dtype.kind == "f":
        equal &= (np.signbit(computed) == np.signbit(expected)) | both_nan
    return ~equal


class Group:
    """The fields of a file that begin with one prefix, under the rest of their names."""

    def __init__(
        self, ledger: Ledger, prefix: str, found: Mapping[str, str | None], joint: str = "_"
    ) -> None:
        self.ledger, self.prefix, self.found, self.joint = ledger, prefix, found, joint

    @property
    def dyadic(self) -> bool:
        """A ``_d_`` group: everything lies on a dyadic grid, so float32 sums are exact."""
        return self.found.get("kind") == "d"

    def number(self, name: str) -> int:
        """A number that is part of the group's name."""
        text = self.found[name]
        assert text is not None
        return int(text)

    def has(self, name: str) -> bool:
        return f"{self.prefix}{self.joint}{name}" in self.ledger.fields

    def peek(self, name: str) -> np.ndarray:
        """A field without counting it."""
        return self.ledger.fields[f"{self.prefix}{self.joint}{name}"]

    def use(self, name: str) -> np.ndarray:
        return self.ledger.use(f"{self.prefix}{self.joint}{name}")

    def compare(self, name: str, computed: np.ndarray, tol: float = 0.0) -> None:
        self.ledger.compare(f"{self.prefix}{self.joint}{name}", computed, tol)

    def names(self, pattern: str) -> Iterator[re.Match[str]]:
        """Matches of ``pattern`` with the names of the group's fields, in the order of the file."""
        start = len(self.prefix) + 1
        for key in self.ledger.fields:
            own = key.startswith(self.prefix + self.joint)
            if own and (m := re.fullmatch(pattern, key[start:])):
                yield m


class Kind(NamedTuple):
    """A kind of group: how its prefix looks, the field each one has, and what replays it."""

    letter: str
    prefix: str
    """Regular expression; its named groups are the numbers and the letter in the name."""
    anchor: str
    """Every group of the kind has a field of this name: that is how it is found."""
    replay: Callable[[Group], None]
    """The authors' order of float operations, field by field."""
    exact: Callable[[Group], None] | None = None
    """The library's own neurons in float64, where they must agree."""
    joint: str = "_"
    """What stands between the prefix and the rest of a field's name."""

    def groups(self, ledger: Ledger) -> list[Group]:
        """The groups of this kind in a file, in the order of the file."""
        pattern = re.compile(rf"({self.prefix}){re.escape(self.joint)}{self.anchor}")
        found = (pattern.fullmatch(key) for key in ledger.fields)
        prefixes = {m[1]: m.groupdict() for m in found if m}
        return [Group(ledger, prefix, names, self.joint) for prefix, names in prefixes.items()]
