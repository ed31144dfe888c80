"""Checks of the exercises of T11: each takes the learner's file and fails on the first wrong case.

Few outputs come first, so the first counter-example is one of the smallest.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import isclose

import numpy as np

from refsnn.analysis import effective_steps, layerwise


def samples():
    """Lists of whole outputs (no rounded bin edge): all small ones, then some of hundreds."""
    for many in (2, 3, 5, 6):
        for outputs in combinations_with_replacement(range(5), many):
            if outputs[0] != outputs[-1]:
                yield list(outputs)
    rng = np.random.default_rng(20250503)
    for scale in (1, 3):
        for levels in (1, 2, 4, 5, 8, 16):
            yield (scale * rng.integers(0, levels + 1, 300)).tolist()
            yield (np.minimum(100 * rng.exponential(2, 400), 50 * levels) + 7).round().tolist()


def exercise_2(work):
    """The same metric as `refsnn.analysis.layerwise`."""
    for outputs in samples():
        found = layerwise(np.array(outputs))
        true = None if np.isnan(found.metric) else found.metric
        given = work.metric(list(outputs))
        same = given is None if true is None else given is not None and isclose(given, true)
        assert same, (
            f"outputs {shown(outputs)}\nbins {found.histogram.tolist()}, A = {found.agreement}\n"
            f"metric {true}, yours: {given}"
        )


def shown(outputs):
    """The first of them."""
    return " ".join(map(str, outputs[:20])) + (" ..." if len(outputs) > 20 else "")


CASES = [
    ([1], [1.0]),
    ([4], [0.0]),
    ([2, 8], [0.5, 0.25]),
    ([4, 1, 16], [0.125, 2.0, 0.0]),
    ([3, 3, 5, 7, 1], [0.1, 0.2, 0.3, 0.4, 0.5]),
]
UNEQUAL = [([4, 1], [1.0]), ([4], [1.0, 0.5]), ([4, 4, 1, 1], [0.5] * 3), ([4], []), ([], [0.5])]


def exercise_3(work):
    """Equal lists give the mean, unequal ones an error; the wronged networks are named."""
    for steps, rho in CASES:
        true, given = effective_steps(steps, rho), work.t_eff(list(steps), list(rho))
        assert isclose(given, true), f"T {steps}, rho {rho}: T_eff {true}, yours: {given}"
    for steps, rho in UNEQUAL:
        said = outcome(work.t_eff, list(steps), list(rho))
        assert isinstance(said, str), f"T {steps}, rho {rho}: no ValueError, but {said}"
        assert said, f"T {steps}, rho {rho}: the ValueError does not say why"
    wronged = sorted(name for name, (steps, many) in work.NETWORKS.items() if len(steps) != many)
    assert sorted(work.convicting) == wronged, "convicting: some network is missing or too many"


def outcome(function, *arguments):
    """What it returns, or the words of its ValueError."""
    try:
        return function(*arguments)
    except ValueError as error:
        return str(error)


EXERCISES = {2: exercise_2, 3: exercise_3}
