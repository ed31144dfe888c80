"""Checks of the exercises of T01: each takes the learner's file and fails on the first wrong case.

Short trains come first, so the first counter-example is one of the shortest.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np

from refsnn.codings import constant
from refsnn.lessons import played, text_table
from refsnn.neurons import IF, respond

TRAINS = [list(train) for n in (1, 2, 3) for train in product((1, 0, 2, -1), repeat=n)]
LONG = np.random.default_rng(20150101).integers(-1, 4, (20, 40)).tolist()


def exercise_2(work):
    """Running means, by fractions; floats may be rounded."""
    for train in TRAINS + LONG:
        for theta in (1, 6):
            sums = np.cumsum(train).tolist()
            true = [Fraction(theta * s, t) for t, s in enumerate(sums, 1)]
            got = list(work.decode(list(train), theta))
            fine = len(got) == len(true) and all(
                abs(a - b) < 1e-9 for a, b in zip(got, true, strict=True)
            )
            assert fine, table(train, theta, true, got)


def table(train, theta, true, got):
    """Both columns, step by step."""
    yours = [*got, *[None] * len(train)]
    rows = [
        {"t": t + 1, "spikes": s, "sent so far": theta * sum(train[: t + 1]), "stands for": true[t],
         "yours": yours[t]}
        for t, s in enumerate(train)
    ]  # fmt: skip
    more = f"\nyours has {len(got)} numbers" if len(got) != len(train) else ""
    return f"theta = {theta}\n{text_table(rows)}{more}"


def neuron_trains(drives, theta, steps):
    """Spikes (T, B) of the neuron started at theta // 2, in integers."""
    start = np.asarray(theta // 2)
    neuron = IF(theta=theta, v_init=0.0)
    state = neuron.init(drives.shape, drives.dtype, bias=start)
    return respond(neuron, constant(drives, steps), state=state).spikes


def exercise_3(work):
    """The suspect is mended, and the drives that convict it are named."""
    for steps in (1, 2, 3, 8, 13):
        for theta in (6, 7, 1):
            drives = np.array(sorted(range(-9, 25), key=abs))
            trains = neuron_trains(drives, theta, steps).T.tolist()
            for x, true in zip(drives.tolist(), trains, strict=True):
                got = list(work.written(x, theta, steps))
                assert got == true, shown(x, theta, steps, got)
    drives = np.arange(-3, 13)
    t = np.arange(1, 9)[:, None]
    suspect = np.diff(np.clip((t * drives + 3) // 6, 0, 8), axis=0, prepend=0)
    guilty = drives[np.any(suspect != neuron_trains(drives, 6, 8), axis=0)].tolist()
    assert sorted(work.convicting) == guilty, "convicting: some drive is missing or too many"


def shown(x, theta, steps, got):
    """The neuron's steps beside the learner's train."""
    neuron = IF(theta=theta, v_init=(theta // 2) / theta)
    return f"x = {x}, theta = {theta}, v(0) = {theta // 2}\n" + played(
        neuron, [x] * steps, {"your spikes": got}
    )


EXERCISES = {2: exercise_2, 3: exercise_3}
