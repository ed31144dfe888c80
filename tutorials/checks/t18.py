"""Checks of the exercises of T18: each takes the learner's file, fails on the first wrong case."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np

from refsnn.lessons import played
from refsnn.neurons import LIF, respond

CHOICES = list(product(("euler", "exact", "impulse"), ("zero", "subtract"), (False, True)))
SHORT = [
    ([4.0], 4, 1.0),
    ([0.0, 4.0, 0.0], 4, 1.0),
    ([3.0, 1.75, 0.0], 4, 1.0),
    ([2.0, 0.0, -3.0, 5.0, 2.0], 2, 1.5),
    ([40.0, 0.0, 0.0, 0.0], 4, 1.0),
]


def drawn():
    """Random currents, quarters, of both signs; time constants of a few steps."""
    rng = np.random.default_rng(20250918)
    for tau in (1.5, 3, 5, 25):
        yield (rng.integers(-8, 20, 40) / 4).tolist(), tau, 1.0


def neuron(tau, theta, scheme, reset, late):
    """The library's."""
    resets = {"zero": "to_value", "subtract": "subtract"}
    tau, theta = np.array(float(tau)), np.array(theta)
    return LIF(theta=theta, tau=tau, integration=scheme, reset=resets[reset], delay=int(late))


def exercise_2(work):
    """The steps in which the library's neuron sends."""
    for currents, tau, theta in [*SHORT, *drawn(), (work.NIR, 25, 0.1)]:
        for choice in CHOICES:
            found = respond(neuron(tau, theta, *choice), np.array(currents)[:, None]).spikes
            true = np.flatnonzero(found).tolist()
            got = list(work.spikes(list(currents), tau, theta, *choice))
            assert got == true, (
                f"tau = {tau}, theta = {theta}, {choice}\n"
                f"{table(neuron(tau, theta, *choice), currents, true, got)}"
            )


def table(leaky, currents, true, got):
    """The neuron's steps, up to the first spike that is missing or too many."""
    first = min({*true} ^ {*got}, default=0)
    steps = played(leaky, currents[: first + 1]) if first < 50 else f"first differs in step {first}"
    return f"{steps}\nt counts from 1, your list from 0: spikes in {true}, yours: {got}"


SUMS = [
    ([], 4),
    ([0, 0], 4),
    ([Fraction(3, 4), -Fraction(1, 8)], 3),
    ([Fraction(3, 4), -Fraction(3, 4), Fraction(1, 8)], 3),
    ([96, -96, 32], 3),
    ([2**30, -(2**30), 1], 24),
    ([Fraction(2**20, 1), Fraction(-1, 8)], 24),
]


def units(terms):
    """Sum of the magnitudes, in units of the coarsest grid that holds the terms."""
    finest = max((term.denominator for term in terms), default=1)
    whole = [int(term * finest) for term in terms]
    while any(whole) and all(n % 2 == 0 for n in whole):
        whole = [n // 2 for n in whole]
    return sum(map(abs, whole))


def random_sums():
    """Terms on grids from eighths to fours, often cancelling; none just on the bound.

    There a sum is safe too, though the law does not say so.
    """
    rng = np.random.default_rng(20250918)
    for _ in range(300):
        grid, p = Fraction(2) ** int(rng.integers(-3, 3)), int(rng.integers(2, 8))
        terms = [int(n) * grid for n in rng.integers(-20, 21, rng.integers(1, 5))]
        terms = [*terms, -terms[0]] if rng.integers(2) else terms
        if units(terms) != 2**p:
            yield terms, p


def exercise_3(work):
    """The proof is mended, and the sums that convict it are named."""
    cases = [*((terms, 4) for terms in work.CASES.values()), *SUMS, *random_sums()]
    for given, p in cases:
        terms = [Fraction(term) for term in given]
        true, got = units(terms) < 2**p, work.suspect(terms, p)
        said = f"terms {', '.join(map(str, terms)) or 'none'}, p = {p}"
        assert bool(got) == true, f"{said}: safe is {true}, yours: {got}"
    guilty = ["cancel", "cancel below one", "nearly cancel"]
    assert sorted(work.convicting) == guilty, "convicting: a case is missing or too many"


EXERCISES = {2: exercise_2, 3: exercise_3}
