"""T05: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re

import numpy as np
from lesson_files import TUTORIALS, check_number

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


ROWS = list(by_hand())
FULL = {"my_bits": [row[3] for row in ROWS[:5]], "my_sums": ROWS[5][1::2]}
MISTAKE = (  # the reader who takes every digit of every number for a spike
    {"my_bits": FULL["my_bits"], "my_sums": [120, 64, 120, 15]},
    ["bits: 0 holes left, wrong at places []", "sums: 0 holes left, wrong at places [2]"],
)
HARM = {
    "smallest digit first": ("n >> (T - t) & 1", "n >> (t - 1) & 1"),
    "first spike late": ("int(t == T + 1 - n)", "int(t == T - n)"),
    "another law": ("Fraction(b, 2), ", "Fraction(b + 1, 2), "),
    "law of the figure": ('"bits": B / 2', '"bits": B'),
    "planes shifted the other way": ("lambda s: W @ s)[-1]", "lambda s: W @ s)[0]"),
    "fewer steps": ("QCFSConversion(steps=15", "QCFSConversion(steps=4"),
    "a digit less": ("SNNMeetsANN(steps=4, snap", "SNNMeetsANN(steps=4, drop=1, snap"),
}


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
