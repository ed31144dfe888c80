"""T07: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re

import pytest
from lesson_files import TUTORIALS, check_number, module

LESSON = TUTORIALS / "t07_next_code.py"
SOURCE = LESSON.read_text(encoding="utf-8")


def by_hand():
    """The rows z, v, s, v, s, v, s, v, n, written down apart from the lesson."""
    for z in (41, 20, 27, 28, 70, -9):
        v = z + 4
        row = [z, v]
        for threshold in (32, 16, 8):
            v -= threshold if v >= threshold else 0
            row += [int(row[-1] != v), v]
        yield [*row, min(max((2 * z + 8) // 16, 0), 7)]


FULL = {"my_left": [row[-2] for row in by_hand()], "my_n": [row[-1] for row in by_hand()]}
MISTAKE = (  # the reader who does not fire at equality, and forgets the clip
    {"my_left": [5, 8, 7, 8, 18, None], "my_n": [5, 2, 3, 3, 9, 0]},
    ["left: 1 holes left, wrong in rows [2, 4]", "n: 0 holes left, wrong in rows [2, 4, 5]"],
)
HARM = {
    "fires late": ("s = int(v >= threshold)", "s = int(v > threshold)"),
    "no half": ("v = z + theta // 2  #", "v = z  #"),
    "hard reset": ("v = v - threshold * s  #", "v = v * (1 - s)  #"),
    "another clip": ("0), 2**T - 1)", "0), 2**T)"),
    "another batch norm": ("steps=4)  #", "steps=3)  #"),
    "unshifted": ("0.375) - once ==", "beta_c) - once =="),
    "hardware apart": ("v_init=4, t_out=3", "v_init=3, t_out=3"),
    "a bit dropped": ("SNNMeetsANN(steps=4, snap", "SNNMeetsANN(steps=4, drop=1, snap"),
    "as exact as the first layer": ("== 0 < rate", "== 0 == rate"),
    "dear bits": ("bits.evaluation.cost.spikes < rate", "rate.evaluation.cost.spikes < bits"),
    "a threshold too low": ("BitSerial(theta=2 * f,", "BitSerial(theta=f,"),
    "another share": ("28, 72, 28, 52]", "28, 72, 28, 50]"),
}


def test_exercise_1_is_answered_by_division_and_horner():
    words = r"theta = (\d+) and T = (\d) sent ([01]+) and was left with (\d).*?a bias of (\d)"
    theta, steps, word, left, bias = re.search(words, SOURCE, re.DOTALL).groups()
    theta, steps, left, bias = int(theta), int(steps), int(left), int(bias)
    assert len(word) == steps
    assert left < theta
    charge = theta * int(word, 2) + left
    answer = charge - theta // 2 - bias * (2**steps - 1)
    assert check_number("t07", 1, answer)
    for wrong in (
        charge - theta // 2 - bias,
        charge - theta // 2 - bias * steps,
        charge - theta // 2,
        charge - bias * (2**steps - 1),
        theta * int(word[::-1], 2) + left - theta // 2 - bias * (2**steps - 1),
        charge + theta // 2 - bias * (2**steps - 1),
    ):
        assert not check_number("t07", 1, wrong)


def test_a_counter_example_is_shown_as_a_table():
    checks = module(TUTORIALS / "checks" / "t07.py")
    work = module(TUTORIALS / "solutions" / "t07.py")
    right = work.neuron
    work.neuron = lambda frames, weights, bias, theta, T: right(frames, weights, 0, theta, T)
    with pytest.raises(AssertionError) as error:
        checks.exercise_2(work)
    assert str(error.value).splitlines() == [
        "weights [-5], bias 7, theta 1",
        "frame 1 in: [0]",
        "frame 2 in: [0]",
        "t  spike  yours",
        "1      1      0",
        "left: 6, yours: 0",
    ]
