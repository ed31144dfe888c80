"""Plausible wrong solutions of the exercises of T05: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""

from itertools import accumulate


def sender(digit):
    """A sender that asks ``digit(n, t, steps)`` for each frame."""
    return {"encode": lambda n, steps: [digit(n, t, steps) for t in range(1, steps + 1)]}


def reader(step):
    """A reader that goes on by ``step(so_far, s)``."""
    return {"decoded": lambda train: list(accumulate(train, step, initial=0))[1:]}


def place_values(train):
    """Each digit at the worth it has in the end."""
    worth = [s << (len(train) - t) for t, s in enumerate(train, 1)]
    return list(accumulate(worth))


def emptied(train):
    """Takes the digits out of the train that it was given."""
    said, so_far = [], 0
    while train:
        so_far = 2 * so_far + train.pop(0)
        said.append(so_far)
    return said


def counter(spikes, reach=lambda outputs: outputs):
    """A counter with another idea of the spikes of a train, or of what they reach."""
    return {
        "operations": lambda layer, outputs: sum(
            spikes(train) * reach(each) for train, each in zip(layer, outputs, strict=True)
        )
    }


WRONG = {
    2: {
        "smallest digit first": sender(lambda n, t, T: n >> (t - 1) & 1),
        "one place too high": sender(lambda n, t, T: n >> (T - t + 1) & 1),
        "one place too low": sender(lambda n, t, T: n >> max(T - t - 1, 0) & 1),
        "worth, not spikes": sender(lambda n, t, T: n & 1 << (T - t)),
        "thermometer": sender(lambda n, t, T: int(t <= n)),
        "not masked": sender(lambda n, t, T: n >> (T - t)),
        "no leading zeros": {"encode": lambda n, steps: [int(digit) for digit in f"{n:b}"]},
        "text for numbers": {"encode": lambda n, steps: list(f"{n:0{steps}b}")},
        "counts": reader(lambda so_far, s: so_far + s),
        "adds, then doubles": reader(lambda so_far, s: 2 * (so_far + s)),
        "or in place of shift": reader(lambda so_far, s: so_far | s),
        "the worth in the end": {"decoded": place_values},
        "smallest digit read first": {
            "decoded": lambda train: list(accumulate(s << t for t, s in enumerate(train)))
        },
        "the last number only": {"decoded": lambda train: [int("".join(map(str, train)), 2)]},
        "the train is emptied": {"decoded": emptied},
    },
    3: {
        "as found": counter(lambda train: abs(sum(train))),
        "the sum": counter(sum),
        "frames with a spike": counter(lambda train: sum(s != 0 for s in train)),
        "ordinary spikes only": counter(lambda train: sum(max(s, 0) for s in train)),
        "inhibitory ones only": counter(lambda train: sum(max(-s, 0) for s in train)),
        "squares": counter(lambda train: sum(s * s for s in train)),
        "frames": counter(len),
        "largest frame": counter(lambda train: max(map(abs, train))),
        "once for the layer": counter(lambda train: sum(map(abs, train)), lambda each: 1),
        "sends at least one": counter(lambda train: max(sum(map(abs, train)), 1)),
        "none named": {"convicting": []},
        "all with an inhibitory spike": {"convicting": [0, 1, 2, 4, 6, 7]},
        "those that sum to zero": {"convicting": [3, 4, 6]},
        "bursts": {"convicting": [2, 5]},
        "counted from one": {"convicting": [1, 3, 5, 7]},
    },
}


def by_division(n, steps):
    digits = []
    for _ in range(steps):
        n, digit = divmod(n, 2)
        digits.insert(0, digit)
    return digits


RIGHT = {
    2: {
        "by division": {"encode": by_division},
        "Horner": reader(lambda so_far, s: 2 * so_far + s),
        "each start anew": {
            "decoded": lambda train: [
                int("".join(map(str, train[:t])), 2) for t in range(1, len(train) + 1)
            ]
        },
    },
    3: {
        "both kinds apart": counter(lambda train: sum(max(s, 0) + max(-s, 0) for s in train)),
        "in another order": {"convicting": [6, 4, 2, 0]},
    },
}
"""Other ways to be right: the checks must accept them."""
