"""Solutions pass; stubs and every wrong solution fail; numbers are checked by their digests."""

import json
from importlib import import_module
from types import SimpleNamespace

import pytest
from lesson_files import LESSONS, SHELF, TUTORIALS, check_number, module, number

from refsnn.errors import InputError
from refsnn.lessons import blank, digest
from refsnn.lessons.seals import sealed_checks

NUMBERS = [number(lesson) for lesson in LESSONS]
CHECKS = {n: module(TUTORIALS / "checks" / f"{n}.py").EXERCISES for n in NUMBERS}
BANK = {n: import_module(f"wrong_{n}") for n in NUMBERS}
EXERCISES = [(n, exercise) for n in NUMBERS for exercise in CHECKS[n]]
WRONG = [(n, k, name) for n, k in EXERCISES for name in BANK[n].WRONG[k]]
RIGHT = [(n, k, name) for n, k in EXERCISES for name in BANK[n].RIGHT[k]]
ANSWERS = json.loads((TUTORIALS / "answers.json").read_text())


def solution(lesson, **replaced):
    """The names of a solution, some of them replaced."""
    names = vars(module(TUTORIALS / "solutions" / f"{lesson}.py"))
    assert replaced.keys() <= names.keys()
    return SimpleNamespace(**{**names, **replaced})


def test_the_exercises_are_all_there():
    for n in NUMBERS:
        numeric = {int(k) for k in ANSWERS[n]}
        assert sorted(numeric) + sorted(CHECKS[n]) == [1, 2, 3]
        assert all(len(BANK[n].WRONG[k]) >= 5 for k in CHECKS[n])


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_the_solution_passes(lesson, exercise):
    CHECKS[lesson][exercise](solution(lesson))


@pytest.mark.parametrize(("lesson", "exercise", "name"), RIGHT)
def test_another_right_solution_passes(lesson, exercise, name):
    CHECKS[lesson][exercise](solution(lesson, **BANK[lesson].RIGHT[exercise][name]))


@pytest.mark.parametrize(("lesson", "exercise", "name"), WRONG)
def test_a_wrong_solution_fails(lesson, exercise, name):
    """By its result, not by an accident: an AssertionError that says something."""
    with pytest.raises(AssertionError, match=r"\w"):
        CHECKS[lesson][exercise](solution(lesson, **BANK[lesson].WRONG[exercise][name]))


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_the_stub_fails(lesson, exercise, stub):
    with pytest.raises((AssertionError, NotImplementedError)):
        CHECKS[lesson][exercise](stub(lesson))


@pytest.mark.parametrize("lesson", NUMBERS)
def test_the_stub_shows_no_solution(lesson, stub, tmp_path):
    stub(lesson)
    text = (tmp_path / f"{lesson}_exercises.py").read_text()
    assert "# exercise:" not in text
    assert "# stub:" not in text


@pytest.mark.parametrize("lesson", NUMBERS)
def test_checks_are_sealed(lesson):
    """If this fails after a change of yours: python -m refsnn.lessons.seals."""
    assert sealed_checks(SHELF, SHELF.lesson(lesson)).is_file()


@pytest.mark.parametrize(("lesson", "exercise"), [(n, int(k)) for n in ANSWERS for k in ANSWERS[n]])
def test_one_number_is_right(lesson, exercise):
    """No test names it either: of all numbers up to 3000 exactly one is accepted."""
    assert sum(check_number(lesson, exercise, n) for n in range(-3000, 3001)) == 1


@pytest.mark.parametrize("answer", ["4", 4.0, None, [4]])
def test_only_whole_numbers_are_answers(answer):
    with pytest.raises(InputError, match="not a whole number"):
        check_number("t00", 1, answer)


def test_salts_and_digests_differ():
    """The same answer to two exercises, or in two lessons, has two digests."""
    digests = {digest(n, k, s, 7) for n in ("t00", "t01") for k in (1, 2) for s in "ab"}
    assert len(digests) == 8
    salts = [entry["salt"] for lesson in ANSWERS.values() for entry in lesson.values()]
    assert len(set(salts)) == len(salts)


def test_blank():
    source = "a\n  # exercise: begin\n  b\n  # exercise: end\nc\n# exercise: begin\n# stub: d = 0\n"
    stub = 'a\n  raise NotImplementedError("yours")\nc\nd = 0\n'
    assert blank(source + "d = 1\n# exercise: end\n") == stub


@pytest.mark.parametrize(
    "source",
    [
        "# exercise: begin\n",
        "# exercise: end\n",
        "# exercise: begin\n# exercise: begin\n# exercise: end\n",
        "# exercise: begin\n# exercise: end\n# exercise: end\n",
    ],
)
def test_unpaired_marks_are_refused(source):
    with pytest.raises(InputError, match="unpaired exercise mark"):
        blank(source)
