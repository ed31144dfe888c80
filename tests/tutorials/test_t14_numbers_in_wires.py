"""T14: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re

from lesson_files import TUTORIALS, check_number

from fixedpoint import Format, oracle

LESSON = TUTORIALS / "t14_numbers_in_wires.py"
SOURCE = LESSON.read_text(encoding="utf-8")
FOUR = (-5, -3, 3, 5)
ROUNDINGS = ("floor", "ceil", "to_zero", "half_up", "half_away", "half_even")


def codes():
    """Mode to its four codes, from the definitions in fractions."""
    table = {m: [oracle.round_code(a, 1, m) for a in FOUR] for m in ROUNDINGS}
    s3 = Format(True, 3)
    return table | {m: [oracle.overflow_code(a, s3, m) for a in FOUR] for m in ("saturate", "wrap")}


def by_hand():
    yield from ([mode, *row] for mode, row in codes().items())


FULL = {"mine": codes()}
MISTAKE = (  # the reader who takes half_even for half_away, and saturates at 4
    {"mine": codes() | {"half_even": [-3, -2, 2, 3], "saturate": [-4, -3, 3, 4]}},
    [
        f"{mode}: 0 holes left, wrong under {wrong}"
        for mode in codes()
        for wrong in ({"half_even": [-5, 5], "saturate": [5]}.get(mode, []),)
    ],
)
HARM = {
    "a tie upwards in half_even": ("(tie and f & 1 == 1)", "tie"),
    "to_zero as floor": ("r > 0 and a < 0", "False"),
    "wraps at the wrong end": ("return low + ((a - low)", "return low + ((a - low + 1)"),
    "limits above only": ("return min(max(a, low), high)", "return min(a, high)"),
    "another mean of the floor": ("== -(1 - one) / 2", "== -(1 + one) / 2"),
    "another order of the cast": ("cast([31], 2) == -8", "cast([31], 2) == 7"),
    "another drift": ("[-8, 8, -8, 8, 8, -8]", "[-8, 8, -8, 8, 8, 0]"),
    "saturation without a memory": ('"saturate": {27, 100}', '"saturate": {100}'),
}


def test_exercise_1_is_answered_by_an_accumulator():
    terms = [int(n) for n in re.findall(r"-?\d+", SOURCE.split("and adds ")[1].split("in this")[0])]
    held, late, s8 = 0, 0, Format(True, 8)
    for term in terms:
        held = oracle.overflow_code(held + term, s8, "saturate")
        late = oracle.overflow_code(late + term, s8, "wrap")
    assert check_number("t14", 1, held)
    others = [late, sum(terms), oracle.overflow_code(sum(terms), s8, "saturate")]
    assert not any(check_number("t14", 1, wrong) for wrong in others)
