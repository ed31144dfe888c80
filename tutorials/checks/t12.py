"""Checks of the exercises of T12: each takes the learner's file and fails on the first wrong case.

Short trains come first, so the first counter-example is one of the shortest.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from refsnn.lessons import played
from refsnn.neurons import DualThreshold, respond


def batches():
    """Trains (T, B): all of up to 3 small currents, then long random ones."""
    for steps in (1, 2, 3):
        yield np.array(list(product(sorted(range(-7, 8), key=abs), repeat=steps))).T
    yield np.random.default_rng(20250601).integers(-20, 24, (7, 300))


def true_rows(currents, theta, silence):
    """The spikes (T + silence, B) of the library's neuron."""
    silent = np.zeros((silence, *currents.shape[1:]), currents.dtype)
    neuron = DualThreshold(theta=theta, cap=len(currents))
    return respond(neuron, np.concatenate([currents, silent])).spikes


def same(learners, counted):
    """The same spikes, or counts, as the library's neuron, for every train."""
    for currents, theta in product(batches(), (2, 4, 8)):
        for silence in (0, len(currents)):
            spikes = true_rows(currents, theta, silence)
            true = spikes.cumsum(axis=0) if counted else spikes
            for column, x in enumerate(currents.T.tolist()):
                given = [int(n) for n in learners(list(x), theta, silence)]
                expected = true[:, column].tolist()
                assert given == expected, table(x, theta, silence, given, counted)


def table(currents, theta, silence, given, counted):
    """A counter-example: the neuron's steps beside the learner's."""
    neuron = DualThreshold(theta=theta, cap=len(currents))
    train, spikes = (
        [*currents, *[0] * silence],
        true_rows(np.array(currents)[:, None], theta, silence),
    )
    N = {"N": spikes[:, 0].cumsum().tolist()} if counted else {}
    steps = played(neuron, train, {**N, f"your {'N' if counted else 'spike'}": given})
    return f"theta = {theta}\n{steps}"


def exercise_2(work):
    """The symmetric machine fires as the library's."""
    same(work.symmetric, counted=False)


def exercise_3(work):
    """The suspect is mended, and the negative thresholds that settle are named."""
    same(work.suspect, counted=True)
    right = [(sign, depth) for sign, depth in work.CANDIDATES if settles(sign, depth)]
    chosen = sorted(tuple(choice) for choice in work.settling)
    assert chosen == sorted(right), "settling: some candidate is missing or too many"


def settles(sign, depth):
    """Whether a threshold of ``depth`` units settles all trains of up to 3; theta = 8."""
    for currents in (np.array(list(product(range(-12, 13), repeat=n))).T for n in (1, 2, 3)):
        neuron = DualThreshold(
            theta=8, cap=len(currents), theta_negative=depth / 8, strict_negative=sign == "<"
        )
        silent = np.concatenate([currents, np.zeros_like(currents)])
        ends = respond(neuron, silent).spikes.sum(axis=0)
        if np.any(ends != np.clip((currents.sum(axis=0) + 4) // 8, 0, len(currents))):
            return False
    return True


EXERCISES = {2: exercise_2, 3: exercise_3}
