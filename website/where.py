"""The page that says where each equation is computed, taught and tested, read from its marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

MARK = re.compile(r"\beq:((?:,?\s*[a-z_]+\.\d+[a-z]?)+)")
COLUMNS = {"code": ("refsnn", "fixedpoint"), "lessons": ("tutorials",), "tests": ("tests",)}
HEAD = """# Where each equation is

A line that computes an equation carries its tag. This list is read from those marks: the code, the
lessons that use it, the number of places in the tests. A law, which states something about
formulas, has tests only.

| tag | code | lessons | tests |
|---|---|---|---|
"""


def marks(root: Path, folders: Iterable[str]) -> dict[str, list[str]]:
    """Tag to the files that carry it, a file once for each mark."""
    found: dict[str, list[str]] = {}
    for path in (path for folder in folders for path in sorted((root / folder).rglob("*.py"))):
        name = path.relative_to(root).as_posix()
        for mark in MARK.finditer(path.read_text(encoding="utf-8")):
            for tag in re.findall(r"[a-z_]+\.\d+[a-z]?", mark[1]):
                found.setdefault(tag, []).append(name)
    return found


def where(root: Path, tags: Iterable[str]) -> str:
    """The page."""
    found = {column: marks(root, folders) for column, folders in COLUMNS.items()}
    return HEAD + "".join(_row(tag, found) for tag in tags)


def _row(tag: str, found: Mapping[str, Mapping[str, list[str]]]) -> str:
    code = ", ".join(f"`{name}`" for name in dict.fromkeys(found["code"].get(tag, ())))
    lessons = dict.fromkeys(Path(name).name[:3].upper() for name in found["lessons"].get(tag, ()))
    return f"| {tag} | {code} | {', '.join(lessons)} | {len(found['tests'].get(tag, ()))} |\n"
