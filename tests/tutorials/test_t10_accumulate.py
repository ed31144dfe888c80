"""T10: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re

from lesson_files import TUTORIALS, check_number

LESSON = TUTORIALS / "t10_accumulate_then_speak.py"
SOURCE = LESSON.read_text(encoding="utf-8")


def by_hand():
    """The rows phase, t, x, u, s, v, c, 8 c + v, written down apart from the lesson."""
    v, c = 4, 0
    for row, x in enumerate([7, -5, 6, -9, None, None, None]):
        u = v + (x or 0)
        s = 1 if u >= 8 else -1 if u < 0 and x is None else 0
        v, c = u - 8 * s, c + s
        phase, drive = ("integrate", x) if row < 4 else ("relax", "")
        yield [phase, row % 4 + 1, drive, u, s, v, c, 8 * c + v]


*_, COUNTS, LAST = map(list, zip(*by_hand(), strict=True))
FULL = {"my_c": COUNTS, "my_last": LAST}
MISTAKE = (  # the reader who takes the spike back while input still comes, in row 2
    {"my_c": [1, 0, 0, 1, 0, 0, 0], "my_last": [11, 6, 12, 3, 3, 3, None]},
    ["c: 0 holes left, wrong in rows [2, 3]", "8 c + v: 1 holes left, wrong in rows []"],
)
HARM = {
    "retracts at 0": ("s -= int(u < 0)", "s -= int(u <= 0)"),
    "retracts while input comes": ("if x is None:", "if True:"),
    "never retracts": ("s -= int(u < 0)", "s -= 0"),
    "fires late": ("s = int(u >= theta)", "s = int(u > theta)"),
    "as many as come in": ("silence = max(len(currents), t_out)", "silence = len(currents)"),
    "emits late": ("int(c >= t)", "int(c > t)"),
    "another library neuron": ("neuron = Pascal(theta=8", "neuron = Pascal(theta=9"),
    "hardware apart": ("IntPascal(theta=8, v_init=4", "IntPascal(theta=8, v_init=3"),
    "another tally": ("[8, 12, 4]", "[8, 11, 5]"),
    "another outcome": ("[0, 3098, 90, ", "[0, 3098, 91, "),
}


def test_exercise_1_is_answered_by_the_number_of_steps():
    outs = [int(n) for n in re.search(r"with (\d), (\d) and (\d) output steps", SOURCE).groups()]
    steps, t_in = 1 + outs[0], outs[0]
    for t_out in outs[1:]:
        steps, t_in = steps + t_in + max(t_in, t_out) - 1 + t_out, t_out
    assert check_number("t10", 1, steps)
    assert not any(check_number("t10", 1, n) for n in (*outs, sum(outs), steps - 1, 44))


def test_a_counter_example_is_shown_as_a_table(said_of_stub):
    said = said_of_stub("t10")
    assert "    phase  t  input  u  spike  v\nintegrate  1      1  2      1  0" in said
    assert "emitted: 1, yours: 0" in said
