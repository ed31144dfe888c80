"""Checks of the exercises of T10: each takes the learner's file and fails on the first wrong case.

Short trains come first, so the first counter-example is one of the shortest.
"""

from __future__ import annotations

from itertools import product
from numbers import Integral

import numpy as np

from refsnn.lessons import played
from refsnn.neurons import Pascal, Phase, respond

SIZES = [
    (t_in, t_out)
    for t_in, t_out in sorted(product(range(1, 7), repeat=2), key=sum)
    if max(t_in, t_out) > 1
]


class Hasty(Pascal):
    """PASCAL with one relaxing step fewer than the theorem asks for."""

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """The schedule without its last relaxing step."""
        phases = super().schedule(t_in)
        last = len(phases) - self.t_out - 1
        assert phases[last].name == "relax"
        return phases[:last] + phases[last + 1 :]


def count(kind, currents, theta, t_out):
    """What such a neuron emits."""
    train = respond(kind(theta=theta, t_out=t_out), np.array(currents)[:, None])
    return int(train.spikes.sum())


def table(kind, currents, theta, t_out):
    """A counter-example: the neuron's steps."""
    head = f"theta = {theta}, T_in = {len(currents)}, T_out = {t_out}"
    return f"{head}\n{played(kind(theta=theta, t_out=t_out), currents)}"


def exercise_2(work):
    """One step fewer, and the train is counted wrongly."""
    for t_in, t_out in SIZES:
        for theta in (8, 2):
            currents = list(work.worst_train(t_in, t_out, theta))
            asked = f"T_in = {t_in}, T_out = {t_out}, theta = {theta}"
            assert len(currents) == t_in, f"{asked}: {len(currents)} currents"
            assert all(isinstance(x, Integral) for x in currents), f"{asked}: not whole numbers"
            currents = [int(x) for x in currents]
            true = count(Pascal, currents, theta, t_out)
            assert count(Hasty, currents, theta, t_out) != true, (
                f"{table(Hasty, currents, theta, t_out)}\n"
                f"one step fewer, and the count is right: {true}"
            )


def batches():
    """Trains (T, B): all of up to 3 small currents, then long random ones."""
    for steps in (1, 2, 3):
        yield np.array(list(product(sorted(range(-6, 7), key=abs), repeat=steps))).T
    yield np.random.default_rng(20250501).integers(-20, 24, (9, 200))


def exercise_3(work):
    """The suspect is mended, and the inputs that convict it are named."""
    for train, (theta, t_out) in product(batches(), [(2, 2), (4, 3), (4, 1), (8, 4)]):
        true = respond(Pascal(theta=theta, t_out=t_out), train).spikes.sum(axis=0)
        for column, x in enumerate(train.T.tolist()):
            yours = work.suspect(list(x), theta, t_out)
            assert yours == true[column], (
                f"{table(Pascal, x, theta, t_out)}\nemitted: {true[column]}, yours: {yours}"
            )
    guilty = [x for x in range(-8, 41) if restless(x) != min(max((x + 4) // 8, 0), 4)]
    assert sorted(work.convicting) == guilty, "convicting: some input is missing or too many"


def restless(x: int) -> int:
    """The count of the suspect as it was found, for one input; theta = 8, t_out = 4."""
    v, c = 4 + x, 0
    for silent in (False, True, True, True):
        s = int(v >= 8) - int(silent and v <= 0)
        v, c = v - 8 * s, c + s
    return min(max(c, 0), 4)


EXERCISES = {2: exercise_2, 3: exercise_3}
