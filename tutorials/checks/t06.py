"""Checks of the exercises of T06: each takes the learner's file and fails on the first wrong case.

Short trains of few inputs come first, so the first counter-example is one of the smallest.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from refsnn.codings.bits import ACCUMULATORS, BitTrain, encode
from refsnn.lessons import text_table

SMALL = (1, -1, 3)
RULES = {"msb": "horner", "lsb": "lsb_first"}


def cases():
    """Bit planes (T, inputs) and weights: all small ones, then long random ones."""
    for steps, inputs in ((1, 1), (2, 1), (3, 1), (2, 2), (3, 2)):
        for bits in product((0, 1), repeat=steps * inputs):
            for weights in product(SMALL, repeat=inputs):
                yield np.array(bits).reshape(steps, inputs), weights
    rng = np.random.default_rng(20250502)
    for _ in range(50):
        steps, inputs = rng.integers(2, 9, 2)
        yield rng.integers(0, 2, (steps, inputs)), tuple(rng.integers(-9, 10, inputs).tolist())


def true_sums(planes, weights, order):
    """All partial sums of the library's accumulator of this order."""
    rule = ACCUMULATORS[RULES[order]][1]
    train = BitTrain(planes[:, None, :], order)
    return rule(train, lambda frame: frame @ np.array(weights)).ravel().tolist()


def exercise_2(work):
    """The same partial sums as `refsnn.codings.bits`, in both orders."""
    for planes, weights in cases():
        for order in RULES:
            true = true_sums(planes, weights, order)
            yours = work.accumulate(planes.tolist(), list(weights), order)
            assert list(yours) == true, table(planes, weights, order, true, yours)


def table(planes, weights, order, true, yours):
    """A counter-example in the form of the lesson's table."""
    yours = [*yours, *[None] * len(true)]
    rows = [
        {"t": t + 1, "spikes": ", ".join(map(str, spikes)), "acc": true[t], "yours": yours[t]}
        for t, spikes in enumerate(planes.tolist())
    ]
    return f"weights {list(weights)}, {order} first\n{text_table(rows)}"


def exercise_3(work):
    """The layer is mended, and the levels that convict it are named."""
    for T in (1, 2, 3, 4, 5):
        for a, b in product(range(1 << T), repeat=2):
            yours, true = work.layer([a, b], [1, -3], T), a - 3 * b
            said = f"T = {T}, levels {a} and {b}, weights 1 and -3: {true}, yours: {yours}"
            assert yours == true, said
    words = encode(np.arange(16), 4).spikes
    guilty = np.flatnonzero((words != words[::-1]).any(axis=0)).tolist()
    assert sorted(work.convicting) == guilty, "convicting: some level is missing or too many"


EXERCISES = {2: exercise_2, 3: exercise_3}
