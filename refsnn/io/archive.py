"""npz files with a JSON header: plain arrays, no pickle.

Files are written beside their target and renamed into place: nothing half-written is left. The same
content gives the same bytes (`refsnn.io.canonical`). What a file claims to hold is summed up before
it is read.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from refsnn import __version__
from refsnn.errors import InputError
from refsnn.io.canonical import claimed, write_archive
from refsnn.io.paths import check_source, whole_file
from refsnn.typing import Array

MODEL, SPIKING, TRACE = "refsnn/model/1", "refsnn/snn/1", "refsnn/trace/1"
HEADER = "header"
MOST_BYTES, MOST_RATIO = 2**30, 100
"""All arrays together hold no more than the larger of this and this many times the file."""
MADE_BY = {
    MODEL: "refsnn train writes such a file",
    SPIKING: "refsnn convert makes one of a trained model",
    TRACE: "refsnn run --trace writes such a file",
}


def save_arrays(
    path: str | Path, kind: str, header: dict[str, Any], arrays: Mapping[str, Array]
) -> None:
    """Write arrays and a JSON header in one step: the file is whole, or it is not there."""
    body = json.dumps({"format": kind, "refsnn": __version__, **header}, sort_keys=True)
    named = {HEADER: np.array(body), **arrays}
    with whole_file(path) as scratch, scratch.open("wb") as file:
        write_archive(file, named, packed=kind == TRACE)


def load_arrays(path: str | Path, *kinds: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """Header and arrays of a file of one of these kinds."""
    path = Path(path)
    arrays = read_arrays(path)
    header = _header(path, arrays.pop(HEADER, None))
    _check_version(path, header.get("format"), kinds)
    if header.get("format") not in kinds:
        expected = " or ".join(kinds)
        raise InputError(
            "file of another kind",
            where=str(path),
            expected=expected,
            got=header.get("format"),
            fix=MADE_BY.get(kinds[0]),
        )
    return header, arrays


def read_arrays(path: str | Path) -> dict[str, Array]:
    """All arrays of any npz file: no pickle, and nothing larger than the file can hold."""
    path = check_source(path)
    if not zipfile.is_zipfile(path):
        raise InputError("truncated or not an npz file", where=str(path), fix=_hint(path))
    check_size(path)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception as error:  # whatever a damaged archive makes zipfile, zlib and NumPy raise
        if "pickle" in str(error):
            what, fix = "array that only a pickle can hold", "pickles can run code"
            raise InputError(what, where=str(path), fix=f"{fix}: store plain arrays") from error
        raise InputError("truncated or not an npz file", where=str(path), got=error) from error
    for name, value in arrays.items():
        if not isinstance(value, np.ndarray):  # NumPy hands out what is no array as bytes
            raise InputError("entry is no array", where=f"{path}, {name}", fix="write it again")
        _check_text(f"{path}, {name}", value)
    return arrays


def _check_text(where: str, value: Array) -> None:
    """NumPy makes text of any numbers; past the last code point Python itself breaks on it."""
    if value.dtype.kind != "U" or not value.size or not value.dtype.itemsize:
        return
    codes = np.ravel(value).view(np.dtype("u4").newbyteorder(value.dtype.byteorder))
    if codes.max() > sys.maxunicode:
        raise InputError("text that is none", where=where, got=hex(int(codes.max())))


def _check_version(path: Path, found: Any, kinds: tuple[str, ...]) -> None:
    """A kind that is known, in a version that is not."""
    stems = {kind.rpartition("/")[0] for kind in kinds}
    if isinstance(found, str) and found not in kinds and found.rpartition("/")[0] in stems:
        raise InputError(
            "file of another version", where=str(path), expected=" or ".join(kinds), got=found,
            fix="it was written by a newer refsnn: update",
        )  # fmt: skip


def _hint(path: Path) -> str:
    """What to do with a file of another kind."""
    with path.open("rb") as file:
        start = file.read(8)
    if start == b"\x89HDF\r\n\x1a\n":
        return "a NIR network? refsnn import makes a file of ours of it, refsnn run runs it"
    if path.suffix == ".onnx":
        return "an ONNX network? refsnn import makes a model file of it"
    if path.suffix == ".safetensors":
        return "weights without a graph: refsnn import puts them into a model file"
    return "write it again"


def check_size(path: Path) -> None:
    """Refuse, unread, an array larger than its entry, and too much in all."""
    most = max(MOST_BYTES, MOST_RATIO * path.stat().st_size)
    try:
        total = claimed(path)
    except InputError:
        raise
    except Exception as error:  # whatever a damaged archive makes zipfile and NumPy raise
        raise InputError("truncated or not an npz file", where=str(path), got=error) from error
    if total > most:
        raise InputError(
            "too large to be read", where=str(path), expected=f"<= {most} bytes", got=total
        )


def _header(path: Path, stored: Array | None) -> dict[str, Any]:
    if stored is None or stored.dtype.kind != "U":
        fix = "expected a file written by refsnn train, convert or run"
        raise InputError("no refsnn header in this npz", where=str(path), fix=fix)
    try:
        header = json.loads(str(stored))
    except json.JSONDecodeError as error:
        raise InputError("header is not JSON", where=str(path), got=error) from error
    if not isinstance(header, dict):
        raise InputError("header is not an object", where=str(path))
    return header


MISFITS = (
    TypeError, AttributeError, ValueError, IndexError, ArithmeticError, AssertionError,
    RecursionError, MemoryError,
)  # fmt: skip
"""What a field of another type, size or depth than ours raises somewhere below."""


class Naming:
    """Put the name of a file before where an `InputError` is."""

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, InputError):
            return
        place = str(error.where or "")  # protobuf gives a damaged name as bytes
        if not place.startswith(self.path):
            raise error.within(self.path) from error


class Reading(Naming):
    """Turn a missing or misfit field of a file, too, into an `InputError` that names the file."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        super().__exit__(_kind, error, _trace)
        if isinstance(error, InputError):
            return
        if isinstance(error, KeyError):
            raise InputError("field is missing", where=self.path, expected=error.args[0]) from error
        if isinstance(error, MISFITS):
            raise InputError("field does not fit", where=self.path, got=error) from error
