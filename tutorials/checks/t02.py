"""Checks of the exercises of T02: each takes the learner's file and fails on the first wrong case.

Short trains come first, so the first counter-example is one of the shortest.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from refsnn.lessons import played, text_table
from refsnn.neurons import IF, respond

INPUTS = (0, 3, 8, -3, -8, 20)
LONG = np.random.default_rng(20220425).integers(-20, 24, (30, 12)).tolist()
NAMES = ("inherited", "clipping", "quantisation", "unevenness")


def trains():
    """All of up to 3 inputs, then long ones."""
    for steps in (1, 2, 3):
        yield from (list(train) for train in product(INPUTS, repeat=steps))
    yield from LONG


def neuron(theta):
    """The neuron of the lesson; theta is even."""
    return IF(theta=theta, v_init=0.5)


def sent_and_left(train, theta):
    """Count and last membrane."""
    done = respond(neuron(theta), np.array(train)[:, None])
    return int(done.spikes.sum()), int(done.state.v[0])


def true_split(ann, train, theta):
    """The four parts, with NumPy's clip."""
    total, top = sum(train), theta * len(train)
    stairs = theta * int(np.clip((total + theta // 2) // theta, 0, len(train)))
    clipped = int(np.clip(total, 0, top))
    marks = [max(ann, 0), max(total, 0), clipped, stairs, theta * sent_and_left(train, theta)[0]]
    return tuple(np.diff(marks).tolist())


def exercise_2(work):
    """All four parts, for a neuron that got what the ANN has, and for one that did not."""
    for train in trains():
        for theta in (4, 8):
            for ann in (sum(train), sum(train) + 5, -sum(train)):
                true = true_split(ann, train, theta)
                got = tuple(work.split(ann, list(train), theta))
                assert got == true, shown(ann, train, theta, true, got)


def shown(ann, train, theta, true, got):
    """The neuron's steps, then both splits."""
    yours = [*got, *[None] * 4]
    rows = [
        {"part": name, "is": value, "yours": yours[i]}
        for i, (name, value) in enumerate(zip(NAMES, true, strict=True))
    ]
    head = f"ann = {ann}, theta = {theta}, start at {theta // 2}"
    return f"{head}\n{played(neuron(theta), train)}\n\n{text_table(rows)}"


def exercise_3(work):
    """The repair is mended, and the witness convicts the one that was found."""
    for train in trains():
        for theta in (4, 8):
            count, v = sent_and_left(train, theta)
            even = (sum(train) + theta // 2) // theta
            true = int(np.clip(even, 0, len(train)))
            got = work.repaired(count, v, theta, len(train))
            assert got == true, (
                f"theta = {theta}, start at {theta // 2}\n{played(neuron(theta), train)}\n"
                f"count {count}, last v {v}: evenly it would be {true}, yours {got}"
            )
    witness = list(work.witness)
    fits = len(witness) == 4 and all(isinstance(x, int) and abs(x) <= 16 for x in witness)
    assert fits, f"witness: four whole numbers from -16 to 16, not {witness}"
    count, v = sent_and_left(witness, 8)
    true = int(np.clip((sum(witness) + 4) // 8, 0, 4))
    assert count + int(v / 8) != true, (
        f"witness: here the repair as found is right, {true}\n{played(neuron(8), witness)}"
    )


EXERCISES = {2: exercise_2, 3: exercise_3}
