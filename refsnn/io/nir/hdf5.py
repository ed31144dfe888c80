"""Reads an HDF5 file in a process of its own: damage can make the HDF5 library hang or crash.

Run as a script with the path of a file: writes one npz to standard output, the tree as JSON with
numbers in place of arrays. HDF5 can point to other files, hold cycles, and claim arrays of any
size: links other than plain ones are refused, and sizes are judged before anything is read.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from refsnn.errors import InputError, UnsupportedError
from refsnn.typing import Array

Tree = dict[str, Any]
"""Names to arrays, strings, lists of strings, or further trees."""

LEAST, MOST_RATIO = 2**26, 100
"""All arrays hold no more than the larger of this and this many times the file."""
MOST_ENTRIES, DEEPEST = 100_000, 16
PACKED = 1100
"""No compression of HDF5 gains more than this factor."""
MEMORY = 4 * 2**30


def walk(path: str) -> Tree:
    """Everything in a file."""
    h5py = importlib.import_module("h5py")
    size = os.path.getsize(path)
    with h5py.File(path, "r") as stored:
        return _Reader(h5py, size).group(stored, 0)


@dataclass
class _Reader:
    """Reads groups, counting entries and bytes; a count above its limit is an error."""

    h5py: Any
    size: int
    entries: int = 0
    bytes: int = 0

    def group(self, group: Any, depth: int) -> Tree:
        if depth > DEEPEST:
            raise InputError("groups within groups without end", where=str(group.name))
        found: Tree = {}
        for name in group:
            self._count(str(group.name), 1, 0)
            link = group.get(name, getlink=True)
            if not isinstance(link, self.h5py.HardLink):
                kind = type(link).__name__
                raise UnsupportedError("links are not followed", where=str(name), got=kind)
            item = group[name]
            inner = isinstance(item, self.h5py.Group)
            found[name] = self.group(item, depth + 1) if inner else self._value(str(name), item)
        return found

    def _value(self, name: str, item: Any) -> Any:
        if not isinstance(item, self.h5py.Dataset) or item.shape is None:
            raise InputError("neither an array nor a group", where=name)
        if item.external or item.is_virtual:
            raise UnsupportedError("array in another file", where=name, fix="store it here")
        if self.h5py.check_string_dtype(item.dtype) is not None:
            return self._text(name, item)
        if item.dtype.kind not in "biuf":
            raise InputError("neither numbers nor text", where=name, got=item.dtype)
        claim = int(np.prod(item.shape, dtype=object)) * item.dtype.itemsize
        held = min(int(item.id.get_storage_size()), self.size)
        if claim > PACKED * held:
            raise InputError(
                "array claims more than is stored", where=name, expected=held, got=claim
            )
        self._count(name, 1, claim)
        return np.asarray(item[()])

    def _text(self, name: str, item: Any) -> Any:
        """A string, or a list of rows of strings: one at a time, for each may be large."""
        if item.shape == ():
            return self._string(name, item[()])
        size = int(np.prod(item.shape, dtype=object))
        self._count(name, size, size * item.dtype.itemsize)
        if item.ndim == 1:
            return [self._string(name, item[i]) for i in range(len(item))]
        if item.ndim > 2:
            raise InputError("text of more than two axes", where=name, got=item.shape)
        rows, columns = item.shape
        return [tuple(self._string(name, item[i, j]) for j in range(columns)) for i in range(rows)]

    def _string(self, name: str, value: Any) -> str:
        self._count(name, 0, len(value))
        return value.decode("utf8") if isinstance(value, bytes) else str(value)

    def _count(self, name: str, entries: int, size: int) -> None:
        self.entries, self.bytes = self.entries + entries, self.bytes + size
        most = max(LEAST, MOST_RATIO * self.size)
        if self.bytes > most:
            expected = f"<= {most} bytes in all"
            raise InputError("too large to be read", where=name, expected=expected, got=self.bytes)
        if self.entries > MOST_ENTRIES:
            raise InputError("too many entries", where=name, expected=f"<= {MOST_ENTRIES}")


def flat(tree: Tree, arrays: list[Array]) -> Tree:
    """The tree with numbers in place of arrays, which go to ``arrays``."""
    out: Tree = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            out[name] = {"tree": flat(value, arrays)}
        elif isinstance(value, np.ndarray):
            out[name] = {"array": len(arrays)}
            arrays.append(value)
        else:
            out[name] = {"text": value}
    return out


def grown(tree: Tree, arrays: list[Array]) -> Tree:
    """The inverse of `flat`."""
    out: Tree = {}
    for name, value in tree.items():
        ((kind, held),) = value.items()
        out[name] = (
            held if kind == "text" else grown(held, arrays) if kind == "tree" else arrays[held]
        )
    return out


def main(path: str) -> None:
    """Write the tree of a file, or the error it deserves."""
    arrays: list[Array] = []
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):
        pass  # not on every system: the sizes are judged anyway
    try:
        said: Tree = {"tree": flat(walk(path), arrays)}
    except InputError as error:
        parts = {k: getattr(error, k) for k in ("what", "where", "expected", "got", "fix")}
        told = {k: None if v is None else str(v) for k, v in parts.items()}
        said = {"error": {**told, "unsupported": isinstance(error, UnsupportedError)}}
    except Exception as error:  # whatever a damaged file makes the HDF5 library raise
        said = {"error": {"what": "damaged NIR file", "got": str(error), "unsupported": False}}
    file = io.BytesIO()
    held: Any = {f"a{i}": value for i, value in enumerate(arrays)}
    np.savez(file, said=np.frombuffer(json.dumps(said).encode(), np.uint8), **held)
    sys.stdout.buffer.write(file.getvalue())


if __name__ == "__main__":
    main(sys.argv[1])
