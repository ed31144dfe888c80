"""Every lesson has the same form, runs, and makes one figure."""

import os
import re
from collections import Counter

import pytest
from lesson_files import HEADER, HEADINGS, LESSONS, TUTORIALS, cells, run

TAG = re.compile(r"[a-z_]+\.\d+")
ROOT = TUTORIALS.parent


def problems(source):
    """What keeps a lesson from the form, as a list of sentences."""
    found = [f"line {n} is too long" for n, s in enumerate(source.splitlines(), 1) if len(s) > 100]
    if len(source.splitlines()) > 250:
        found.append("more than 250 lines")
    text = "\n".join(body for kind, body in cells(source) if kind == "markdown")
    expected = [f"{n}. {title}" for n, title in enumerate(HEADINGS, 1)]
    if re.findall(r"^## (.+)", text, re.MULTILINE) != expected:
        found.append("not the nine headings in order")
    head = dict(
        re.findall(r"^- (\w+): (\S.*(?:\n {2}\S.*)*)", text.split("## 1.")[0], re.MULTILINE)
    )
    found += [f"the header does not state {name}" for name in HEADER if name not in head]
    used = {tag for marks in re.findall(r"eq: (.+)", source) for tag in TAG.findall(marks)}
    if set(TAG.findall(head.get("equations", ""))) != used:
        found.append("the header's equations are not the ones used")
    if code_lines(source, "Twelve lines") > 12:
        found.append("more than twelve lines")
    n = next(iter(re.findall(r"^# (T\d\d)\.", text, re.MULTILINE)), "")
    if re.findall(r"^refsnn learn (\w+)(?=  | --answer 1 N)", text, re.MULTILINE) != [n, n]:
        found.append("section 8 does not say how its exercises are tried")
    if table_rows(source) > 8:
        found.append("more than 8 rows by hand")
    return found


def section(source, title):
    """The source from one heading to the next."""
    return re.split(r"^# ## \d\. ", source.split(f". {title}\n", 1)[-1], flags=re.MULTILINE)[0]


def code_lines(source, title):
    """Lines of the first code cell of a section."""
    first = re.split(r"^# %%.*$", section(source, title), flags=re.MULTILINE)[1]
    return len([line for line in first.splitlines() if line.strip()])


def table_rows(source):
    """Rows of the table by hand, without its head and its rule."""
    return len(re.findall(r"^# \|", section(source, "By hand"), re.MULTILINE)) - 2


def test_there_are_lessons_with_numbers_of_their_own():
    assert LESSONS
    assert max(Counter(lesson.name[:3] for lesson in LESSONS).values()) == 1


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_lesson_has_the_form(lesson):
    assert problems(lesson.read_text(encoding="utf-8")) == []


FAULTS = {
    "more than 250 lines": ("import numpy as np\n", "import numpy as np\n" + "# on and on\n" * 20),
    "is too long": ("import numpy as np\n", "# " + "long " * 20 + "\nimport numpy as np\n"),
    "not the nine headings": ("## 4. The law", "## 4. A law"),
    "does not state vectors": ("# - vectors: none\n", ""),
    "not the ones used": ("equations: qcfs.4, ", "equations: "),
    "more than twelve lines": (
        "    for x in currents:\n",
        "    pass\n" * 3 + "    for x in currents:\n",
    ),
    "how its exercises are tried": ("refsnn learn T00   ", "refsnn try T00     "),
    "more than 8 rows": ("# |  8  |", "# |  8  |\n# |  9  |"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_form_is_named(fault):
    old, new = FAULTS[fault]
    source = LESSONS[0].read_text(encoding="utf-8")
    assert source.count(old) == 1
    assert [p for p in problems(source.replace(old, new)) if fault in p]


def worked():
    """Seconds of a processor that children have had: a busy machine does not change them."""
    return os.times().children_user + os.times().children_system


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_lesson_runs_and_makes_one_figure(lesson, tmp_path):
    before = worked()
    done, figures = run(lesson, tmp_path)
    assert done.returncode == 0, done.stderr
    assert worked() - before < 60
    assert [path.name for path in figures] == [f"{lesson.stem}.png"]
    assert figures[0].read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert [path.name for path in tmp_path.iterdir()] == ["figures"]


def test_a_lesson_that_asks_for_the_network_or_warns_fails(tmp_path):
    calls = {"network": "import urllib.request as r\nr.urlopen('http://localhost:9')",
             "warning": "import warnings\nwarnings.warn('no')"}  # fmt: skip
    for name, call in calls.items():
        (tmp_path / name).mkdir()
        done, _ = run(LESSONS[0], tmp_path / name, source=call)
        assert done.returncode != 0
        assert {"network": "asked for the network", "warning": "UserWarning"}[name] in done.stderr


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_files_a_lesson_names_exist(lesson):
    named = re.findall(r"`((?:tests|refsnn|fixedpoint|tutorials)/[\w/]+\.py)`", lesson.read_text())
    assert named
    assert all((ROOT / path).is_file() for path in named)


def test_readme_lists_the_lessons_that_exist_and_their_questions():
    readme = (TUTORIALS / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((t\d\d_\w+\.py)\)", readme) == [lesson.name for lesson in LESSONS]
    for lesson in LESSONS:
        question = section(lesson.read_text(encoding="utf-8"), "Question")
        assert question.replace("#", "").strip() in readme
