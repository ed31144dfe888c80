"""Where the lessons are, and how they are read."""

import os
import re
import subprocess
import sys
from pathlib import Path

from refsnn import lessons
from refsnn.cli import app
from refsnn.lessons import judge

TUTORIALS = Path(__file__).parents[2] / "tutorials"
LESSONS = sorted(TUTORIALS.glob("t[0-9][0-9]_*.py"))
HEADINGS = (
    "Question", "By hand", "Twelve lines", "The law", "The library", "The figure", "Break it",
    "Exercises", "Left out",
)  # fmt: skip
HEADER = ("needs", "teaches", "equations", "vectors", "figure")
ALONE = """
import os, runpy, socket, sys
def refuse(*_, **__):
    raise OSError("a lesson asked for the network")
socket.socket.connect = socket.getaddrinfo = refuse
sys.path[:0] = sys.argv[1].split(os.pathsep)
from figure_faults import faults
from matplotlib.figure import Figure
def inspected(canvas, *words, save=Figure.savefig, **options):
    assert not faults(canvas), faults(canvas)
    save(canvas, *words, **options)
Figure.savefig = inspected
runpy.run_path(sys.argv[2], run_name="__main__")
"""
SHELF = lessons.find_shelf(TUTORIALS)
module = judge.load
"""The names of a file: it is run outside ``sys.modules``."""


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
    places = os.pathsep.join(map(str, (Path(__file__).parent, TUTORIALS)))
    command = [sys.executable, "-W", "error", "-c", ALONE, places, str(path)]
    settings = {"MPLBACKEND": "Agg", "REFSNN_FIGURE_DIR": str(figures)}
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **settings}, capture_output=True, text=True,
        timeout=600, check=False,
    )  # fmt: skip
    return done, sorted(figures.iterdir())


def fails_with(lesson, folder, old, new, source):
    """The lesson with one thing changed is stopped by an assertion of its own."""
    assert source.count(old) == 1, f"{old!r} is there {source.count(old)} times"
    done, _ = run(lesson, folder, source.replace(old, new))
    assert done.returncode != 0
    assert "AssertionError" in done.stderr, done.stderr


def table_by_hand(source):
    """Cells of the tables in section 2, without heads and rules; a hole is empty."""
    body = source.split("## 2. By hand", 1)[1].split("# %%", 1)[0]
    rows = []
    for line in re.findall(r"^# \|(.*)\|$", body, re.MULTILINE):
        if set(line) <= set(":-|"):
            rows.pop()  # what stands over a rule is a head
        else:
            rows.append([cell.strip() for cell in line.split("|")])
    return rows


def with_lists(source, **lists):
    """The lesson up to its section 4, with the learner's lists filled in."""
    source = source.split("# ## 4.")[0]
    for name, values in lists.items():
        mine = rf"^{name} = (?:\{{.*?^\}}|\[.*?\])(?=  #|$)"
        source, times = re.subn(
            mine, f"{name} = {values!r}", source, flags=re.MULTILINE | re.DOTALL
        )
        assert times == 1, name
    return source
