"""Checks of the exercises of T08: each takes the learner's file and fails on the first wrong case.

Short trains come first, so the first counter-example is one of the shortest.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from fixedpoint.models_burst import IntBurst
from fixedpoint.neurons import run_neuron
from refsnn.lessons import text_table

SMALL = sorted((-17, -8, -1, 0, 3, 8, 19, 40), key=lambda z: (abs(z), z))
SETTINGS = [(8, 1, 1), (8, 0, 2), (8, 1, None), (5, 2, 3)]
UNLIMITED = 127


def batches():
    """Trains (T, B): all of up to 3 small currents, then long random ones."""
    for steps in (1, 2, 3):
        yield np.array(list(product(SMALL, repeat=steps))).T
    yield np.random.default_rng(20250225).integers(-30, 40, (20, 30))


def model(theta, h, phi):
    """The library's neuron."""
    return IntBurst(theta=theta, v_init=0, phi=UNLIMITED if phi is None else phi, shift=h)


def true_spikes(currents, theta, h, phi):
    """Spikes (T, B) of the library's neuron."""
    return run_neuron(model(theta, h, phi), currents).spikes.astype(int)


def exercise_2(work):
    """The counts of `fixedpoint.models_burst.IntBurst`, and a train that falls."""
    for train in batches():
        for theta, h, phi in SETTINGS:
            true = np.cumsum(true_spikes(train, theta, h, phi), axis=0)
            for column, z in enumerate(train.T.tolist()):
                yours = list(work.counts(list(z), theta, h, phi))
                expected = true[:, column].tolist()
                assert yours == expected, table(z, theta, h, phi, {"your N": yours})
    falls(work.falling)


def falls(train):
    """A train for which a neuron without limit sends more than its charge is worth."""
    assert 1 <= len(train) <= 4, "falling: one to four currents"
    whole = all(isinstance(z, int) and abs(z) <= 1000 for z in train)
    assert whole, "falling: whole numbers, at most 1000 in size"
    sent = int(true_spikes(np.array(train)[:, None], 8, 0, None).sum())
    worth = max(0, sum(train) // 8)
    assert sent > worth, f"falling: {sent} sent, and the charge is worth {worth}"


def table(currents, theta, h, phi, yours):
    """A counter-example: the neuron's steps beside a column of the learner's."""
    trace = run_neuron(model(theta, h, phi), np.array(currents)[:, None], trace=True).trace
    columns = [trace.u[:, 0], trace.spike[:, 0], trace.v[:, 0], trace.spike[:, 0].cumsum()]
    rows = [
        {"t": t, "input": z, "u": u, "spike": n, "v": v, "N": N}
        for t, (z, u, n, v, N) in enumerate(zip(currents, *columns, strict=True), 1)
    ]
    for name, values in yours.items():
        rows = [{**row, name: values[t] if t < len(values) else None} for t, row in enumerate(rows)]
    return f"theta = {theta}, h = {h}, phi = {phi}\n{text_table(rows)}"


def exercise_3(work):
    """The suspect is mended, and the trains that convict it are named."""
    for train in batches():
        for theta, h, phi in ((8, 1, 3), (5, 0, 1)):
            true = true_spikes(train, theta, h, phi)
            for column, z in enumerate(train.T.tolist()):
                yours = list(work.suspect(list(z), theta, h, phi))
                said = table(z, theta, h, phi, {"yours": yours})
                assert yours == true[:, column].tolist(), said
    guilty = sorted(name for name, train in work.TRAINS.items() if remainders(train) != due(train))
    assert sorted(work.convicting) == guilty, "convicting: some train is missing or too many"


def due(train):
    """Spikes of the right neuron."""
    return int(true_spikes(np.array(train)[:, None], 8, 1, 3).sum())


def remainders(train):
    """Spikes of the suspect as it was found: it keeps the remainder, whatever it has sent."""
    v, sent = 0, 0
    for z in train:
        sent += min(max((v + z + 1) // 8, 0), 3)
        v = (v + z + 1) % 8
    return sent


EXERCISES = {2: exercise_2, 3: exercise_3}
