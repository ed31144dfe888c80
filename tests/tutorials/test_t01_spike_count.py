"""T01: the table, what the lesson asserts, and what exercise 1 asks."""

from itertools import pairwise

import pytest
from lesson_files import TUTORIALS, check_number, hand_table, module, run, with_lists

LESSON = TUTORIALS / "t01_spike_count.py"
SOURCE = LESSON.read_text(encoding="utf-8")
DRIVES = (0, 1, 2, 3, 4, 5, 6, 9)


def by_hand():
    """The rows x, 8 x + 3, N, 6 N, 6 N - 8 x, by walking all steps."""
    for x in DRIVES:
        v, count = 3, 0
        for _ in range(8):
            v += x
            v, count = (v - 6, count + 1) if v >= 6 else (v, count)
        yield [x, 8 * x + 3, count, 6 * count, 6 * count - 8 * x]


def test_what_the_table_gives_is_right_and_the_rest_are_holes():
    holes = hand_table(SOURCE, by_hand())
    assert holes == [1, 3, 4, 5, 7]


def test_a_full_table_is_accepted_and_a_wrong_cell_named(tmp_path):
    _, _, counts, _, errors = map(list, zip(*by_hand(), strict=True))
    counts[7] = 12  # the reader who forgot the clip
    source = with_lists(SOURCE, my_N=counts, my_error=errors)
    done, _ = run(LESSON, tmp_path, source)
    assert done.stdout.splitlines()[:2] == [
        "N: 0 holes left, wrong in rows x = [9]",
        "error: 0 holes left, wrong in rows x = []",
    ]


HARM = {
    "> for >=": ("int(u >= theta)", "int(u > theta)"),
    "no clip": ("return np.clip((steps * x + start) // theta, 0, steps)", "return (steps * x + start) // theta"),
    "another rule of rounding": ("theta + 1 / 2)", "theta + 1 / 4)"),
    "library starts at 0": ("neuron = IF(theta=6)", "neuron = IF(theta=6, v_init=0)"),
    "another limit in the figure": ("max() == 3 / steps", "max() < 3 / steps"),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM)
def test_the_lesson_asserts_what_it_says(harm, tmp_path):
    old, new = HARM[harm]
    assert SOURCE.count(old) == 1
    done, _ = run(LESSON, tmp_path, SOURCE.replace(old, new))
    assert "AssertionError" in done.stderr


def test_exercise_1_is_the_first_t_whose_worst_error_is_below():
    """The worst error is theta / (2 T), and it is reached: 'at most' would be one step earlier."""
    first = next(steps for steps in range(1, 1000) if 6 / (2 * steps) < 1 / 100)
    assert check_number("t01", 1, first)
    assert not any(check_number("t01", 1, n) for n in (first - 1, 600, 601, 100, 101, 99))


def test_the_author_of_the_suspect_had_a_test_that_passes():
    solution = module(TUTORIALS / "solutions" / "t01.py")
    solution.author_test(solution.written)

    def suspect(x, theta, steps):
        counts = [min(max((t * x + 3) // theta, 0), steps) for t in range(steps + 1)]
        return [b - a for a, b in pairwise(counts)]

    solution.author_test(suspect)
    assert suspect(9, 6, 8) != solution.written(9, 6, 8)
