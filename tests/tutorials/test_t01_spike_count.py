"""T01: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

from lesson_files import TUTORIALS, check_number

LESSON = TUTORIALS / "t01_spike_count.py"
SOURCE = LESSON.read_text(encoding="utf-8")
DRIVES = (0, 1, 2, 3, 4, 5, 6, 9)


def by_hand():
    """The rows x, 8 x + 3, N, 6 N, 6 N - 8 x, by walking all steps."""
    for x in DRIVES:
        v, count = 3, 0
        for _ in range(8):
            v += x
            v, count = (v - 6, count + 1) if v >= 6 else (v, count)
        yield [x, 8 * x + 3, count, 6 * count, 6 * count - 8 * x]


_, _, COUNTS, _, ERRORS = map(list, zip(*by_hand(), strict=True))
FULL = {"my_N": COUNTS, "my_error": ERRORS}
MISTAKE = (  # the reader who forgot the clip
    {"my_N": [*COUNTS[:7], 12], "my_error": ERRORS},
    ["N: 0 holes left, wrong in rows x = [9]", "error: 0 holes left, wrong in rows x = []"],
)
HARM = {
    "> for >=": ("int(u >= theta)", "int(u > theta)"),
    "no clip": ("return np.clip((steps * x + start) // theta, 0, steps)", "return (steps * x + start) // theta"),
    "another rule of rounding": ("theta + 1 / 2)", "theta + 1 / 4)"),
    "library starts at 0": ("neuron = IF(theta=6)", "neuron = IF(theta=6, v_init=0)"),
    "another limit in the figure": ("max() == 3 / steps", "max() < 3 / steps"),
}  # fmt: skip


def test_exercise_1_is_the_first_t_whose_worst_error_is_below():
    """The worst error is theta / (2 T), and it is reached: 'at most' would be one step earlier."""
    first = next(steps for steps in range(1, 1000) if 6 / (2 * steps) < 1 / 100)
    assert check_number("t01", 1, first)
    assert not any(check_number("t01", 1, n) for n in (first - 1, 600, 601, 100, 101, 99))
