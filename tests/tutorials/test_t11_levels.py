"""T11: the table, the checks of the learner's holes, and what exercises 1 and 3 ask."""

import re
from itertools import product

import numpy as np
import pytest
from lesson_files import TUTORIALS, cells_by_hand, check_number, fill, learn, module, run

from refsnn.analysis import effective_steps, layerwise

LESSON = TUTORIALS / "t11_how_many_levels.py"
SOURCE = LESSON.read_text(encoding="utf-8")
CHEAP = SOURCE.split("# ## 6. The figure")[0]
"""The lesson before it trains anything."""


def by_hand():
    """The rows of the table, written down apart from the lesson; the last one holds the sums."""
    outputs = [[int(a) for a in words.split()] for words in re.findall(r"[PQ]: ([\d ]+)\.", SOURCE)]
    h = [layerwise(np.array(values)).histogram.tolist() for values in outputs]
    rows = [
        [number for n in (p, q) for number in (n, *((n - 2) ** k for k in (1, 2, 3, 4)))]
        for p, q in zip(*h, strict=True)
    ]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def test_what_the_table_gives_is_right_and_the_rest_are_holes():
    rows = cells_by_hand(SOURCE)
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5, "sum"]
    for row, true in zip(rows, by_hand(), strict=True):
        assert all(cell in (None, answer) for cell, answer in zip(row[1:], true, strict=True))
    assert [row.count(None) for row in rows] == [3, 6, 8, 8, 4, 6]


def test_a_full_table_is_accepted_and_a_wrong_sum_is_named(tmp_path):
    sums = by_hand()[-1]
    done, _ = run(LESSON, tmp_path, fill(CHEAP, my_p=sums[2:5], my_q=[16, 1, 64]))
    assert done.stdout.splitlines() == [
        "P: 0 holes left, wrong sums of powers []",
        "Q: 0 holes left, wrong sums of powers [3]",
    ]


HARM = {
    "more than the share": ("K * count >= N", "K * count > N"),
    "plain kurtosis": ("/ var**2 - 3", "/ var**2"),
    "divides": ("(g**2 + 1) * (k", "(g**2 + 1) / (k"),
    "sample variance": ("for x in d) / K\n    V", "for x in d) / (K - 1)\n    V"),
    "another layer": ("1, 1, 1, 1, 2, 2])", "1, 1, 1, 1, 2, 3])"),
    "another figure": ("== 3.1362", "== 3.1361"),
    "another mean": ("== 2.412", "== 2.413"),
}


@pytest.mark.parametrize("harm", HARM)
def test_the_lesson_asserts_what_it_says(harm, tmp_path):
    old, new = HARM[harm]
    assert CHEAP.count(old) == 1
    done, _ = run(LESSON, tmp_path, CHEAP.replace(old, new))
    assert done.returncode != 0
    assert "AssertionError" in done.stderr


def test_the_cliffs_are_asserted(tmp_path):
    """Section 7 without the training before it."""
    broken = SOURCE.split("# ## 7. Break it")[1].replace("[37.7, 23.8,", "[37.7, 23.9,")
    done, _ = run(LESSON, tmp_path, CHEAP + "# 7\n#" + broken)
    assert "AssertionError" in done.stderr


def test_exercise_1_counts_histograms():
    many = int(re.search(r"ways to put (\d+) outputs", SOURCE).group(1))
    tops = 0
    for h in product(range(many + 1), repeat=4):
        last = many - sum(h)
        if last >= 0 and len({*h, last}) == 2:
            few, most = sorted({*h, last})
            tops += (*h, last).count(most) == 1
            outputs = np.repeat(np.arange(5), (*h, last))
            if few:  # else the range has other ends
                largest = abs(layerwise(outputs).metric - 41.4375) < 1e-9
                assert largest == ((*h, last).count(most) == 1)
    assert check_number("t11", 1, tops)
    assert not any(check_number("t11", 1, n) for n in (5, many, tops - 5, tops + 5))


def test_the_author_of_the_accountant_had_a_test_that_passes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    learn("t11")
    work = module(tmp_path / "t11_exercises.py")
    work.author_test(work.t_eff)
    steps, rho = (4, 4, 1), (0.5, 0.25)
    assert work.t_eff(steps, rho) == effective_steps(steps, rho, as_released=True)


def test_a_counter_example_is_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    learn("t11")
    learn("t11")
    said = capsys.readouterr().out
    assert "t11, exercise 2: not begun" in said
    assert "T [4, 1], rho [1.0]: no ValueError, but 15.2" in said
