"""T04: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re
from fractions import Fraction

from lesson_files import TUTORIALS, check_number

LESSON = TUTORIALS / "t04_whole_network.py"
SOURCE = LESSON.read_text(encoding="utf-8")
NEURONS = {"A": ((-1, 2), 6, 3, -1, 1), "B": ((2, -1), -2, 2, 1, 6)}
X = (3, 2)


def fold_by_hand():
    """The rows of the first table."""
    for name, (w, gamma, sigma, mu, beta) in NEURONS.items():
        z = Fraction(gamma * (w[0] * X[0] + w[1] * X[1] - mu), sigma) + beta
        folded = [gamma * each // sigma for each in w]
        bias = beta - gamma * mu // sigma
        assert z == folded[0] * X[0] + folded[1] * X[1] + bias
        level = int(z / 2 + Fraction(1, 2))
        yield [name, "{}  {}".format(*w), gamma, sigma, mu, beta, "{}  {}".format(*folded), bias, z,
               level, 2 * level]  # fmt: skip


def steps_by_hand():
    """The rows of the second table."""
    v = dict.fromkeys(NEURONS, 4)
    drive = {row[0]: row[8] for row in fold_by_hand()}
    for t in range(1, 5):
        u = {name: v[name] + drive[name] for name in v}
        s = {name: int(u[name] >= 8) for name in u}
        v = {name: u[name] - 8 * s[name] for name in u}
        yield [t, u["A"], s["A"], u["B"], s["B"], 8 * s["A"] - 16 * s["B"] + 3]


def by_hand():
    """The rows of both tables."""
    yield from fold_by_hand()
    yield from steps_by_hand()


OUTPUT = [row[-1] for row in steps_by_hand()]
FULL = {"my_output": OUTPUT, "my_ann": [sum(OUTPUT) // 4]}
MISTAKE = (  # the reader who fires A late, and lets the output be a ReLU's
    {"my_output": [*OUTPUT[:3], 3 - 16], "my_ann": [2]},
    ["output: 0 holes left, wrong in rows [4]", "ANN: 0 holes left, wrong in rows [1]"],
)
HARM = {
    "> for >=": ("s = (u >= theta)", "s = (u > theta)"),
    "ties down": ("* 4 / 8 + 1 / 2)", "* 4 / 8 + 1 / 2 - 1e-9)"),
    "fold without the mean": ("beta + g * (b - mu) / sigma)", "beta + g * b / sigma)"),
    "library at another T": ("QCFSConversion(steps=4).convert(graph)", "QCFSConversion(steps=5).convert(graph)"),
    "a fold that is worse": ("v**2 for", "v**8 for"),
    "an empty start": ("curve(net),", "curve(net, v_init=0.0),"),
}  # fmt: skip


def test_exercise_1_is_the_folded_bias_times_the_steps():
    words = (
        r"has bias (\d+); its batch norm has gamma (\d+), mean (\d+), variance (\d+), eps 0, "
        r"beta (-\d+)\.\s#\s+How much charge does its folded bias bring in T = (\d+) steps"
    )
    bias, gamma, mean, var, beta, steps = map(int, re.search(words, SOURCE).groups())
    root = next(n for n in range(1, 9) if n * n == var)
    folded = beta + gamma * (bias - mean) // root
    assert check_number("t04", 1, folded * steps)
    traps = [folded, steps * (beta + gamma * (bias - mean) // var), steps * beta, bias * steps]
    assert not any(check_number("t04", 1, n) for n in traps)
