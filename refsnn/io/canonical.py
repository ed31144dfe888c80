"""npz archives whose bytes follow from their content, and what an archive claims to hold.

Plain `numpy.savez` leaves the order of entries and of axes to the caller, and the system and the
compressor in the bytes. Here entries are sorted, arrays are in C order and little endian, and
nothing of the machine is stored.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from refsnn.errors import InputError
from refsnn.typing import Array

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every entry: the first that a zip can hold."""
UNIX, READABLE = 3, 0o644 << 16


def write_archive(file: IO[bytes], arrays: Mapping[str, Array], *, packed: bool) -> None:
    """Write arrays as an npz archive.

    Parameters
    ----------
    packed : bool
        Compress. The same content then gives the same bytes with the same version of zlib only;
        stored plainly, everywhere.
    """
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(f"{name}.npy", EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = kind, UNIX, READABLE
            with archive.open(entry, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, plain(arrays[name]), allow_pickle=False)


def plain(value: Array) -> Array:
    """The array in C order and little endian, shape kept."""
    array = np.asarray(value, order="C")
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def claimed(path: Path) -> int:
    """Bytes that all arrays of an archive claim; an array larger than its entry is refused."""
    total = 0
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as stream:
                wanted = _body(stream)
                room = entry.file_size - stream.tell()
            if wanted is not None and wanted != room:
                raise InputError(
                    "array claims more or less than the file holds",
                    where=f"{path}, {entry.filename}", expected=f"{room} bytes", got=wanted,
                )  # fmt: skip
            total += entry.file_size
    return total


def _body(stream: IO[bytes]) -> int | None:
    """Bytes after the header of a stored array; None: no array, or one that NumPy refuses."""
    found = stored_header(stream)
    if found is None:
        return None
    shape, dtype = found
    return int(np.prod(shape, dtype=object)) * int(dtype.itemsize)


def stored_header(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]] | None:
    """Shape and type of a stored array; None: no array, or one that NumPy refuses."""
    readers: dict[tuple[int, int], Any] = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if stream.read(6) != b"\x93NUMPY":
        return None
    version = stream.read(2)
    reader = readers.get((version[0], version[1])) if len(version) == 2 else None
    if reader is None:
        raise InputError("array of another format", where="npy", got=version)
    shape, _, dtype = reader(stream)
    return None if dtype.hasobject else (shape, dtype)
