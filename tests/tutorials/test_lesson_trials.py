"""Every lesson: its table is right, learners' lists are judged rightly, and its assertions hold it.

The file ``test_tNN_name.py`` of a lesson has the data: ``by_hand()``, the rows of its tables,
written down apart from the lesson; ``FULL``, the lists of a reader who has it all right;
``MISTAKE``, those of one who has not, and what he is told; ``HARM``, changes that an assertion of
the lesson must notice: (old, new), and the part of the lesson to change where that is not all of
it, or ``TRIED``, a part that trains nothing. ``MARKS`` are of some of these.
"""

import re
from importlib import import_module
from pathlib import Path

import pytest
from lesson_files import LESSONS, SHELF, fails_with, module, number, run, table_by_hand, with_lists

from refsnn.lessons import write_stub

TRIALS = {p.stem[5:8]: import_module(p.stem) for p in Path(__file__).parent.glob("test_t[0-9]*.py")}
SOURCES = {number(lesson): lesson.read_text(encoding="utf-8") for lesson in LESSONS}
HARMS = [
    pytest.param(n, name, marks=getattr(trial, "MARKS", {}).get(name, ()))
    for n, trial in sorted(TRIALS.items())
    for name in trial.HARM
]
every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=number)


def test_every_lesson_is_tried():
    assert sorted(TRIALS) == sorted(SOURCES)
    assert all(len(trial.HARM) >= 5 for trial in TRIALS.values())


@every_lesson
def test_what_the_table_gives_is_right_and_the_rest_are_holes(lesson):
    n = number(lesson)
    given = table_by_hand(SOURCES[n])
    for row, true in zip(given, TRIALS[n].by_hand(), strict=True):
        assert all(cell in ("", str(right)) for cell, right in zip(row, true, strict=True)), row
    cells = [cell for row in given for cell in row]
    assert cells.count("") >= 5


def told(lesson, folder, lists):
    """What the lesson says of a learner's lists."""
    done, _ = run(lesson, folder, with_lists(SOURCES[number(lesson)], **lists))
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@every_lesson
def test_full_lists_are_accepted(lesson, tmp_path):
    full, (mistaken, _) = TRIALS[number(lesson)].FULL, TRIALS[number(lesson)].MISTAKE
    assert full.keys() == mistaken.keys()
    said = told(lesson, tmp_path, full)
    assert said
    assert all(re.fullmatch(r".+: 0 holes left, wrong [^\[\]]*\[\]", line) for line in said)


@every_lesson
def test_wrong_cells_are_named(lesson, tmp_path):
    lists, lines = TRIALS[number(lesson)].MISTAKE
    assert told(lesson, tmp_path, lists) == lines


@pytest.mark.parametrize(("n", "harm"), HARMS)
def test_the_lesson_asserts_what_it_says(n, harm, tmp_path):
    old, new, *part = TRIALS[n].HARM[harm]
    source = part[0] if part else getattr(TRIALS[n], "TRIED", SOURCES[n])
    fails_with(SHELF.lesson(n).path, tmp_path, old, new, source)


@every_lesson
def test_the_author_of_the_suspect_had_a_test_that_passes(lesson, tmp_path):
    """As it was found, and mended. It is the last function above that test that has a mark."""
    entry = SHELF.lesson(number(lesson))
    solution, stub = SHELF.solution(entry), tmp_path / "stub.py"
    write_stub(solution, stub)
    above = solution.read_text(encoding="utf-8").split("def author_test")[0]
    suspect = re.findall(r"^def (\w+)", above.rpartition("# exercise: begin")[0], re.MULTILINE)[-1]
    for work in (module(solution), module(stub)):
        work.author_test(getattr(work, suspect))
