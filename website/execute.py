"""Run one lesson cell by cell: python execute.py LESSON prints what each cell did, as JSON.

A row a cell: what it printed, the figures it wrote, the caption that the lesson gives its figure.
"""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from lessons import Cell, Done, cells


def main(lesson: Path) -> None:
    """Run a lesson and print its rows."""
    sys.path[0] = str(lesson.parent)
    names = {"__name__": "__main__", "__file__": str(lesson)}
    folder = Path(os.environ["REFSNN_FIGURE_DIR"])
    source = lesson.read_text(encoding="utf-8")
    print(json.dumps([run(cell, names, lesson, folder) for cell in cells(source)]))


def run(cell: Cell, names: dict[str, Any], lesson: Path, folder: Path) -> Done:
    """Run a cell; lines of a traceback are those of the file."""
    if cell.markdown:
        return Done("", [], "")
    before, printed = set(folder.glob("*.png")), io.StringIO()
    code = compile("\n" * (cell.line - 1) + cell.text, str(lesson), "exec")
    with redirect_stdout(printed):
        exec(code, names)
    made = sorted(path.name for path in set(folder.glob("*.png")) - before)
    return Done(printed.getvalue(), made, str(names.get("CAPTION", "")))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
