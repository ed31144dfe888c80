"""Folders that appear whole or not at all, and their checksums."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fixedpoint.errors import InputError

SUMS = "SHA256SUMS"
PROVENANCE = "provenance.json"
UNHASHED = (SUMS, PROVENANCE)


@dataclass(frozen=True)
class Finding:
    """Why a bundle is refused: the file, the line where there is one, the reason."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.reason}"


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
    files, findings = survey(folder)
    for finding in findings:
        raise InputError(
            finding.reason,
            where=str(folder / finding.file),
            fix="the bundle was damaged or edited: get it anew",
        )
    return files


def survey(folder: Path) -> tuple[dict[str, bytes], list[Finding]]:
    """Read what SHA256SUMS lists, and say all that is wrong with the folder.

    Raises
    ------
    InputError
        There is no such folder.
    """
    if not folder.is_dir():
        fix = "check the path, or write one: refsnn vectors write"
        raise InputError("no such bundle", where=str(folder), expected="a folder", fix=fix)
    present = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if not p.is_dir()}
    try:
        text = (folder / SUMS).read_bytes()
    except OSError:
        return {}, [Finding(SUMS, None, "missing file")]
    listed, findings = _parse_sums(text)
    links = {name for name, path in present.items() if _leaves(folder, path)}
    findings += [Finding(name, None, "link out of the bundle") for name in sorted(links)]
    for name in sorted(set(present) - set(listed) - set(UNHASHED)):
        findings.append(Finding(name, None, "file without checksum"))
    files = {n: present[n].read_bytes() for n in listed if n in present and n not in links}
    return files, findings + list(_faults_of_listed(listed, present, files))


def _faults_of_listed(
    listed: Mapping[str, str], present: Mapping[str, Path], files: Mapping[str, bytes]
) -> Iterator[Finding]:
    for name, digest in listed.items():
        if name not in present:
            yield Finding(name, None, "missing file")
        elif name in files and (got := hashlib.sha256(files[name]).hexdigest()) != digest:
            yield Finding(name, None, f"wrong checksum: expected {digest}, got {got}")


def _leaves(folder: Path, path: Path) -> bool:
    return path.is_symlink() and folder.resolve() not in path.resolve().parents


_SUM = re.compile(r"([0-9a-f]{64})  (.+)")


def _parse_sums(text: bytes) -> tuple[dict[str, str], list[Finding]]:
    listed: dict[str, str] = {}
    findings = []
    lines = text.decode("ascii", "backslashreplace").split("\n")
    if lines.pop() or not lines:
        findings.append(Finding(SUMS, len(lines) + 1, "the last line has no newline"))
    for number, line in enumerate(lines, 1):
        match = _SUM.fullmatch(line)
        name = match[2] if match else ""
        if match is None:
            findings.append(Finding(SUMS, number, f"bad line {line[:90]!r}"))
        elif why := outside(name):
            findings.append(Finding(SUMS, number, f"{why}: {name!r}"))
        elif name in listed or name in UNHASHED:
            findings.append(Finding(SUMS, number, f"listed twice or not to be listed: {name!r}"))
        else:
            listed[name] = match[1]
    return listed, findings


_NAME = re.compile(r"[A-Za-z0-9_.+-]+(/[A-Za-z0-9_.+-]+)*")


def outside(name: str) -> str | None:
    """Say why a name cannot be a file of a bundle: it leaves the folder, or is no portable name."""
    if name.startswith(("/", "~", "\\")) or re.match(r"[A-Za-z]:", name):
        return "absolute path"
    if ".." in name.replace("\\", "/").split("/"):
        return "path out of the bundle"
    return None if _NAME.fullmatch(name) else "no portable file name"
