"""Where the lessons are, and how they are read."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

from refsnn import lessons
from refsnn.cli import app

TUTORIALS = Path(__file__).parents[2] / "tutorials"
LESSONS = sorted(TUTORIALS.glob("t[0-9][0-9]_*.py"))
HEADINGS = (
    "Question", "By hand", "Twelve lines", "The law", "The library", "The figure", "Break it",
    "Exercises", "Left out",
)  # fmt: skip
HEADER = ("needs", "teaches", "equations", "vectors", "figure")
ALONE = """
import runpy, socket, sys
def refuse(*_, **__):
    raise OSError("a lesson asked for the network")
socket.socket.connect = socket.getaddrinfo = refuse
sys.path.insert(0, sys.argv[1])
from figure_faults import faults
from matplotlib.figure import Figure
def inspected(canvas, *words, save=Figure.savefig, **options):
    assert not faults(canvas), faults(canvas)
    save(canvas, *words, **options)
Figure.savefig = inspected
runpy.run_path(sys.argv[2], run_name="__main__")
"""


def module(path):
    """The names of a file, run outside ``sys.modules``."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


SHELF = lessons.find_shelf(TUTORIALS)


def learn(*words):
    """``refsnn learn``: its exit code."""
    return app(["learn", *map(str, words)], standalone_mode=False)


def check_number(lesson, exercise, answer):
    """Whether this is the answer to a numeric exercise."""
    return lessons.check_number(SHELF, SHELF.lesson(lesson), exercise, answer)


def number(lesson):
    """``t00`` of ``t00_one_neuron.py``."""
    return lesson.stem[:3]


def cells(source):
    """(kind, text) of each cell of a py:percent file; markdown without its ``#``."""
    found = []
    for part in re.split(r"^# %%", source, flags=re.MULTILINE)[1:]:
        title, body = part.split("\n", 1)
        if title == " [markdown]":
            lines = [line.removeprefix("#").removeprefix(" ") for line in body.splitlines()]
            found.append(("markdown", "\n".join(lines)))
        else:
            found.append(("code", body))
    return found


def run(lesson, folder, source=None):
    """Run a lesson in its own process: no network, no warnings, readable figures to ``folder``."""
    path = lesson
    if source is not None:
        path = folder / lesson.name
        path.write_text(source, encoding="utf-8")
    figures = folder / "figures"
    figures.mkdir()
    command = [sys.executable, "-W", "error", "-c", ALONE, str(Path(__file__).parent), str(path)]
    settings = {"MPLBACKEND": "Agg", "REFSNN_FIGURE_DIR": str(figures)}
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **settings}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    return done, sorted(figures.iterdir())


def cells_by_hand(source):
    """The rows of the table by hand: whole numbers, None for holes and dashes, and words."""
    table = source.split("## 2. By hand")[1].split("# %%")[0]
    lines = re.findall(r"^# \|(.*)\|$", table, re.MULTILINE)[2:]
    return [[_cell(text.strip()) for text in line.split("|")] for line in lines]


def _cell(text):
    return int(text) if re.fullmatch(r"-?\d+", text) else text if text.strip("-") else None


def fill(source, **lists):
    """A lesson with the learner's lists."""
    for name, values in lists.items():
        source, times = re.subn(rf"^{name} = .*$", f"{name} = {values}", source, flags=re.MULTILINE)
        assert times == 1
    return source


def hand_table(source, true):
    """Hold the table by hand to its true rows; the indices of the rows with holes."""
    body = source.split("## 2. By hand", 1)[1].split("# %%", 1)[0]
    rows = [
        [cell.strip() for cell in row.split("|")]
        for row in re.findall(r"^# \|(.*)\|$", body, re.MULTILINE)[2:]
    ]
    for row, expected in zip(rows, true, strict=True):
        assert len(row) == len(expected)
        assert all(cell in ("", str(right)) for cell, right in zip(row, expected, strict=True))
    return [i for i, row in enumerate(rows) if "" in row]


def with_lists(source, **lists):
    """The lesson with the learner's lists filled in."""
    for name, values in lists.items():
        source, times = re.subn(
            rf"^{name} = \[.*?\]$", f"{name} = {values}", source, flags=re.MULTILINE | re.DOTALL
        )
        assert times == 1
    return source
