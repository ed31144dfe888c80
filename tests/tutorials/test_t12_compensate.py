"""T12: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re

from lesson_files import TUTORIALS, check_number

LESSON = TUTORIALS / "t12_compensate_the_error.py"
SOURCE = LESSON.read_text(encoding="utf-8")
CHEAP = SOURCE.split("# ## 6. The figure")[0]
"""The lesson before it trains anything."""
BREAK = CHEAP + "# 7\n#" + SOURCE.split("# ## 7. Break it")[1]
"""And its section 7 without the training."""


def by_hand():
    """The rows of the table, written down apart from the lesson."""
    v, n = 4, 0
    for t, x in enumerate([9, 8, 2, -25, 0, 0], 1):
        u = v + x
        s = 1 if u >= 8 and n < 4 else -1 if u < 0 and n else 0
        v, n = u - 8 * s, n + s
        yield [t, x, u, s, v, n]


*_, V, N = map(list, zip(*by_hand(), strict=True))
FULL = {"slopes_z": [0, 1, 0], "slopes_theta": [0, 0, 1], "my_v": V, "my_N": N}
MISTAKE = (  # slopes exchanged, and a count that falls below 0
    {"slopes_z": [0, 0, 1], "slopes_theta": [0, 1, 0], "my_v": [None] * 6, "my_N": [*N[:5], -1]},
    [
        "slope z: 0 holes left, wrong in rows [2, 3]",
        "slope theta: 0 holes left, wrong in rows [2, 3]",
        "v: 6 holes left, wrong in rows []",
        "N: 0 holes left, wrong in rows [6]",
    ],
)
TRIED = BREAK
HARM = {
    "no memory": ("u < 0 and n >= 1", "u < 0"),
    "no cap": ("u >= theta and n < len(currents)", "u >= theta"),
    "takes back at 0": ("s -= int(u < 0", "s -= int(u <= 0"),
    "starts at 0": ("v, n, steps = theta // 2, 0, []", "v, n, steps = 0, 0, []"),
    "fires late": ("s = int(u >= theta", "s = int(u > theta"),
    "pays half": ("v, n = u - theta * s,", "v, n = u - theta // 2 * s,"),
    "slope at the ceiling": ("dtheta = z >= 8", "dtheta = z >= 10"),
    "library apart": ("DualThreshold(theta=8, cap=4)", "DualThreshold(theta=8, theta_negative=2.0)"),
    "hardware apart": ("v_init=4, cap=4)", "v_init=4, cap=1)"),
    "another outcome": ("[[90, 440, 0],", "[[90, 440, 1],"),
    "other outcomes": ("[5732, 165, 534, 3418]", "[5732, 165, 534, 3419]"),
    "theta below the clip": ('["lambda"] for i', '["lambda"] / 2 for i', SOURCE),
    "no silence": ("ErrorCompensation(steps=4)", "ErrorCompensation(steps=4, extra=0)", SOURCE),
}  # fmt: skip


def test_exercise_1_is_the_gradient_of_the_threshold():
    z, g = (
        [int(n) for n in re.findall(r"-?\d+", words)]
        for words in (
            re.search(r"theta = 8: z = (.*?)\. From", SOURCE).group(1),
            re.search(r"the gradients (.*?)\. What", SOURCE).group(1),
        )
    )
    assert check_number("t12", 1, sum(b for a, b in zip(z, g, strict=True) if a >= 8))
    wrong = [sum(g), sum(b for a, b in zip(z, g, strict=True) if a > 8), sum(a >= 8 for a in z)]
    assert not any(check_number("t12", 1, n) for n in wrong)


def test_a_counter_example_is_shown_as_a_table(said_of_stub):
    said = said_of_stub("t12")
    table = ["theta = 2", "t  input   u  spike  v  N  your N"]
    table += ["1      1   2      1  0  1       1", "2     -1  -1     -1  1  0       1"]
    assert "\n".join(table) in said
