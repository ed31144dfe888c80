"""T02: the table, what the lesson asserts, and what exercise 1 asks."""

import re

import pytest
from lesson_files import TUTORIALS, check_number, hand_table, module, run, with_lists

LESSON = TUTORIALS / "t02_three_errors.py"
SOURCE = LESSON.read_text(encoding="utf-8")
ROWS = ("10 10 10 10", "5 5 5 5", "8 8 -8 -8", "-8 -8 8 8", "-8 -8 16 16", "16 16 -5 -8", "-8 16 16 16")  # fmt: skip


def by_hand():
    """The rows, written down apart from the lesson."""
    for text in ROWS:
        v, count, charge = 4, 0, 0
        for x in map(int, text.split()):
            charge += x
            v += x
            if v >= 8:
                v, count = v - 8, count + 1
        clipped = 0 if charge < 0 else 32 if charge > 32 else charge
        even = next(n for n in range(5) if n == 4 or 8 * (n + 1) > clipped + 4)
        parts = [clipped - max(charge, 0), 8 * even - clipped, 8 * count - 8 * even]
        yield [text, charge, count, *parts, sum(parts)]


def test_what_the_table_gives_is_right_and_the_rest_are_holes():
    assert hand_table(SOURCE, by_hand()) == [1, 2, 4, 6]


def test_a_full_table_is_accepted_and_a_wrong_cell_named(tmp_path):
    _, _, counts, _, _, uneven, _ = map(list, zip(*by_hand(), strict=True))
    uneven[6] = 0  # the reader who takes row 7 for clipping alone
    done, _ = run(LESSON, tmp_path, with_lists(SOURCE, my_N=counts, my_unevenness=uneven))
    assert done.stdout.splitlines()[:2] == [
        "N: 0 holes left, wrong in rows []",
        "unevenness: 0 holes left, wrong in rows [7]",
    ]


HARM = {
    "> for >=": ("int(v + x >= theta)", "int(v + x > theta)"),
    "staircase without its half": ("((Z + theta // 2) // theta, 0)", "(Z // theta, 0)"),
    "the membrane truncated": ("count + last // 8", "count + int(last / 8)"),
    "library starts at 0": ("IF(theta=8)", "IF(theta=8, v_init=0)"),
    "unevenness in the first layer": ('["unevenness"]["max_abs"] == 0', '["unevenness"]["max_abs"] > 0'),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM)
def test_the_lesson_asserts_what_it_says(harm, tmp_path):
    old, new = HARM[harm]
    assert SOURCE.count(old) == 1
    done, _ = run(LESSON, tmp_path, SOURCE.replace(old, new))
    assert "AssertionError" in done.stderr


def test_exercise_1_is_answered_by_the_last_membrane():
    words = r"theta = (\d+), T = (\d+), start at (\d+)\. A neuron has sent (\d+) .*\n# +at (-\d+)"
    theta, steps, start, count, last = map(int, re.search(words, SOURCE).groups())
    charge = theta * count + last - start
    even = min(max((charge + start) // theta, 0), steps)
    assert check_number("t02", 1, even)
    traps = (count, charge // theta, count + int(last / theta), count - int(last / theta), charge)
    assert not any(check_number("t02", 1, n) for n in traps if n != even)


def test_the_author_of_the_repair_had_a_test_that_passes():
    solution = module(TUTORIALS / "solutions" / "t02.py")
    solution.author_test(solution.repaired)
    solution.author_test(lambda count, v, theta, steps: count + int(v / theta))
