"""T02: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re

from lesson_files import TUTORIALS, check_number

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


_, _, COUNTS, _, _, UNEVEN, _ = map(list, zip(*by_hand(), strict=True))
FULL = {"my_N": COUNTS, "my_unevenness": UNEVEN}
MISTAKE = (  # the reader who takes row 7 for clipping alone
    {"my_N": COUNTS, "my_unevenness": [*UNEVEN[:6], 0]},
    ["N: 0 holes left, wrong in rows []", "unevenness: 0 holes left, wrong in rows [7]"],
)
HARM = {
    "> for >=": ("int(v + x >= theta)", "int(v + x > theta)"),
    "staircase without its half": ("((Z + theta // 2) // theta, 0)", "(Z // theta, 0)"),
    "the membrane truncated": ("count + last // 8", "count + int(last / 8)"),
    "library starts at 0": ("IF(theta=8)", "IF(theta=8, v_init=0)"),
    "unevenness in the first layer": ('["unevenness"]["max_abs"] == 0', '["unevenness"]["max_abs"] > 0'),
}  # fmt: skip


def test_exercise_1_is_answered_by_the_last_membrane():
    words = r"theta = (\d+), T = (\d+), start at (\d+)\. A neuron has sent (\d+) .*\n# +at (-\d+)"
    theta, steps, start, count, last = map(int, re.search(words, SOURCE).groups())
    charge = theta * count + last - start
    even = min(max((charge + start) // theta, 0), steps)
    assert check_number("t02", 1, even)
    traps = (count, charge // theta, count + int(last / theta), count - int(last / theta), charge)
    assert not any(check_number("t02", 1, n) for n in traps if n != even)
