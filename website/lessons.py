"""Lessons as pages: every cell as it stands, with what it printed and the figure it made."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

EXECUTE = Path(__file__).with_name("execute.py")
FOLDED = "## 3. Twelve lines"
"""The section whose code a reader should not see before the table is full."""

OWN = re.compile(r"t\d\d(_\w+)?")
"""Files of one lesson: itself, its solutions, its checks. Others may be imported by several."""


class Cell(NamedTuple):
    """One cell of a py:percent file."""

    markdown: bool
    text: str
    line: int
    """Of its first line in the file, from 1."""


class Done(NamedTuple):
    """What a cell did."""

    printed: str
    figures: list[str]
    caption: str


class LessonError(RuntimeError):
    """A lesson that did not run."""


def cells(source: str) -> list[Cell]:
    """The cells of a lesson; markdown without its ``#``."""
    marks = list(re.finditer(r"^# %%(.*)\n", source, re.MULTILINE))
    ends = [mark.start() for mark in marks[1:]] + [len(source)]
    found = []
    for mark, end in zip(marks, ends, strict=True):
        body, line = source[mark.end() : end], source.count("\n", 0, mark.end()) + 1
        markdown = mark[1].strip() == "[markdown]"
        text = re.sub(r"^# ?", "", body, flags=re.MULTILINE) if markdown else body
        found.append(Cell(markdown, text, line))
    return found


def execute(lesson: Path, folder: Path) -> list[Done]:
    """Run a lesson in a process of its own, warnings as errors, figures to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"MPLBACKEND": "Agg", "OPENBLAS_NUM_THREADS": "1", "REFSNN_FIGURE_DIR": str(folder)}
    root = lesson.resolve().parents[1]
    paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXECUTE), str(lesson)],
        env={**os.environ, **settings, "PYTHONPATH": os.pathsep.join(paths)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LessonError(f"{lesson.name} does not run:\n{done.stderr}")
    return [Done(*row) for row in json.loads(done.stdout)]


def cached(lesson: Path, cache: Path) -> tuple[list[Done], Path]:
    """What a lesson did, and the folder of its figures; run again only if any source changed."""
    folder = cache / lesson.stem / fingerprint(lesson)
    kept = folder / "cells.json"
    if not kept.is_file():
        kept.write_text(json.dumps(execute(lesson, folder)), encoding="utf-8")
    return [Done(*row) for row in json.loads(kept.read_text(encoding="utf-8"))], folder


def run_all(lessons: Sequence[Path], cache: Path) -> list[tuple[list[Done], Path]]:
    """Every lesson, as many at a time as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda lesson: cached(lesson, cache), lessons))


def fingerprint(lesson: Path) -> str:
    """Digest of all that a lesson depends on: itself, what it can import or read, NumPy."""
    root = lesson.resolve().parents[1]
    packages = (path for top in ("refsnn", "fixedpoint") for path in (root / top).rglob("*.py"))
    beside = (path for path in lesson.parent.rglob("*") if path.suffix in (".py", ".v"))
    others = (path for path in beside if not OWN.fullmatch(path.stem))
    digest = hashlib.sha256(version("numpy").encode())
    for path in [lesson, EXECUTE, *sorted(others), *sorted(packages)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def page(source: str, done: Iterable[Done], name: str) -> str:
    """The Markdown of a lesson; ``name`` is its file, which the page offers."""
    written, folded = [], False
    for cell, did in zip(cells(source), done, strict=True):
        if cell.markdown:
            written.append(cell.text.strip())
            folded = FOLDED in cell.text
            continue
        code = fence("python", cell.text.strip())
        written.append(fold("Twelve lines", code) if folded else code)
        written += shown(did)
        folded = False
    title, head = written[0].split("\n", 1)
    note = f"*This page is [{name}]({name}), executed.*"
    return "\n\n".join([title, note, head.strip(), *written[1:]]) + "\n"


def shown(did: Done) -> list[str]:
    """What a cell printed, and its figures."""
    printed = [fence("text", did.printed.rstrip(), "output")] if did.printed.strip() else []
    label = " ".join(did.caption.replace("[", "(").replace("]", ")").split())
    return [*printed, *(f"![{label}]({figure})" for figure in did.figures)]


def fence(language: str, text: str, *classes: str) -> str:
    """A block of code; the fence is longer than any inside."""
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall("`{3,}", text)), 3)
    named = " ".join(f".{name}" for name in (language, *classes))
    return f"{ticks}{{ {named} }}\n{text}\n{ticks}"


def fold(title: str, text: str) -> str:
    """A block that opens when it is clicked."""
    return f'??? example "{title}: open it when your table is full"\n\n' + indent(text, "    ")
