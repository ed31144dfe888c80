"""T10: the table, the checks of the learner's holes, and what exercises 1 and 3 ask."""

import re

import pytest
from lesson_files import TUTORIALS, cells_by_hand, check_number, fill, learn, module, run

LESSON = TUTORIALS / "t10_accumulate_then_speak.py"
SOURCE = LESSON.read_text(encoding="utf-8")


def by_hand():
    """The rows t, x, u, s, v, c, 8 c + v, written down apart from the lesson."""
    v, c = 4, 0
    for row, x in enumerate([7, -5, 6, -9, None, None, None]):
        u = v + (x or 0)
        s = 1 if u >= 8 else -1 if u < 0 and x is None else 0
        v, c = u - 8 * s, c + s
        yield [row % 4 + 1, x, u, s, v, c, 8 * c + v]


def test_what_the_table_gives_is_right_and_the_rest_are_holes():
    rows = cells_by_hand(SOURCE)
    for row, true in zip(rows, by_hand(), strict=True):
        assert len(row) == len(true) + 1
        assert all(cell in (None, answer) for cell, answer in zip(row[1:], true, strict=True))
    assert [None in row[3:] for row in rows] == [False, True, True, False, True, True, True]


def test_a_full_table_is_accepted(tmp_path):
    _, _, _, _, _, c, last = zip(*by_hand(), strict=True)
    done, _ = run(LESSON, tmp_path, fill(SOURCE, my_c=list(c), my_last=list(last)))
    assert done.stdout.splitlines()[:2] == [
        f"{name}: 0 holes left, wrong in rows []" for name in ("c", "8 c + v")
    ]


def test_a_wrong_cell_is_named(tmp_path):
    """The reader who takes the spike back while input still comes, in row 2."""
    mine = fill(SOURCE, my_c=[1, 0, 0, 1, 0, 0, 0], my_last=[11, 6, 12, 3, 3, 3, None])
    done, _ = run(LESSON, tmp_path, mine)
    assert done.stdout.splitlines()[:2] == [
        "c: 0 holes left, wrong in rows [2, 3]",
        "8 c + v: 1 holes left, wrong in rows []",
    ]


HARM = {
    "retracts at 0": ("s -= int(u < 0)", "s -= int(u <= 0)"),
    "retracts while input comes": ("if x is None:", "if True:"),
    "never retracts": ("s -= int(u < 0)", "s -= 0"),
    "fires late": ("s = int(u >= theta)", "s = int(u > theta)"),
    "as many as come in": ("silence = max(len(currents), t_out)", "silence = len(currents)"),
    "emits late": ("int(c >= t)", "int(c > t)"),
    "another library neuron": ("neuron = Pascal(theta=8", "neuron = Pascal(theta=9"),
    "hardware apart": ("IntPascal(theta=8, v_init=4", "IntPascal(theta=8, v_init=3"),
    "another tally": ("[8, 12, 4]", "[8, 11, 5]"),
    "another outcome": ("[0, 3098, 90, ", "[0, 3098, 91, "),
}


@pytest.mark.parametrize("harm", HARM)
def test_the_lesson_asserts_what_it_says(harm, tmp_path):
    old, new = HARM[harm]
    assert SOURCE.count(old) == 1
    done, _ = run(LESSON, tmp_path, SOURCE.replace(old, new))
    assert done.returncode != 0
    assert "AssertionError" in done.stderr


def test_exercise_1_is_answered_by_the_number_of_steps():
    outs = [int(n) for n in re.search(r"with (\d), (\d) and (\d) output steps", SOURCE).groups()]
    steps, t_in = 1 + outs[0], outs[0]
    for t_out in outs[1:]:
        steps, t_in = steps + t_in + max(t_in, t_out) - 1 + t_out, t_out
    assert check_number("t10", 1, steps)
    assert not any(check_number("t10", 1, n) for n in (*outs, sum(outs), steps - 1, 44))


def test_the_author_of_the_restless_neuron_had_a_test_that_passes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    learn("t10")
    work = module(tmp_path / "t10_exercises.py")
    work.author_test(work.suspect)
    mended = module(TUTORIALS / "solutions" / "t10.py").suspect
    assert (work.suspect([4], 8, 4), mended([4], 8, 4)) == (0, 1)


def test_a_counter_example_is_shown_as_a_table(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    learn("t10")
    learn("t10")
    said = capsys.readouterr().out
    assert "t10, exercise 2: not begun" in said
    assert "phase       t     x     u   s     v   c\nintegrate   1     1     2   1" in said
    assert "emitted: 1, yours: 0" in said
