"""T05: the table, what the lesson asserts, and what exercise 1 asks."""

import re

import numpy as np
import pytest
from lesson_files import TUTORIALS, check_number, hand_table, module, run, with_lists

from refsnn.lessons import blank
from refsnn.ops import Conv2d

LESSON = TUTORIALS / "t05_codes_and_price.py"
SOURCE = LESSON.read_text(encoding="utf-8")
SPOKEN = (13, 8, 7, 15, 0)


def by_hand():
    for n in SPOKEN:
        bursts = [sum(n > 4 * t + k for k in range(4)) for t in range(4)]
        word = f"{n:04b}"
        yield [n, n, word, word.count("1"), " ".join(map(str, bursts)), n, 16 - n if n else "never",
               int(n > 0)]  # fmt: skip
    ones = sum(f"{n:b}".count("1") for n in range(16))
    yield ["0...15", sum(range(16)), "-", ones, "-", sum(range(16)), "-", 15]


def test_what_the_table_gives_is_right_and_the_rest_are_holes():
    assert hand_table(SOURCE, by_hand()) == [1, 2, 3, 5]


def test_a_full_table_is_accepted_and_a_wrong_cell_named(tmp_path):
    rows = list(by_hand())
    wrong = [rows[5][1], 64, rows[5][5], rows[5][7]]  # every digit of every number
    source = with_lists(
        SOURCE.replace("  # spikes of 13", "\n# spikes of 13").replace("  # count, b", "\n# count, b"),
        my_bits=[row[3] for row in rows[:5]], my_sums=wrong,
    )  # fmt: skip
    done, _ = run(LESSON, tmp_path, source)
    assert done.stdout.splitlines()[:2] == [
        "bits: 0 holes left, wrong at places []",
        "sums: 0 holes left, wrong at places [2]",
    ]


HARM = {
    "smallest digit first": ("n >> (T - t) & 1", "n >> (t - 1) & 1"),
    "first spike late": ("int(t == T + 1 - n)", "int(t == T - n)"),
    "another law": ("Fraction(b, 2), ", "Fraction(b + 1, 2), "),
    "law of the figure": ('"bits": B / 2', '"bits": B'),
    "planes shifted the other way": ("lambda s: W @ s)[-1]", "lambda s: W @ s)[0]"),
    "fewer steps": ("QCFSConversion(steps=15", "QCFSConversion(steps=4"),
    "a digit less": ("SNNMeetsANN(steps=4, snap", "SNNMeetsANN(steps=4, drop=1, snap"),
}


@pytest.mark.parametrize("harm", HARM)
def test_the_lesson_asserts_what_it_says(harm, tmp_path):
    old, new = HARM[harm]
    assert SOURCE.count(old) == 1
    done, _ = run(LESSON, tmp_path, SOURCE.replace(old, new))
    assert "AssertionError" in done.stderr


def test_exercise_1_counts_spikes_times_what_they_reach():
    words = (
        r"A (\d) x (\d) map, every neuron at level (\d+) of 15, sends bits into a convolution: "
        r"(\d) x (\d),\s#\s+padding (\d), stride 1, (\d) channels out"
    )
    rows, columns, level, high, wide, pad, out = map(int, re.search(words, SOURCE).groups())
    spikes = f"{level:b}".count("1")
    taps = sum(
        0 <= i - di + pad < rows and 0 <= j - dj + pad < columns
        for i in range(rows) for j in range(columns) for di in range(high) for dj in range(wide)
    )  # fmt: skip
    weights = {"weight": np.zeros((out, 1, high, wide))}
    fanout = Conv2d(out, (high, wide), padding=pad).fanout(weights, (1, rows, columns))
    assert fanout.sum() == taps * out
    assert check_number("t05", 1, taps * out * spikes)
    traps = [
        taps * spikes,
        taps * out,
        taps * out * level,
        rows * columns * high * wide * out * spikes,
    ]
    assert not any(check_number("t05", 1, n) for n in traps)


def test_the_author_of_the_counter_had_a_test_that_passes():
    path = TUTORIALS / "solutions" / "t05.py"
    solution, names = module(path), {}
    solution.author_test(solution.operations)
    exec(blank(path.read_text(encoding="utf-8")), names)
    names["author_test"](names["operations"])
    assert tuple(solution.TRAINS) == module(TUTORIALS / "checks" / "t05.py").TRAINS
