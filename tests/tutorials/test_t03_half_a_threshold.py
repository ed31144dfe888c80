"""T03: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

from lesson_files import TUTORIALS, check_number

LESSON = TUTORIALS / "t03_half_a_threshold.py"
SOURCE = LESSON.read_text(encoding="utf-8")
STARTS = (0, 2, 4, 6, 8)


def sent(charge, start):
    """8 per spike of a neuron that may fire as often as it likes."""
    return 8 * sum(charge + start >= 8 * n for n in (1, 2))


def by_hand():
    errors = {Z: [sent(Z, start) - Z for start in STARTS] for Z in (1, 3, 5, 7)}
    yield from ([Z, *row] for Z, row in errors.items())
    columns = list(zip(*errors.values(), strict=True))
    yield ["sum", *map(sum, columns)]
    yield ["sum of squares", *(sum(e * e for e in column) for column in columns)]


*_, SUMS, SQUARES = (row[1:] for row in by_hand())
FULL = {"my_sums": SUMS, "my_squares": SQUARES}
MISTAKE = (  # the reader who squared -2 wrong, once
    {"my_sums": SUMS, "my_squares": [*SQUARES[:3], 52, 84]},
    ["sums: 0 holes left, wrong at start []", "squares: 0 holes left, wrong at start [6]"],
)
HARM = {
    "rounds otherwise": ("theta * ((Z + start) // theta) - Z", "theta * round((Z + start) / theta) - Z"),
    "another variance": ("(1 - Fraction(1, 8**2)) / 12", "Fraction(1, 12)"),
    "neuron with >": ("drive_error(IF(theta=1, v_init=float(rho)), steps)",
                      "drive_error(IF(theta=1, v_init=float(rho) + 1 / 16), steps)"),
    "Theorem 2 from 0": ("mean_error(IF(theta=1)", "mean_error(IF(theta=1, v_init=0)"),
    "another ceiling": ("np.asarray(12.0)", "np.asarray(12.5)"),
    "ties": ("== (4, -4)", "== (4, 4)"),
    "shift at another T": ("t_ref=8", "t_ref=4"),
}  # fmt: skip


def total(theta, start):
    """Sum of the errors of a neuron that fires at u > theta, over all charges below theta."""
    return sum(theta * (Z + start > theta) - Z for Z in range(theta))


def test_exercise_1_has_one_answer_and_it_is_accepted():
    found = [start for start in range(1002) if total(1001, start) == 0]
    assert len(found) == 1
    assert check_number("t03", 1, found[0])
    assert not any(check_number("t03", 1, found[0] + off) for off in (-2, -1, 1))
