"""A foreign dump: arrays, each tied to a signal of a golden case, axes in our order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from refsnn.engines import Case
from refsnn.engines.observed import LayerSignals, Signal, signals_of
from refsnn.errors import InputError
from refsnn.typing import Array
from refsnn.verify.axes import Layout, arrange, letters_of
from refsnn.verify.naming import NameMap, Target, target_of


class Given(NamedTuple):
    """One array of a dump."""

    name: str
    """Theirs."""
    target: Target
    rows: tuple[int, ...] | None
    """Rows of the layer's schedule that it covers; None of a total."""
    data: Array
    """(rows, B, ...), or (B, ...)."""


class Dump(NamedTuple):
    """What can be compared, and what cannot."""

    given: tuple[Given, ...]
    unknown: tuple[str, ...]
    """Arrays whose names say nothing."""
    left_out: tuple[str, ...]
    """Arrays that the map leaves out."""


def read_dump(
    case: Case, arrays: Mapping[str, Array], names: NameMap, axes: Layout | None = None
) -> Dump:
    """Tie the arrays of a dump to the signals of a case.

    Parameters
    ----------
    names : NameMap
        What the map file says. An array that it does not name goes by its own name.
    axes : Layout, optional
        Order of the axes of every array that has none of its own.

    Raises
    ------
    InputError
        For a name in the map that the dump has not, two arrays for one signal, axes that cannot be
        told, values that are no numbers, or nothing that can be compared.
    """
    observed = signals_of(case.snn, case.run)
    for name in names.names:
        if name not in arrays:
            raise InputError(f"no array {name!r} in the dump", where="map file", got=list(arrays))
    given: list[Given] = []
    unknown, left_out = [], []
    for name, array in arrays.items():
        ours, own = names.names.get(name, (name, None))
        if ours is None:
            left_out.append(name)
        elif name not in names.names and not _is_ours(name, observed):
            unknown.append(name)
        else:
            target = target_of(ours, observed, f"array {name!r}")
            given.append(_given(name, target, array, case, observed, own or axes or names.axes))
    _check(given, arrays, observed)
    return Dump(tuple(given), tuple(unknown), tuple(left_out))


def golden_part(
    observed: Mapping[str, LayerSignals], case: Case, target: Target
) -> tuple[tuple[int, ...] | None, Array]:
    """Rows and data of a target in a case."""
    if target.layer is None:
        return None, case.run.logits
    labels, signals = observed[target.layer]
    rows, data = signals[target.signal]
    if rows is None or target.phase is None:
        return rows, data
    inside = [i for i, row in enumerate(rows) if labels[row][0] == target.phase]
    return tuple(rows[i] for i in inside), data[inside]


def _is_ours(name: str, observed: Mapping[str, LayerSignals]) -> bool:
    """Whether an array without an entry in the map says what it is."""
    try:
        target_of(name, observed, "")
    except InputError:
        return False
    return True


def _given(
    name: str,
    target: Target,
    array: Array,
    case: Case,
    observed: Mapping[str, LayerSignals],
    said: Layout | None,
) -> Given:
    where = f"array {name!r} ({target})"
    if array.dtype.kind not in "biuf":
        raise InputError("not numbers", where=where, expected="numbers", got=array.dtype)
    rows, ours = golden_part(observed, case, target)
    ndim = ours.ndim - 1 - (rows is not None)
    data = arrange(where, array, letters_of(rows is not None, ndim), ours.shape, said)
    if array.dtype.kind == "b":
        data = data.astype(np.int8)
    if target.signal == "spikes" and target.layer is not None:
        _check_worth(where, target, data, observed[target.layer].signals)
    return Given(name, target, rows, data)


def _check_worth(where: str, target: Target, data: Array, signals: Mapping[str, Signal]) -> None:
    """Spikes are counted; some tools send theta in place of one."""
    values, spikes = signals["values"].data, signals["spikes"].data
    fires = data != 0
    shared = fires & (spikes != 0) if values.shape == data.shape else np.zeros(1, bool)
    if not shared.any() or np.array_equal(data[shared], spikes[shared]):
        return
    if np.array_equal(data[shared], values[shared]):
        raise InputError(
            "spikes are worth their amplitude here", where=where, expected="0, 1, .. spikes",
            got=f"values such as {data[shared][0]}",
            fix=f"map the array to {target.layer}/values, or divide by theta",
        )  # fmt: skip


def _check(
    given: list[Given], arrays: Mapping[str, Array], observed: Mapping[str, LayerSignals]
) -> None:
    if not given:
        raise InputError(
            "nothing to compare: no array has the name of a signal",
            where="dump", got=", ".join(sorted(arrays)[:8]) or "no arrays",
            expected=f"{next(iter(observed))}/spikes, .. or logits",
            fix="name them in a map file: --names map.json, see docs/verify.md",
        )  # fmt: skip
    seen: dict[Target, str] = {}
    for entry in given:
        if entry.target in seen:
            both = f"{seen[entry.target]!r} and {entry.name!r}"
            raise InputError("two arrays for one signal", where=str(entry.target), got=both)
        seen[entry.target] = entry.name
