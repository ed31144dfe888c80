"""T12: the table, the checks of the learner's holes, and what exercises 1 and 3 ask."""

import re

import pytest
from lesson_files import TUTORIALS, cells_by_hand, check_number, fill, learn, module, run

LESSON = TUTORIALS / "t12_compensate_the_error.py"
SOURCE = LESSON.read_text(encoding="utf-8")
CHEAP = SOURCE.split("# ## 6. The figure")[0]
"""The lesson before it trains anything."""
BREAK = CHEAP + "# 7\n#" + SOURCE.split("# ## 7. Break it")[1]
"""And its section 7 without the training."""


def by_hand():
    """The rows of the table, written down apart from the lesson."""
    v, n = 4, 0
    for t, x in enumerate([9, 8, 2, -25, 0, 0], 1):
        u = v + x
        s = 1 if u >= 8 and n < 4 else -1 if u < 0 and n else 0
        v, n = u - 8 * s, n + s
        yield [t, x, u, s, v, n]


def test_what_the_table_gives_is_right_and_the_rest_are_holes():
    rows = cells_by_hand(SOURCE)
    for row, true in zip(rows, by_hand(), strict=True):
        assert len(row) == len(true)
        assert all(cell in (None, answer) for cell, answer in zip(row, true, strict=True))
    assert [t for t, row in enumerate(rows, 1) if None in row] == [2, 4, 5, 6]


NAMES = ("slope z", "slope theta", "v", "N")


def test_a_full_table_is_accepted(tmp_path):
    *_, v, n = zip(*by_hand(), strict=True)
    mine = fill(CHEAP, slopes_z=[0, 1, 0], slopes_theta=[0, 0, 1], my_v=list(v), my_N=list(n))
    done, _ = run(LESSON, tmp_path, mine)
    assert done.stdout.splitlines() == [f"{name}: 0 holes left, wrong in rows []" for name in NAMES]


def test_wrong_cells_are_named(tmp_path):
    """Slopes exchanged, and a count that falls below 0."""
    mine = fill(CHEAP, slopes_z=[0, 0, 1], slopes_theta=[0, 1, 0], my_N=[1, 2, 2, 1, 0, -1])
    done, _ = run(LESSON, tmp_path, mine)
    wrong = ("[2, 3]", "[2, 3]", "[]", "[6]")
    assert done.stdout.splitlines() == [
        f"{name}: {holes} holes left, wrong in rows {rows}"
        for name, holes, rows in zip(NAMES, (0, 0, 4, 0), wrong, strict=True)
    ]


HARM = {
    "no memory": ("u < 0 and n >= 1", "u < 0"),
    "no cap": ("u >= theta and n < len(currents)", "u >= theta"),
    "takes back at 0": ("s -= int(u < 0", "s -= int(u <= 0"),
    "starts at 0": ("v, n, steps = theta // 2, 0, []", "v, n, steps = 0, 0, []"),
    "fires late": ("s = int(u >= theta", "s = int(u > theta"),
    "pays half": ("v, n = u - theta * s,", "v, n = u - theta // 2 * s,"),
    "slope at the ceiling": ("dtheta = z >= 8", "dtheta = z >= 10"),
    "library apart": ("DualThreshold(theta=8, cap=4)", "DualThreshold(theta=8, theta_negative=2.0)"),
    "hardware apart": ("v_init=4, cap=4)", "v_init=4, cap=1)"),
    "another outcome": ("[[90, 440, 0],", "[[90, 440, 1],"),
    "other outcomes": ("[5732, 165, 534, 3418]", "[5732, 165, 534, 3419]"),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM)
def test_the_lesson_asserts_what_it_says(harm, tmp_path):
    old, new = HARM[harm]
    assert BREAK.count(old) == 1
    done, _ = run(LESSON, tmp_path, BREAK.replace(old, new))
    assert done.returncode != 0
    assert "AssertionError" in done.stderr


FIGURE = {
    "starts at 0, first remedy": ("[list(CAUSES), list(CAUSES)[1:],", "[list(CAUSES)] * 2 + ["),
    "no silence": ("ErrorCompensation(steps=4)", "ErrorCompensation(steps=4, extra=0)"),
}


@pytest.mark.parametrize("harm", FIGURE)
def test_the_figure_asserts_what_it_says(harm, tmp_path):
    old, new = FIGURE[harm]
    assert SOURCE.count(old) == 1
    done, _ = run(LESSON, tmp_path, SOURCE.replace(old, new))
    assert "AssertionError" in done.stderr


def test_exercise_1_is_the_gradient_of_the_threshold():
    z, g = (
        [int(n) for n in re.findall(r"-?\d+", words)]
        for words in (
            re.search(r"theta = 8: z = (.*?)\. From", SOURCE).group(1),
            re.search(r"the gradients (.*?)\. What", SOURCE).group(1),
        )
    )
    assert check_number("t12", 1, sum(b for a, b in zip(z, g, strict=True) if a >= 8))
    wrong = [sum(g), sum(b for a, b in zip(z, g, strict=True) if a > 8), sum(a >= 8 for a in z)]
    assert not any(check_number("t12", 1, n) for n in wrong)


def test_the_author_of_the_sleepy_threshold_had_a_test_that_passes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    learn("t12")
    work = module(tmp_path / "t12_exercises.py")
    work.author_test(work.suspect)
    mended = module(TUTORIALS / "solutions" / "t12.py").suspect
    assert work.suspect([8, -8], 8, 0) == [1, 1]
    assert mended([8, -8], 8, 0) == [1, 0]


def test_a_counter_example_is_shown_as_a_table(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    learn("t12")
    learn("t12")
    said = capsys.readouterr().out
    assert "t12, exercise 2: not begun" in said
    assert "theta = 2\n   t    x    u   s    v   N   yours\n   1    1    2   1    0   1   1" in said
