"""T14: the table, the checks of the learner's holes, and what the lesson asserts."""

import re

import pytest
from hardware_lessons import fails_with, filled, holes_are_right, rows
from lesson_files import TUTORIALS, check_number, learn, module, run

from fixedpoint import Format, oracle

LESSON = TUTORIALS / "t14_numbers_in_wires.py"
SOURCE = LESSON.read_text(encoding="utf-8")
FOUR = (-5, -3, 3, 5)
ROUNDINGS = ("floor", "ceil", "to_zero", "half_up", "half_away", "half_even")


def by_hand():
    """The rows from the definitions in fractions."""
    table = {m: [oracle.round_code(a, 1, m) for a in FOUR] for m in ROUNDINGS}
    s3 = Format(True, 3)
    return table | {m: [oracle.overflow_code(a, s3, m) for a in FOUR] for m in ("saturate", "wrap")}


def test_what_the_table_gives_is_right():
    head, *body = rows(SOURCE)
    assert head[1:] == [str(a) for a in FOUR]
    holes_are_right(body, [[mode, *row] for mode, row in by_hand().items()])


def test_a_full_table_is_accepted(tmp_path):
    done, _ = run(LESSON, tmp_path, filled(SOURCE, mine=by_hand()))
    said = done.stdout.splitlines()[:8]
    assert said == [f"{mode}: 0 holes left, wrong under []" for mode in by_hand()]


def test_a_wrong_cell_is_named(tmp_path):
    """The reader who takes half_even for half_away, and saturates at 4."""
    wrong = by_hand() | {"half_even": [-3, -2, 2, 3], "saturate": [-4, -3, 3, 4]}
    done, _ = run(LESSON, tmp_path, filled(SOURCE, mine=wrong))
    said = done.stdout.splitlines()
    assert "half_even: 0 holes left, wrong under [-5, 5]" in said
    assert "saturate: 0 holes left, wrong under [5]" in said


HARM = {
    "a tie upwards in half_even": ("(tie and f & 1 == 1)", "tie"),
    "to_zero as floor": ("r > 0 and a < 0", "False"),
    "wraps at the wrong end": ("return low + ((a - low)", "return low + ((a - low + 1)"),
    "limits above only": ("return min(max(a, low), high)", "return min(a, high)"),
    "another mean of the floor": ("== -(1 - one) / 2", "== -(1 + one) / 2"),
    "another order of the cast": ("cast([31], 2) == -8", "cast([31], 2) == 7"),
    "another drift": ("[-8, 8, -8, 8, 8, -8]", "[-8, 8, -8, 8, 8, 0]"),
    "saturation without a memory": ('"saturate": {27, 100}', '"saturate": {100}'),
}


@pytest.mark.parametrize("harm", HARM)
def test_the_lesson_asserts_what_it_says(harm, tmp_path):
    fails_with(LESSON, tmp_path, *HARM[harm])


def test_exercise_1_is_answered_by_an_accumulator():
    terms = [int(n) for n in re.findall(r"-?\d+", SOURCE.split("and adds ")[1].split("in this")[0])]
    held, late, s8 = 0, 0, Format(True, 8)
    for term in terms:
        held = oracle.overflow_code(held + term, s8, "saturate")
        late = oracle.overflow_code(late + term, s8, "wrap")
    assert check_number("t14", 1, held)
    others = [late, sum(terms), oracle.overflow_code(sum(terms), s8, "saturate")]
    assert not any(check_number("t14", 1, wrong) for wrong in others)


def test_the_author_of_the_cast_had_a_test_that_passes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    learn("t14")
    work = module(tmp_path / "t14_exercises.py")
    work.author_test(work.suspect)
    assert work.suspect(120, 4, 4) == 8
