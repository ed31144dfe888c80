"""Folders that appear whole or not at all, and their checksums."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from fixedpoint.errors import InputError

SUMS = "SHA256SUMS"
PROVENANCE = "provenance.json"
UNHASHED = (SUMS, PROVENANCE)


def write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Write files (relative path to bytes) as a new folder, in one rename.

    Raises
    ------
    InputError
        ``out`` exists and is not an empty folder.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(
            "the output folder is not empty", where=str(out), fix="name a new folder, or empty it"
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        temporary.chmod(0o755)
        for name, data in files.items():
            path = temporary / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        os.replace(temporary, out)  # takes the place of an empty folder as well
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def sums(files: Mapping[str, bytes]) -> bytes:
    """Give the text of SHA256SUMS, as ``sha256sum -c`` reads it, sorted by name."""
    hashed = sorted(name for name in files if name not in UNHASHED)
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in hashed)
    return "".join(lines).encode()


def read_checked(folder: Path) -> dict[str, bytes]:
    """Read every hashed file of a bundle; raises where a file is missing, changed or unknown."""
    if not folder.is_dir():
        raise InputError("no such bundle", where=str(folder), expected="a folder")
    found = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()
    }
    expected = _read_sums(folder)
    if unknown := sorted(set(found) - set(expected) - set(UNHASHED)):
        raise InputError("file without checksum", where=str(folder), got=", ".join(unknown[:5]))
    files = {}
    for name, digest in expected.items():
        if name not in found:
            raise InputError("missing file", where=str(folder), expected=name)
        files[name] = found[name].read_bytes()
        if hashlib.sha256(files[name]).hexdigest() != digest:
            fix = "the bundle was damaged or edited: get it anew"
            raise InputError("wrong checksum", where=str(folder / name), expected=digest, fix=fix)
    return files


def _read_sums(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / SUMS).read_text("ascii").splitlines()
    except (OSError, ValueError):
        raise InputError("missing or unreadable file", where=str(folder), expected=SUMS) from None
    pairs = [line.partition("  ") for line in lines]
    bad = [
        line
        for line, (digest, _, name) in zip(lines, pairs, strict=True)
        if len(digest) != 64 or not name
    ]
    if bad or not pairs:
        raise InputError("bad line", where=str(folder / SUMS), got=repr(bad[0] if bad else ""))
    return {name: digest for digest, _, name in pairs}
