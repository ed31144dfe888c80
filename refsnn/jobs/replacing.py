"""Folders that are written whole or not at all, and replaced only if we wrote them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from refsnn.errors import InputError

REPORT = "report.json"


@contextmanager
def replacing(out: Path, kind: str) -> Iterator[Path]:
    """A fresh folder that takes the place of ``out`` when all went well.

    Only a missing or empty folder, or one whose report.json says ``format: kind``, is replaced.
    """
    if out.exists() and not _replaceable(out, kind):
        fix = "choose another --out, or empty it"
        raise InputError(
            "folder is not empty and no earlier demo wrote it", where=str(out), fix=fix
        )
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        yield fresh
        fresh.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        fresh.rename(out)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _replaceable(out: Path, kind: str) -> bool:
    if not out.is_dir():
        return False
    if not any(out.iterdir()):
        return True
    try:
        report = json.loads((out / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(report, dict) and report.get("format") == kind
