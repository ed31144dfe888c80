"""Hold a foreign dump against a golden case, and say why it differs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.engines import Case
from refsnn.errors import InputError
from refsnn.io.archive import HEADER, read_arrays
from refsnn.io.maps import load_json
from refsnn.jobs.golden import find_case
from refsnn.typing import Array
from refsnn.verify import Dump, NameMap, Verdict, hold, parse_map, read_dump
from refsnn.verify.axes import arrange, letters_of, parse_layout
from refsnn.verify.blind import Blind, blind_spots
from refsnn.verify.diagnosis import Diagnosis, diagnose

OWN_GROUPS = {"counts": "counts", "sums": "sums"}


@dataclass(frozen=True)
class Verification:
    """Outcome of `verify_file`."""

    case: Case
    dump: Dump
    verdict: Verdict
    diagnosis: Diagnosis | None
    """Where they differ."""
    blind: tuple[Blind, ...] | None
    """Known mistakes that the comparison would not have shown; where they differ, if asked for."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "case": self.case.name,
            **self.verdict.to_dict(),
            "compared": [str(entry.target) for entry in self.dump.given],
            "diagnosis": None if self.diagnosis is None else self.diagnosis.to_dict(),
            "blind": None if self.blind is None else [spot.to_dict() for spot in self.blind],
        }


def verify_file(
    theirs: Path,
    against: Path | None = None,
    name: str | None = None,
    names: Path | None = None,
    axes: str | None = None,
    *,
    blind: bool = False,
) -> Verification:
    """Compare a dump with a golden case; diagnose what differs."""
    said = NameMap() if names is None else parse_map(load_json(names), str(names))
    arrays = own_names(read_arrays(theirs))
    if name and said.case and name != said.case:
        raise InputError("two cases", where="--case", expected=f"{said.case} (map file)", got=name)
    case = find_case(against, name or said.case)
    layout = None if axes is None else parse_layout(axes, "--axes")
    _check_input(case, arrays.pop("input", None))
    dump = read_dump(case, arrays, said, layout)
    verdict = hold(case, dump)
    diagnosis = None if verdict.equal else diagnose(case, dump, verdict)
    spots = blind_spots(case, dump) if blind or verdict.equal else None
    return Verification(case, dump, verdict, diagnosis, spots)


def own_names(arrays: dict[str, Array]) -> dict[str, Array]:
    """Names of a trace that refsnn run --trace wrote, as those of a dump; others as they are."""
    if arrays.get(HEADER, np.zeros(0)).dtype.kind not in "US":
        return {key: value for key, value in arrays.items() if key != HEADER}
    return {_own_name(key): value for key, value in arrays.items() if key != HEADER}


def _own_name(key: str) -> str:
    group, _, rest = key.partition("/")
    if group == "trace":
        return rest
    return f"{rest}/{OWN_GROUPS[group]}" if group in OWN_GROUPS else key


def _check_input(case: Case, theirs: Array | None) -> None:
    """A dump that holds its input must have been made on ours."""
    if theirs is None:
        return
    if theirs.dtype.kind not in "biuf":
        raise InputError("not numbers", where="array 'input'", got=theirs.dtype)
    letters = letters_of(False, case.x.ndim - 1)
    if not np.array_equal(arrange("array 'input'", theirs, letters, case.x.shape, None), case.x):
        raise InputError(
            "the dump was made on another input", where="array 'input'",
            expected=f"the array 'input' of the case {case.name}",
        )  # fmt: skip
