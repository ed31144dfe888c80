"""Files that are there, places a file can be written to, files that are whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from refsnn.errors import InputError


def check_source(path: str | Path) -> Path:
    """``path`` if a file is there."""
    path = Path(path)
    if not path.is_file():
        raise InputError("file does not exist", where=str(path), fix="check the path")
    return path


def check_target(path: str | Path) -> Path:
    """``path`` if a file can be written there; asked before long work, not after it."""
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError("folder does not exist", where=str(path.parent), fix="make it first")
    if path.is_dir():
        raise InputError("a folder is in the way", where=str(path), fix="name a file")
    if not os.access(path.parent, os.W_OK):
        fix = "name a file in another folder"
        raise InputError("folder cannot be written to", where=str(path.parent), fix=fix)
    return path


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """A file beside ``path`` that takes its place when the body ends, and vanishes if it fails."""
    path = check_target(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    scratch = Path(name)
    try:
        yield scratch
        scratch.chmod(0o644)
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
