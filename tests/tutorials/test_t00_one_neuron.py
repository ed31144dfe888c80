"""T00: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re

from lesson_files import TUTORIALS, check_number

LESSON = TUTORIALS / "t00_one_neuron.py"
SOURCE = LESSON.read_text(encoding="utf-8")


def by_hand():
    """The rows t, x, u, s, v, N, 8 N + v, written down apart from the lesson."""
    v, count = 4, 0
    for t in range(1, 9):
        u = v + 5
        s, v = (1, u - 8) if u >= 8 else (0, u)
        count += s
        yield [t, 5, u, s, v, count, 8 * count + v]


_, _, _, _, V, _, LAST = map(list, zip(*by_hand(), strict=True))
FULL = {"my_v": V, "my_last": LAST}
MISTAKE = (  # the reader who did not fire at equality, in row 4
    {"my_v": [1, 6, 3, 8, 5, 2, 7, None], "my_last": [9, 14, 19, 24, 29, 34, 40, None]},
    ["v: 1 holes left, wrong in rows [4]", "8 N + v: 1 holes left, wrong in rows [7]"],
)
HARM = {
    "fires late": ("s = int(u >= theta)", "s = int(u > theta)"),
    "resets to zero": ("v = u - theta * s  #", "v = u * (1 - s)  #"),
    "leaks": ("u = v + x  #", "u = v + x - (v > 6)  #"),
    "law without the start": ("- np.cumsum(x) - v0", "- np.cumsum(x)"),
    "another count": ("assert N[-1] == 5", "assert N[-1] == 4"),
    "another start": ("run(IF(theta=8))", "run(IF(theta=8, v_init=0))"),
    "hardware apart": ("IntIF(theta=8, v_init=4)", "IntIF(theta=8, v_init=3)"),
    "another row 100": ("== 504", "== 500"),
    "another outcome": ("(2, 4, 5, -7)", "(3, 4, 5, -7)"),
}


def test_exercise_1_is_answered_by_the_law():
    words = r"theta = (\d+) that started at (\d+).*fired (\d+) times,\s#\s+.*stands at (-\d+)"
    theta, start, count, end = map(int, re.search(words, SOURCE).groups())
    assert check_number("t00", 1, theta * count - start + end)
    forgotten = [theta * count, theta * count + end, theta * count - start]
    swapped = [
        theta * count + start - end,
        theta * count - start - end,
        theta * count + start + end,
    ]
    assert not any(check_number("t00", 1, wrong) for wrong in forgotten + swapped)


def test_a_counter_example_is_shown_as_a_table(said_of_stub):
    said = said_of_stub("t00")
    table = ["theta = 2, v(0) = 0", "t  input  u  spike  v  your spike"]
    table += ["1      3  3      1  1           1", "last v: 1, yours: 0"]
    assert "\n".join(table) in said
