"""Checks of the exercises of T05: each takes the learner's file and fails on the first wrong case.

Short trains and small numbers come first.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from refsnn.codings import bits
from refsnn.lessons import text_table

FRAMES = (0, 1, -1, 3, -2)
"""Spikes in one frame."""

TRAINS = ([1, 0, -1, 1], [0, -1, 0, -1], [3, 0, 0, -2], [0, 0, 0, 0],
          [1, -1, 1, -1], [4, 4, 4, 1], [-1, 1, 0, 0], [-1, 0, -2, 0])  # fmt: skip


def exercise_2(work):
    """All numbers of up to six bits, then some of twenty; every train that is one of them."""
    some = np.random.default_rng(20181101).integers(0, 1 << 20, 30).tolist()
    for steps in (1, 2, 3, 6, 20):
        for n in some if steps == 20 else range(1 << steps):
            train = bits.encode(np.array(n), steps).spikes.astype(int)
            got = list(work.encode(n, steps))
            assert got == train.tolist(), shown({"n": n, "T": steps}, train.tolist(), got)
            kept = train.tolist()
            said = bits.horner(bits.BitTrain(train), lambda s: s).tolist()
            heard = list(work.decoded(kept))
            assert heard == said, shown({"train": train.tolist()}, said, heard)
            assert kept == train.tolist(), "decoded changed the train that it was given"


def shown(case, true, got):
    """Both lists, frame by frame."""
    more = max(len(true) - len(got), 0), max(len(got) - len(true), 0)
    rows = [
        {"t": t, "is": right, "yours": mine}
        for t, (right, mine) in enumerate(
            zip([*true, *[None] * more[1]], [*got, *[None] * more[0]], strict=True), 1
        )
    ]
    return ", ".join(f"{k} = {v}" for k, v in case.items()) + "\n" + text_table(rows)


def exercise_3(work):
    """The counter is mended, and the trains that convict it are named."""
    layers = [[list(train)] for n in (1, 2, 3) for train in product(FRAMES, repeat=n)]
    layers += [[list(a), list(b)] for a, b in product(TRAINS, repeat=2)]
    for layer in layers:
        for reach in ([10, 3][: len(layer)], [1, 0][: len(layer)]):
            true = int(np.abs(np.array(layer)).sum(axis=1) @ reach)
            got = work.operations([list(train) for train in layer], list(reach))
            rows = [
                {"train": train, "spikes": int(np.abs(train).sum()), "reach": each}
                for train, each in zip(layer, reach, strict=True)
            ]
            assert got == true, f"{text_table(rows)}\noperations: {true}, yours {got}"
    guilty = [i for i, s in enumerate(TRAINS) if abs(sum(s)) != np.abs(s).sum()]
    assert sorted(work.convicting) == guilty, "convicting: some train is missing or too many"


EXERCISES = {2: exercise_2, 3: exercise_3}
