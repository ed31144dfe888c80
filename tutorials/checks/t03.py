"""Checks of the exercises of T03: each takes the learner's file and fails on the first wrong case.

Small inputs and short trains come first.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from refsnn.codings import constant
from refsnn.lessons import played
from refsnn.neurons import IF, respond

DRIVES = np.array(sorted(range(-25, 41), key=abs))
SMALL = sorted(range(-3, 8), key=lambda x: (abs(x), x))
LONG = np.random.default_rng(20210303).integers(-4, 12, (15, 30)).tolist()


def counts(drives, lam, steps, compare):
    """Everything twice as large, so that half an odd threshold is whole."""
    neuron = IF(theta=2 * lam, compare=compare)
    return neuron.decode(respond(neuron, constant(2 * drives, steps)).spikes)


def exercise_2(work):
    """The neuron itself is the judge, for both comparisons, even and odd thresholds."""
    for steps, lam, compare in product((1, 2, 3, 8), (2, 1, 4, 7, 8), ("ge", "gt")):
        true = counts(DRIVES, lam, steps, compare)
        for z, right in zip(DRIVES.tolist(), true.tolist(), strict=True):
            got = work.level(z, lam, steps, compare)
            assert got == right, shown(z, lam, steps, compare, right, got)


def shown(z, lam, steps, compare, right, got):
    """The neuron's steps."""
    table = played(IF(theta=lam, compare=compare), [float(z)] * steps)
    return f"z = {z}, lam = {lam}, levels = {steps}, {compare}: {right}, yours {got}\n{table}"


def true_train(currents, bias, theta):
    """Spikes of the neuron of the lesson, started at theta // 2."""
    neuron = IF(theta=theta, v_init=0.0)
    train = np.array(currents)[:, None] + bias
    state = neuron.init((1,), train.dtype, bias=np.asarray(theta // 2))
    return respond(neuron, train, state=state).spikes[:, 0].tolist()


def exercise_3(work):
    """The suspect is mended, and the biases that convict it are named."""
    trains = [list(t) for n in (1, 2, 3) for t in product(SMALL, repeat=n)] + LONG
    for train in trains:
        for bias in (0, 1, -1, 4):
            for theta in (4, 8):
                got = list(work.extra_step(list(train), bias, theta))
                assert got == true_train(train, bias, theta), spikes_shown(train, bias, theta, got)
    guilty = [b for b in range(-4, 9) if suspect([3] * 8, b, 8) != true_train([3] * 8, b, 8)]
    assert sorted(work.convicting) == guilty, "convicting: some bias is missing or too many"


def spikes_shown(train, bias, theta, got):
    """The neuron's steps beside the learner's train."""
    table = played(IF(theta=theta), [x + bias for x in train], {"your spikes": got})
    return f"theta = {theta}, start at {theta // 2}; bias {bias} is in the input\n{table}"


def suspect(currents, bias, theta):
    """As it was found: the extra step, with the bias in it."""
    neuron = IF(theta=theta, v_init=0.0)
    train = np.array([theta // 2, *currents])[:, None] + bias
    return respond(neuron, train).spikes[1:, 0].tolist()


EXERCISES = {2: exercise_2, 3: exercise_3}
