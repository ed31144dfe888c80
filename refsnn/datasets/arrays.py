"""Read plain arrays from an ``.npz`` file: never a pickle, never a part of an array."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.errors import InputError
from refsnn.io.archive import check_size
from refsnn.io.canonical import stored_header
from refsnn.io.paths import check_source
from refsnn.typing import Array, Shape

# What numpy and zipfile raise on damage; a damaged header can ask for more memory than there is.
_DAMAGE = (
    *(ValueError, OSError, EOFError, MemoryError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)
_FIX = "save plain arrays with numpy.savez"


def read_arrays(
    path: Path, required: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, Array]:
    """The named arrays of an npz file; an optional one that is not there is left out.

    Raises
    ------
    InputError
        When the file is absent, damaged or no npz, lacks a required array, or holds a pickle
        (Python objects) in its place.
    """
    check_source(path)
    try:
        with open(path, "rb") as stream:
            return _read(stream, str(path), required, optional)
    except InputError:
        raise
    except _DAMAGE as error:
        raise InputError(f"cannot be read ({error})", where=str(path), fix=_FIX) from error


def array_shapes(path: Path) -> dict[str, Shape]:
    """Shape of every array of an npz file, without reading one."""
    check_source(path)
    try:
        with zipfile.ZipFile(path) as archive:
            found = {}
            for entry in archive.namelist():
                with archive.open(entry) as stream:
                    header = stored_header(stream)
                if header is not None:
                    found[entry.removesuffix(".npy")] = header[0]
            return found
    except _DAMAGE as error:
        raise InputError(f"cannot be read ({error})", where=str(path), fix=_FIX) from error


def _read(
    stream: Any, where: str, required: Sequence[str], optional: Sequence[str]
) -> dict[str, Array]:
    if not zipfile.is_zipfile(stream):
        raise InputError("not a whole npz file", where=where, fix=_FIX)
    check_size(Path(where))
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as archive:
        for name in required:
            if name not in archive.files:
                got = ", ".join(archive.files) or "no arrays"
                fix = "save it under this name with numpy.savez"
                raise InputError(f"no array {name!r}", where=where, expected=name, got=got, fix=fix)
        names = [*required, *(name for name in optional if name in archive.files)]
        return {name: _member(archive, name, where) for name in names}


def _member(archive: Any, name: str, where: str) -> Array:
    try:
        array = archive[name]
    except ValueError as error:
        if "pickle" not in str(error) and "Object" not in str(error):
            raise
        what = f"array {name!r} is a pickle of Python objects, which is never loaded"
        raise InputError(what, where=where, fix=_FIX) from error
    if not isinstance(array, np.ndarray):
        raise InputError(f"{name!r} is not an array", where=where, fix=_FIX)
    return array
