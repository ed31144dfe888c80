"""T06: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re
from itertools import product
from math import prod

import pytest
from lesson_files import TUTORIALS, check_number, module

LESSON = TUTORIALS / "t06_shift_and_add.py"
SOURCE = LESSON.read_text(encoding="utf-8")


def by_hand():
    """The rows t, worth, spikes, p, acc, written down apart from the lesson."""
    words, acc = [f"{n:04b}" for n in (6, 9, 13)], 0
    for t in range(4):
        spikes = [int(word[t]) for word in words]
        p = 3 * spikes[0] - 5 * spikes[1] + 2 * spikes[2]
        acc += acc + p
        yield [t + 1, 8 >> t, ", ".join(map(str, spikes)), p, acc]


_, _, _, P, ACC = map(list, zip(*by_hand(), strict=True))
FULL = {"my_p": P, "my_acc": ACC}
MISTAKE = (  # the reader who never doubles
    {"my_p": [-3, 5, 3, None], "my_acc": [-3, 2, 5, 2]},
    ["p: 1 holes left, wrong in rows []", "acc: 0 holes left, wrong in rows [2, 3, 4]"],
)
HARM = {
    "never doubles": ("(acc << 1) + p  #", "acc + p  #"),
    "least bit first": ("(level >> (T - t)) & 1", "(level >> (t - 1)) & 1"),
    "another cut": ("(a >> (T - t)))", "(a >> (T - t + 1)))"),
    "another sum": ("== -1\nfor", "== 1\nfor"),
    "other partial sums": ("[-24, -4, 2, -1]", "[-24, -4, 2, 1]"),
    "a mixed order": ("4, order).reversed(), synapse)", "4, order), synapse)"),
    "too few frames": ("encode(image, 5)", "encode(image % 16, 5)"),
    "another outcome": ("23, 59, -5]", "23, 3, -5]"),
    "half a filter": ("scaled - truth", "scaled - truth + 1"),
}


def test_exercise_1_has_one_answer():
    """The weights' partial sums all differ, so each frame can be read off the register."""
    text = SOURCE.split("1. (a number)")[1].split("2. (code)")[0]
    weights, read = (1, -3, 5), list(map(int, re.search(r"reads (.*)\. What", text)[1].split(",")))
    assert "the weights 1, -3, 5" in text
    frames = {
        sum(w * s for w, s in zip(weights, bits, strict=True)): bits
        for bits in product((0, 1), repeat=3)
    }
    assert len(frames) == 8
    steps = [now - 2 * before for before, now in zip([0, *read], read, strict=False)]
    words = list(zip(*(frames[p] for p in steps), strict=True))
    levels = [int("".join(map(str, word)), 2) for word in words]
    assert check_number("t06", 1, prod(levels))
    backwards = [int("".join(map(str, word[::-1])), 2) for word in words]
    assert not check_number("t06", 1, prod(backwards))
    assert not check_number("t06", 1, sum(levels))


def test_a_counter_example_is_shown_as_a_table():
    checks = module(TUTORIALS / "checks" / "t06.py")
    work = module(TUTORIALS / "solutions" / "t06.py")
    right = work.accumulate
    work.accumulate = lambda frames, weights, order: right(frames, weights, "msb")
    with pytest.raises(AssertionError) as error:
        checks.exercise_2(work)
    assert str(error.value).splitlines() == [
        "weights [1], lsb first",
        "t  spikes  acc  yours",
        "1       0    0      0",
        "2       1    2      1",
    ]
