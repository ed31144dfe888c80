"""Plausible wrong solutions of the exercises of T01: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""


def means(value=lambda sent, t, theta, train: sent / t, worth=lambda s: s, first=1):
    """A solution of exercise 2 with some part replaced."""

    def decode(train, theta):
        numbers, sent = [], 0
        for t, s in enumerate(train, first):
            sent += theta * worth(s)
            numbers.append(value(sent, t, theta, train))
        return numbers

    return {"decode": decode}


def late(train, theta):
    """A step's spikes are counted one step late."""
    return [theta * sum(train[:t]) / (t + 1) for t in range(len(train))]


def moving(train, theta):
    """The mean of the last two steps."""
    return [theta * sum(train[max(0, t - 1) : t + 1]) / min(t + 1, 2) for t in range(len(train))]


def trains(count, start=lambda theta: theta // 2, send=lambda count, before: count - before):
    """A solution of exercise 3 with some part replaced."""

    def written(x, theta, steps):
        train, before = [], 0
        for t in range(1, steps + 1):
            now = count((t * x + start(theta)), theta, t, steps)
            train.append(send(now, before))
            before = now
        return train

    return {"written": written}


def law(charge, theta, t, steps):
    return min(max(charge // theta, 0), t)


WRONG = {
    2: {
        "only the last number": {"decode": lambda train, theta: [theta * sum(train) / len(train)]},
        "divides by all steps": means(lambda sent, t, theta, train: sent / len(train)),
        "rates, not values": means(lambda sent, t, theta, train: sent / theta / t),
        "sums, not means": means(lambda sent, t, theta, train: sent),
        "whole division": means(lambda sent, t, theta, train: sent // t),
        "steps counted from 0": means(first=2),
        "a step late": {"decode": late},
        "counts steps with spikes": means(worth=lambda s: int(s > 0)),
        "forgets negative spikes": means(worth=lambda s: max(s, 0)),
        "spikes lose their sign": means(worth=abs),
        "clips at theta": means(lambda sent, t, theta, train: min(sent / t, theta)),
        "clips at 0": means(lambda sent, t, theta, train: max(sent / t, 0)),
        "the last two steps": {"decode": moving},
        "from the end": {"decode": lambda train, theta: means()["decode"](train, theta)[::-1]},
    },
    3: {
        "as found": trains(lambda c, theta, t, steps: min(max(c // theta, 0), steps)),
        "not clipped at all": trains(lambda c, theta, t, steps: c // theta),
        "no negative side": trains(lambda c, theta, t, steps: min(c // theta, t)),
        "a step late": trains(lambda c, theta, t, steps: min(max(c // theta, 0), t - 1)),
        "starts at 0": trains(law, start=lambda theta: 0),
        "starts at theta": trains(law, start=lambda theta: theta),
        "rounds up": trains(lambda c, theta, t, steps: min(max(-(-c // theta), 0), t)),
        "> for >=": trains(lambda c, theta, t, steps: min(max((c - 1) // theta, 0), t)),
        "rounds half to even": trains(
            lambda c, theta, t, steps: min(max(round((c - theta // 2) / theta), 0), t)
        ),
        "drops what is above one": trains(
            lambda c, theta, t, steps: min(max(c // theta, 0), steps),
            send=lambda count, before: min(count - before, 1),
        ),
        "no drive named": {"convicting": []},
        "all drives": {"convicting": list(range(-3, 13))},
        "looks at the first step": {"convicting": [9, 10, 11, 12]},
        "theta itself too": {"convicting": [6, 7, 8, 9, 10, 11, 12]},
        "the negative ones": {"convicting": [-3, -2, -1]},
    },
}


def one_more_at_most(x, theta, steps):
    train, sent = [], 0
    for t in range(1, steps + 1):
        s = min(max((t * x + theta // 2) // theta - sent, 0), 1)
        train.append(s)
        sent += s
    return train


RIGHT = {
    2: {"slices": {"decode": lambda train, theta: [
        theta * sum(train[:t]) / t for t in range(1, len(train) + 1)]}},
    3: {
        "at most one more than before": {"written": one_more_at_most},
        "in another order": {"convicting": [12, 11, 10, 9, 8, 7]},
    },
}  # fmt: skip
"""Other ways to be right: the checks must accept them."""
