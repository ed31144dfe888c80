"""Write the published golden set, or a case of one's own network; read either."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from refsnn.engines import Case, run
from refsnn.errors import InputError
from refsnn.io import check_target, load_snn
from refsnn.io.golden import MANIFEST, case_bytes, entry_of, load_case, manifest_of
from refsnn.jobs.golden_set import RECIPES, golden_case
from refsnn.jobs.running import load_run_data
from refsnn.jobs.whole import whole_folder
from refsnn.snn import SNN
from refsnn.typing import Array


def golden_files() -> dict[str, bytes]:
    """Every file of the published set, by name."""
    cases = {name: golden_case(name) for name in RECIPES}
    bodies = {name: case_bytes(case) for name, case in cases.items()}
    files = {f"{name}.npz": body for name, body in bodies.items()}
    return {**files, MANIFEST: manifest_of(cases, bodies)}


def write_golden(out: Path) -> dict[str, bytes]:
    """Write the published set into a new folder, whole or not at all."""
    files = golden_files()
    with whole_folder(out) as scratch:
        for name, body in files.items():
            (scratch / name).write_bytes(body)
    return files


def make_case(snn: SNN, x: Array, name: str) -> Case:
    """A golden case of any network."""
    return Case(name, snn, x, run(snn, x, record=None))


def write_case(path: Path, data: str, out: Path, name: str | None) -> dict[str, Any]:
    """Run a stored network on a SPEC and write what it did as a golden case."""
    check_target(out)
    snn = load_snn(path)
    x, _ = load_run_data(data, snn, "float64")
    case = make_case(snn, x, name or path.stem)
    body = case_bytes(case)
    out.write_bytes(body)
    return entry_of(case, body)


def find_case(against: Path | None, name: str | None) -> Case:
    """The case that data are held against: of a file, of a folder, or of the published set."""
    if against is not None and not against.is_dir():
        case = load_case(against)
        if name not in (None, case.name):
            got = f"{name}, but the file holds {case.name}"
            raise InputError("another case", where=str(against), expected=case.name, got=got)
        return case
    if name is None:
        raise InputError(
            "which golden case?", where="verify", expected=", ".join(RECIPES),
            fix='name it: --case NAME, or "case" in the map file',
        )  # fmt: skip
    return golden_case(name) if against is None else _of_folder(against, name)


def _of_folder(folder: Path, name: str) -> Case:
    """The case's file; a name is no path."""
    found = sorted(path.stem for path in folder.glob("*.npz"))
    if name not in found:
        raise InputError("no such case", where=str(folder), expected=", ".join(found), got=name)
    return load_case(folder / f"{name}.npz")
