"""Checks of the exercises of T00: each takes the learner's file and fails on the first wrong case.

Short trains come first, so the first counter-example is one of the shortest.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from refsnn.lessons import played
from refsnn.neurons import IF, respond

SMALL = sorted(range(-3, 8), key=lambda x: (abs(x), x))
SETTINGS = [(theta, v0) for theta in (2, 5) for v0 in (0, theta // 2)]


def batches():
    """Trains (T, B): all of up to 3 small inputs, then long random ones."""
    for steps in (1, 2, 3):
        yield np.array(list(product(SMALL, repeat=steps))).T
    yield np.random.default_rng(20220425).integers(-10, 20, (40, 30))


def true_neuron(currents, theta, v0, reset="subtract"):
    """Spikes (T, B) and last membranes (B,) of the library's neuron, started at ``v0``."""
    neuron = IF(theta=theta, v_init=0.0, reset=reset)
    state = neuron.init(currents.shape[1:], currents.dtype, bias=np.asarray(v0))
    return respond(neuron, currents, state=state)


def same_as_if(learners):
    """The same spikes and the same last membrane as `refsnn.neurons.IF`, for every train."""
    for train in batches():
        for theta, v0 in SETTINGS:
            true = true_neuron(train, theta, v0)
            for column, x in enumerate(train.T.tolist()):
                spikes, v = learners(list(x), theta, v0)
                expected = true.spikes[:, column].tolist(), int(true.state.v[column])
                assert (list(spikes), v) == expected, table(x, theta, v0, expected, (spikes, v))


def table(currents, theta, v0, expected, got):
    """A counter-example in the form of the lesson's table."""
    neuron = IF(theta=theta, v_init=v0 / theta)
    steps = played(neuron, currents, {"your spike": got[0]})
    last = f"last v: {expected[1]}, yours: {got[1]}"
    return f"theta = {theta}, v(0) = {v0}\n{steps}\n{last}"


def exercise_2(work):
    """The neuron without a membrane."""
    same_as_if(work.no_membrane)


def exercise_3(work):
    """The suspect is mended, and the drives that convict it are named."""
    same_as_if(work.suspect)
    drives = np.tile(np.arange(9), (8, 1))
    hard = true_neuron(drives, 8, 4, reset="zero")
    broken = 8 * hard.spikes.sum(0) != drives.sum(0) + 4 - hard.state.v
    guilty = np.flatnonzero(broken).tolist()
    assert sorted(work.convicting) == guilty, "convicting: some drive is missing or too many"


EXERCISES = {2: exercise_2, 3: exercise_3}
