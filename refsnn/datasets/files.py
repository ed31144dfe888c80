"""Where the files of the data sets lie, and the proof that a file is the original."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from refsnn.errors import InputError

ENVIRONMENT = "REFSNN_DATA"
"""Environment variable: the folder with one folder per data set."""


@dataclass(frozen=True)
class FileSpec:
    """One original file: its name, SHA-256 (hex), size in bytes, and where it is published."""

    name: str
    sha256: str
    size: int
    url: str


def data_folder(dataset: str) -> Path:
    """``$REFSNN_DATA/<dataset>``, or the same in the cache folder of the system."""
    root = os.environ.get(ENVIRONMENT)
    return (Path(root).expanduser() if root else cache_root()) / dataset


def cache_root() -> Path:
    """The cache folder of this library by the convention of the system.

    It is the folder that ``pooch.os_cache("refsnn")`` names, so that the place of a file does not
    depend on whether pooch is installed.
    """
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(local) / "refsnn" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "refsnn"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "refsnn"


def missing(spec: FileSpec, folder: Path, reason: str, also: str = "") -> InputError:
    """The error for a file that is not there: which file, where to put it, where to get it."""
    return InputError(
        f"this file is needed and not there ({reason})",
        where=str(folder / spec.name),
        fix=f"{also}put {spec.name} from {spec.url} into {folder}, or set {ENVIRONMENT} to the "
        f"folder that holds {folder.name}/",
    )


def checked(path: Path, spec: FileSpec) -> bytes:
    """The content of ``path``, if it is the original byte for byte.

    Raises
    ------
    InputError
        With expected and got size, or expected and got SHA-256: wrong data is worse than none.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError("cannot be read", where=str(path), got=error.strerror) from error
    check(data, spec, str(path))
    return data


def check(data: bytes, spec: FileSpec, where: str) -> None:
    """Raise an `InputError` unless ``data`` has the size and the SHA-256 of ``spec``."""
    fix = f"delete it and get the original from {spec.url}" if spec.url else "reinstall the package"
    if len(data) != spec.size:
        what = "truncated" if len(data) < spec.size else "not the original file"
        expected, got = f"{spec.size} bytes", f"{len(data)} bytes"
        raise InputError(what, where=where, expected=expected, got=got, fix=fix)
    digest = hashlib.sha256(data).hexdigest()
    if digest != spec.sha256:
        raise InputError(
            "not the original file",
            where=where,
            expected=f"SHA-256 {spec.sha256}",
            got=digest,
            fix=fix,
        )
