"""Checks of the exercises of T09: each takes the learner's file and fails on the first wrong case.

Small tables come first, so the first counter-example is one of the smallest.
"""

from __future__ import annotations

from copy import deepcopy
from itertools import permutations, product

import numpy as np

from refsnn.calibration import best_choice, exits, score
from refsnn.errors import UnsupportedError
from refsnn.lessons import text_table


def tables():
    """(spikes, harm, budget) of growing size; the last are too many to try all plans."""
    rng = np.random.default_rng(20250225)
    for layers, candidates, cases in ((1, 2, 40), (2, 2, 60), (3, 3, 120), (4, 4, 60), (12, 6, 3)):
        for _ in range(cases):
            spikes = rng.integers(0, 90, (layers, candidates)).tolist()
            harm = rng.integers(0, 9, (layers, candidates)).tolist()
            yield spikes, harm, int(rng.integers(0, 4 * layers))


def fewest(spikes, harm, budget):
    """Spikes of the library's plan, or None."""
    try:
        plan = best_choice(np.transpose(spikes), np.transpose(harm), budget)
    except UnsupportedError:
        return None
    return total(spikes, plan.choice)


def total(table, choice):
    """What a plan adds up to."""
    return sum(row[k] for row, k in zip(table, choice, strict=True))


def exercise_2(work):
    """As good as `refsnn.calibration.best_choice`, on every table."""
    for spikes, harm, budget in tables():
        given = deepcopy((spikes, harm))
        yours = work.allocate(spikes, harm, budget)
        case = shown(*given, budget, yours)
        assert (spikes, harm) == given, f"{case}\nthe tables were changed"
        least = fewest(spikes, harm, budget)
        if least is None:
            assert yours is None, f"{case}\nno plan is within the budget: None"
            continue
        assert one_each(yours, spikes), f"{case}\nexpected: one index for each layer"
        spent, sent = total(harm, yours), total(spikes, yours)
        assert spent <= budget, f"{case}\nyour harm is {spent}"
        assert sent == least, f"{case}\nyou send {sent}, the best plan {least}"


def one_each(plan, spikes):
    """Whether a plan has an index for each layer."""
    return (
        isinstance(plan, (tuple, list))
        and len(plan) == len(spikes)
        and all(k in range(len(row)) for k, row in zip(plan, spikes, strict=True))
    )


def shown(spikes, harm, budget, yours):
    """A counter-example as a table: a row for each layer."""
    rows = [
        {"layer": layer, **{f"candidate {k}": f"{a}, {b}" for k, (a, b) in enumerate(pairs)}}
        for layer, pairs in enumerate(map(zip, spikes, harm))
    ]
    head = f"budget {budget}, your plan: {yours}; spikes, harm of each candidate:"
    return f"{head}\n{text_table(rows)}"


def true_exit(scores, classes, bars):
    """The first step above its bar, or else the last."""
    t = 0
    while t < len(bars) - 1 and scores[t] <= bars[t]:
        t += 1
    return t + 1, classes[t]


def as_found(scores, classes, bars):
    """The suspect: where no bar is passed, it takes the first step."""
    above = np.array(scores) > np.array(bars)
    return int(above.argmax()) + 1, classes[int(above.argmax())]


def cases():
    """Certainties, classes and bars: all small ones."""
    for steps in (1, 2, 3):
        for bars in permutations((0, 50, 80, 100), steps):
            for scores in product((0, 30, 50, 80, 95), repeat=steps):
                yield list(scores), list(range(steps)), bars


def exercise_3(work):
    """The suspect is mended, agrees with the library, and the images that convict it are named."""
    for scores, classes, bars in cases():
        yours, expected = (
            tuple(work.suspect(scores, classes, bars)),
            true_exit(scores, classes, bars),
        )
        said = f"certainties {scores}, bars {list(bars)}: (step, class) {expected}, yours: {yours}"
        assert yours == expected, said
    summed = np.random.default_rng(5).normal(size=(4, 60, 3)).cumsum(axis=0)
    bars = [0.3, 0.4, 0.6, 1.0]
    pairs = zip(score(summed).T.tolist(), summed.argmax(axis=2).T.tolist(), strict=True)
    yours = [tuple(work.suspect(c, k, bars)) for c, k in pairs]
    assert yours == list(zip(*exits(summed, np.array(bars)), strict=True)), "not refsnn's exits"
    guilty = [
        name
        for name, image in work.IMAGES.items()
        if as_found(*image, work.BARS)[1] != true_exit(*image, work.BARS)[1]
    ]
    assert sorted(work.convicting) == sorted(guilty), "convicting: some are missing or too many"


EXERCISES = {2: exercise_2, 3: exercise_3}
