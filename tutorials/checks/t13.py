"""Checks of the exercises of T13: each takes the learner's file and fails on the first wrong case.

Small cases come first, so the first counter-example is one of the smallest.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from refsnn.lessons import text_table

RANDOM = np.random.default_rng(20140209)


def clouds():
    """Points: all pairs and triples on a small grid, then many with one to four costs."""
    for many in (1, 2, 3):
        yield from product(product((1, 2, 3), (1, 2)), repeat=many)
    for costs in (1, 2, 3, 4):
        for _ in range(40):
            yield [tuple(point) for point in RANDOM.integers(0, 6, (9, costs + 1)).tolist()]


def beats(p, q):
    """Nowhere worse, somewhere better."""
    better = (p[0] > q[0], *(a < b for a, b in zip(p[1:], q[1:], strict=True)))
    worse = (p[0] < q[0], *(a > b for a, b in zip(p[1:], q[1:], strict=True)))
    return any(better) and not any(worse)


def exercise_2(work):
    """The front of every cloud, whatever the order of its points."""
    for cloud in clouds():
        points = {"dcbaihgfe"[i]: point for i, point in enumerate(cloud)}
        true = sorted(a for a in points if not any(beats(q, points[a]) for q in points.values()))
        got = list(work.front(dict(points)))
        assert got == true, shown(points, true, got)


def shown(points, true, got):
    """The points, and who is on the front."""
    rows = [
        {
            "name": name, "accuracy": point[0], "costs": " ".join(map(str, point[1:])),
            "front": "yes" if name in true else "", "yours": "yes" if name in got else "",
        }
        for name, point in points.items()
    ]  # fmt: skip
    return f"{text_table(rows)}\nin order: {true}, yours: {got}"


def trains():
    """(train, reach): all of two frames and two neurons, then long ones."""
    for values in product((0, 1, -1, 2, -2), repeat=4):
        yield [list(values[:2]), list(values[2:])], [4, 9]
    for _ in range(60):
        yield RANDOM.integers(-4, 5, (12, 6)).tolist(), RANDOM.integers(1, 40, 6).tolist()


def exercise_3(work):
    """The counter is mended, and the witness convicts the one that was found."""
    for train, reach in trains():
        true = sum(n * k for n, k in zip(np.abs(train).sum(axis=0).tolist(), reach, strict=True))
        got = work.suspect([list(frame) for frame in train], list(reach))
        assert got == true, counted(train, reach, true, got)
    spikes = np.array(work.witness)
    assert spikes.shape[1:] == (1,), "witness: not frames of one neuron"
    assert np.issubdtype(spikes.dtype, np.integer), "witness: not whole numbers"
    assert spikes.sum() != abs(spikes).sum(), "witness: the counter as found was right about it"


def counted(train, reach, true, got):
    """Neuron by neuron, then both sums."""
    rows = [
        {
            "neuron": i, "reach": reach[i], "train": " ".join(str(frame[i]) for frame in train),
            "spikes": sum(abs(frame[i]) for frame in train),
        }
        for i in range(len(reach))
    ]  # fmt: skip
    return f"{text_table(rows)}\naccumulates: {true}, yours: {got}"


EXERCISES = {2: exercise_2, 3: exercise_3}
