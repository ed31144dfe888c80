"""T15: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re

from lesson_files import TUTORIALS, check_number, module

LESSON = TUTORIALS / "t15_lowering.py"
SOURCE = LESSON.read_text(encoding="utf-8")
REAL = {"Theta": 100, "w1": 45, "w2": -30, "w3": 62, "w4": 15, "bias": 10}


def by_hand():
    """name, real, scaled, whole of every row, apart from the lesson."""
    table = [[n, r, f"{r * 8 / 100:.2f}", round(r * 8 / 100)] for n, r in REAL.items()]
    whole = [row[3] for row in table[1:]]
    least, most = sum(min(w, 0) for w in whole), sum(max(w, 0) for w in whole)
    return [*table, ["least", "", "", least], ["most", "", "", most]]


def answers():
    table = by_hand()
    least, most = table[6][3], table[7][3]
    deepest, highest = 4 * least, 4 + 4 * most
    wires = next(n for n in range(1, 20) if -(2 ** (n - 1)) <= deepest and highest < 2 ** (n - 1))
    return {
        "my_whole": [row[3] for row in table[:6]],
        "my_current": [least, most],
        "my_membrane": [deepest, highest],
        "my_wires": [wires],
    }


FULL = answers()
MISTAKE = (  # the reader who forgets the bias, and the sign's wire
    answers() | {"my_current": [-2, 10], "my_membrane": [-8, 44], "my_wires": [6]},
    [
        "whole: 0 holes left, wrong at []",
        "current: 0 holes left, wrong at [2]",
        "membrane: 0 holes left, wrong at [2]",
        "wires: 0 holes left, wrong at [1]",
    ],
)
HARM = {
    "cuts in place of rounding": ("[round(w * Theta / theta)", "[int(w * Theta / theta)"),
    "Theta twice too large": ("Theta = 2 ** floor(", "Theta = 2 * 2 ** floor("),
    "forgets the bias": ("(f(b, 0) + sum(", "(sum("),
    "one step too few": ("min(v0, 0) + T * least,", "min(v0, 0) + (T - 1) * least,"),
    "no wire for the sign": ("high.bit_length()) + 1", "high.bit_length())"),
    "other weights": ("-0.3, 0.62", "-0.3, 0.72"),
    "another start": ("IntIF(theta=Theta, v_init=v0)", "IntIF(theta=Theta, v_init=60)"),
    "as wide as proven": ("wires(*seen) ==", "wires(deepest, highest) =="),
    "narrower without saying so": ("max(seen[x.name] - fewer,", "max(seen[x.name] - fewer - 1,"),
}


def test_exercise_1_is_answered_by_the_ranges():
    words = r"3 x 3 convolution with (\d+).*?-(\d+) \.\.\. (\d+)\),.*?-(\d+) \.\.\. (\d+) in every"
    channels, low, high, down, up = map(int, re.search(words, SOURCE, re.S).groups())
    steps, start, theta = map(
        int, re.search(r"T = (\d+), start (\d+), Theta = (\d+)", SOURCE).groups()
    )
    n = 9 * channels
    deepest, highest = -steps * (n * low + down), max(start + steps * (n * high + up), theta)
    wires = next(w for w in range(1, 40) if -(2 ** (w - 1)) <= deepest and highest < 2 ** (w - 1))
    assert check_number("t15", 1, wires)
    by_rule_of_thumb = 8 + (n - 1).bit_length() + (steps - 1).bit_length()
    assert not any(check_number("t15", 1, w) for w in (by_rule_of_thumb, wires - 1, 16))


def test_what_convicts_the_suspect_as_it_was_found(stub):
    work = stub("t15")
    mended = module(TUTORIALS / "solutions" / "t15.py")
    guilty = [
        name
        for name, layer in work.LAYERS.items()
        if work.suspect(*layer, 100, 4) != mended.suspect(*layer, 100, 4)
    ]
    assert guilty == mended.convicting
