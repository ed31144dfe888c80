"""The files to replay: which there are, where they lie, what groups they hold.

The folder is ``tests/oracle/data``, or the one the environment variable REFSNN_ORACLE_DIR names.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from oracle import (
    replay_adaptive,
    replay_error_compensation,
    replay_pascal,
    replay_qcfs,
    replay_snn_meets_ann,
)
from oracle.ledger import Group, Kind, Ledger


class Oracle(NamedTuple):
    """How a file of one name is replayed."""

    kinds: tuple[Kind, ...]
    exceptions: Mapping[str, str]
    """Patterns of fields that are not replayed, with the reason."""


ORACLES = {
    "qcfs.npz": Oracle(replay_qcfs.KINDS, replay_qcfs.EXCEPTIONS),
    "pascal.npz": Oracle(replay_pascal.KINDS, replay_pascal.EXCEPTIONS),
    "adaptive_calibration.npz": Oracle(replay_adaptive.KINDS, replay_adaptive.EXCEPTIONS),
    "error_compensation.npz": Oracle(
        replay_error_compensation.KINDS, replay_error_compensation.EXCEPTIONS
    ),
    "snn_meets_ann.npz": Oracle(replay_snn_meets_ann.KINDS, replay_snn_meets_ann.EXCEPTIONS),
}


BUNDLED = Path(__file__).parent / "data"
"""The project's own copies."""


def folder() -> Path:
    """The folder; an error if it holds no file that is known here."""
    where = Path(os.environ.get("REFSNN_ORACLE_DIR") or BUNDLED)
    if not any((where / name).is_file() for name in ORACLES):
        raise FileNotFoundError(f"no known file in {where}: expected any of {', '.join(ORACLES)}")
    return where


def load(path: Path) -> dict[str, np.ndarray]:
    """The fields of a file, read-only, in its order."""
    with np.load(path, allow_pickle=False) as data:
        fields = {name: data[name] for name in data.files}
    for value in fields.values():
        value.flags.writeable = False
    return fields


def groups(name: str, ledger: Ledger) -> list[tuple[Kind, Group]]:
    """Every group of a file, with what replays it."""
    return [(kind, group) for kind in ORACLES[name].kinds for group in kind.groups(ledger)]


def each_file() -> list[object]:
    """One test parameter a known file; a missing one skips by name."""
    where = folder()
    return [_param(where, name, (name, where / name), name) for name in ORACLES]


def each_group(exact: bool = False) -> list[object]:
    """One test parameter a group of each file: (file name, path, prefix)."""
    where, found = folder(), []
    for name in ORACLES:
        path = where / name
        if not path.is_file():
            found.append(_param(where, name, (name, path, ""), name))
            continue
        for kind, group in groups(name, Ledger(load(path))):
            if kind.exact or not exact:
                found.append(pytest.param(name, path, group.prefix, id=f"{name}-{group.prefix}"))
    return found


def _param(where: Path, name: str, values: tuple[object, ...], label: str) -> object:
    absent = pytest.mark.skip(reason=f"{name} is not in {where}")
    marks = () if (where / name).is_file() else (absent,)
    return pytest.param(*values, id=label, marks=marks)


def open_group(name: str, path: Path, prefix: str) -> tuple[Ledger, Kind, Group]:
    """One group of a file, with a fresh ledger."""
    ledger = Ledger(load(path))
    return ledger, *next((k, g) for k, g in groups(name, ledger) if g.prefix == prefix)


def one_of_each(keys: Iterable[str]) -> list[str]:
    """One field of each name, numbers apart: spikes of one layer stand for those of all."""
    return list({re.sub(r"\d+(_\d+)*", "#", key): key for key in keys}.values())
