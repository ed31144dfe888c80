"""T18: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import os
import re
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from lesson_files import TUTORIALS, check_number, module

LESSON = TUTORIALS / "t18_determinism.py"
SOURCE = LESSON.read_text(encoding="utf-8")
CHECKS = module(TUTORIALS / "checks" / "t18.py")
SOLUTION = module(TUTORIALS / "solutions" / "t18.py")
FLOATS = sorted({sign * n * 2**e for n in range(16) for e in range(8) for sign in (1, -1)})
"""Every toy float up to 15 * 128."""
RECORDINGS = Path(os.environ.get("REFSNN_DATA", "nowhere")) / "nir_lif"


def even(x):
    """The nearest toy float, apart from the lesson: of two, the one with more trailing zeros."""
    off = min(abs(f - x) for f in FLOATS)
    ties = [f for f in FLOATS if abs(f - x) == off]
    return max(ties, key=lambda f: (f == 0, f & -f))


def total(terms):
    held = 0
    for term in terms:
        held = even(held + term)
    return held


def by_hand():
    """a, b, c, a + b, (a + b) + c, b + c, a + (b + c) of every row."""
    for a, b, c in ((16, 1, 1), (7, 5, 3), (64, 40, 16), (30, -30, 1), (30, 3, -30)):
        yield [a, b, c, even(a + b), total((a, b, c)), even(b + c), total((b, c, a))]


FULL = {"my_left": [row[4] for row in by_hand()], "my_right": [row[6] for row in by_hand()]}
MISTAKE = (  # the reader who adds exactly
    FULL | {"my_left": [16, 15, 120, 1, 3]},
    ["left: 0 holes left, wrong in rows [5]", "right: 0 holes left, wrong in rows []"],
)
HARM = {
    "five significant bits": (".bit_length() - 4, 0)", ".bit_length() - 5, 0)"),
    "rounds down": ("return round(Fraction(x, step))", "return int(Fraction(x, step))"),
    "a law of sums, not of magnitudes": ("abs(a) + abs(b) + abs(c) <", "abs(a + b + c) <"),
    "a law with a bit too many": ("< 2**4:", "< 2**5:"),
    "an integer network that is another": ("THETA // 2) for _", "THETA // 2 - 1) for _"),
    "another comparison": ("s = (u >= THETA)", "s = (u > THETA)"),
    "weights of another order": ("W[1][:, units] / THETA", "W[1] / THETA"),
    "a spike of another worth": ("/ THETA, \"out", "/ 63, \"out"),
    "a dyadic scale that is not": ('"3/8": 3 / 8', '"3/8": 3 / 7'),
    "a scale that fits": ('"1/10": 0.1', '"1/10": 0.125'),
    "one order only": ("default_rng(order)", "default_rng(7)"),
    "another neuron": ("(0.1, 2.5e-3, 1.0", "(0.1, 2.4e-3, 1.0"),
    "an input lost": ("400, 410, 840", "400, 400, 840"),
}  # fmt: skip


def test_exercise_1_is_answered_by_trying_every_order():
    text = re.search(r"\(a number\) ([-\d, ]+) as toy floats, in each of the (\d+)", SOURCE)
    terms = [int(n) for n in text[1].split(",")]
    found = [total(order) for order in permutations(terms)]
    assert len(found) == int(text[2])
    assert check_number("t18", 1, found.count(sum(terms)))
    others = [len(found), len(found) - found.count(sum(terms)), len(set(found))]
    assert not any(check_number("t18", 1, wrong) for wrong in others)


def test_what_convicts_the_suspect_as_it_was_found(stub):
    work = stub("t18")
    for name, case in work.CASES.items():
        terms = [Fraction(term) for term in case]
        guilty = work.suspect(terms, 4) != SOLUTION.suspect(terms, 4)
        assert guilty == (name in SOLUTION.convicting)
        if guilty:  # some order does differ
            twice = [int(2 * term) for term in terms]
            assert len({total(order) for order in permutations(twice)}) > 1


def test_no_hidden_membrane_of_exercise_2_is_nearly_at_theta():
    """Another order of its products is right too: it is at theta exactly, or well away."""
    cases = [*CHECKS.SHORT, *CHECKS.drawn(), (SOLUTION.NIR, 25, 0.1)]
    ties = 0
    for currents, tau, theta in cases:
        for scheme, reset, _ in CHECKS.CHOICES[::2]:
            seen = []
            neuron = CHECKS.neuron(tau, theta, scheme, reset, False)
            drive = np.array(currents)[:, None]
            CHECKS.respond(neuron, drive, probe=lambda _p, _c, step, s=seen: s.append(step.u[0]))
            off = np.abs(np.array(seen) - theta)
            assert np.all((off == 0) | (off > 1e-6))
            ties += int(np.sum(off == 0))
    assert ties > 0


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="REFSNN_DATA has no folder nir_lif")
def test_the_inputs_are_those_of_the_study():
    recorded = np.loadtxt(RECORDINGS / "lif_exact.csv", delimiter=",")[:, 0]
    assert (recorded > 0).tolist() == SOLUTION.NIR
