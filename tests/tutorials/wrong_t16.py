"""Plausible wrong solutions of the exercises of T16: the checks must refuse each one."""

import random
from itertools import zip_longest


def given(make):
    """A solution of exercise 2."""
    return {"trains": make}


def right(theta, v0):
    return [
        [theta - v0, 0, theta, theta - 1, 1, 0],
        [127] * 6,
        [-128, -128, -128, 127, 127, 127],
        [-v0 - 1, 1, theta - 1, 1, 0, 0],
    ]


def without(number):
    """The solution less one train."""
    return given(lambda theta, v0: [t for n, t in enumerate(right(theta, v0)) if n != number])


def drawn(theta, v0):
    rng = random.Random(theta)
    return [[rng.randint(-128, 127) for _ in range(6)] for _ in range(4)]


def benching(judge, counted=True, strict=True):
    """A solution of exercise 3: ``judge(got, rows)`` of one train."""

    def suspect(device, stimuli, expected):
        if strict and len(stimuli) != len(expected):
            return False
        compared = 0
        for train, rows in zip(stimuli, expected, strict=False):
            got = list(device(train))
            if not judge(got, rows):
                return False
            compared += len(rows)
        return compared > 0 or not counted

    return {"suspect": suspect}


def same(got, rows):
    return got == rows


def last_train_only(device, stimuli, expected):
    return bool(stimuli) and list(device(stimuli[-1])) == expected[-1]


def some_train(device, stimuli, expected):
    """Passes if any train does."""
    return any(list(device(t)) == r and r for t, r in zip(stimuli, expected, strict=True))


def longest(device, stimuli, expected):
    """Right: a missing row is None."""
    if len(stimuli) != len(expected):
        return False
    pairs = [
        pair
        for train, rows in zip(stimuli, expected, strict=True)
        for pair in zip_longest(device(train), rows)
    ]
    return bool(pairs) and all(a == b for a, b in pairs)


WRONG = {
    2: {
        "nothing": given(lambda theta, v0: []),
        "constant drive": given(lambda theta, v0: [[theta // 2] * 6, [theta] * 6, [1] * 6]),
        "random": given(drawn),
        "no negative current": given(lambda theta, v0: [[abs(x) % 128 for x in t] for t in right(theta, v0)]),
        "no tie": given(lambda theta, v0: [[127, 127, 127, -5, 0, 3], [-128, -128, -128, 127, 127, 127]]),
        "tie only": given(lambda theta, v0: [[theta - v0, 0, theta, theta - 1, 1, 0]]),
        "never far below": given(lambda theta, v0: [t for t in right(theta, v0) if min(t) > -100]),
        "never far above": given(lambda theta, v0: [[min(x, theta) for x in t] for t in right(theta, v0)]),
        "tie for a start at 0": given(lambda theta, v0: [[theta, 0, 0], *right(theta, 0)[1:]]),
        "one train too many": given(lambda theta, v0: [*right(theta, v0), [0]]),
        "too long": given(lambda theta, v0: [[x for t in right(theta, v0) for x in t]]),
        "outside the format": given(lambda theta, v0: [[200, *t[:5]] for t in right(theta, v0)]),
        "without the second": without(1),
        "without the third": without(2),
    },
    3: {
        "as found": benching(lambda got, rows: all(a == b for a, b in zip(got, rows, strict=False)),
                             counted=False, strict=False),
        "counts rows only": benching(lambda got, rows: len(got) == len(rows)),
        "spikes only": benching(lambda got, rows: [s for s, *_ in got] == [s for s, _ in rows]),
        "spike totals": benching(
            lambda got, rows: sum(s for s, _ in got) == sum(s for s, _ in rows)),
        "last row only": benching(lambda got, rows: got[-1:] == rows[-1:]),
        "as sets": benching(lambda got, rows: set(got) >= set(rows)),
        "rows may be too many": benching(lambda got, rows: got[: len(rows)] == rows),
        "rows may be too few": benching(lambda got, rows: rows[: len(got)] == got),
        "nothing is a pass": benching(same, counted=False),
        "trains may be lost": benching(same, strict=False),
        "last train only": {"suspect": last_train_only},
        "any train": {"suspect": some_train},
        "never passes": {"suspect": lambda *_: False},
        "nobody named": {"let_through": []},
        "the right one too": {"let_through": ["right", "silent", "short", "chatty"]},
        "one missing": {"let_through": ["silent", "short"]},
    },
}  # fmt: skip
RIGHT = {
    2: {"in another order": given(lambda theta, v0: right(theta, v0)[::-1])},
    3: {
        "in another order": {"let_through": ["chatty", "silent", "short"]},
        "a missing row is None": {"suspect": longest},
    },
}
"""Other ways to be right: the checks must accept them."""
