"""Plausible wrong solutions of the exercises of T00: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""


def counters(
    fires, paid=lambda s, theta: s, left=lambda charge, count, theta, v0: charge - theta * count
):
    """A solution of exercise 2 with some part replaced."""

    def no_membrane(currents, theta, v0):
        charge, count, spikes = v0, 0, []
        for x in currents:
            charge += x
            s = fires(charge, count, theta, x, spikes)
            count += paid(s, theta)
            spikes.append(s)
        return spikes, left(charge, count, theta, v0)

    return {"no_membrane": no_membrane}


def due(charge, count, theta, *_):
    """The right rule."""
    return int(charge >= theta * (count + 1))


def membrane(reset, fire=lambda u, theta: int(u >= theta), start=lambda v, theta: v):
    """A solution of exercise 3 with some part replaced: ``reset(u, s, theta)``."""

    def suspect(currents, theta, v):
        v, spikes = start(v, theta), []
        for x in currents:
            u = v + x
            s = fire(u, theta)
            v = reset(u, s, theta)
            spikes.append(s)
        return spikes, v

    return {"suspect": suspect}


def forgets_v0(currents, theta, v0):
    spikes, v = counters(due)["no_membrane"](currents, theta, 0)
    return spikes, v + v0


def hard_reset(currents, theta, v0):
    charge, spikes = v0, []
    for x in currents:
        charge += x
        spikes.append(int(charge >= theta))
        charge *= 1 - spikes[-1]
    return spikes, charge


def late_count(currents, theta, v0):
    """The count of a step reaches the comparison one step late."""
    charge, count, spikes = v0, 0, []
    for x in currents:
        charge += x
        s = int(charge >= theta * (count + 1))
        count = sum(spikes)
        spikes.append(s)
    return spikes, charge - theta * sum(spikes)


def all_at_once(currents, theta, v0):
    """The division of the lesson, with its spikes put first."""
    charge = v0 + sum(currents)
    count = min(max(charge // theta, 0), len(currents))
    return [1] * count + [0] * (len(currents) - count), charge - theta * count


def late_reset(currents, theta, v):
    """The reset acts at the next step."""
    spikes = [0]
    for x in currents:
        v = v - theta * spikes[-1] + x
        spikes.append(int(v >= theta))
    return spikes[1:], v


def soft(u, s, theta):
    return u - theta * s


WRONG = {
    2: {
        "> for >=": counters(lambda c, n, theta, *_: int(c > theta * (n + 1))),
        "forgets v0": {"no_membrane": forgets_v0},
        "hard reset": {"no_membrane": hard_reset},
        "late count": {"no_membrane": late_count},
        "all at once": {"no_membrane": all_at_once},
        "compares before adding": counters(lambda c, n, theta, x, _: int(c - x >= theta * (n + 1))),
        "never more than one": counters(lambda c, n, theta, *_: int(c >= theta and n == 0)),
        "fires as often as it can": counters(lambda c, n, theta, *_: max(c // theta - n, 0)),
        "takes spikes back": counters(lambda c, n, theta, *_: min(max(c // theta - n, -1), 1)),
        "does not count": counters(due, paid=lambda s, theta: 0),
        "no spike twice running": counters(
            lambda c, n, t, x, past: due(c, n, t) * (past[-1:] != [1])
        ),
        "last v without v0": counters(due, left=lambda c, n, theta, v0: c - v0 - theta * n),
        "last v before the reset": counters(
            due, left=lambda c, n, theta, v0: c - theta * max(n - 1, 0)
        ),
    },
    3: {
        "as found": membrane(lambda u, s, theta: u - s * u),
        "late reset": {"suspect": late_reset},
        "> for >=": membrane(soft, fire=lambda u, theta: int(u > theta)),
        "remainder": membrane(lambda u, s, theta: u % theta if s else u),
        "no negative membrane": membrane(lambda u, s, theta: max(u - s * theta, 0)),
        "half a threshold": membrane(lambda u, s, theta: u - s * (theta // 2)),
        "subtracts one": membrane(lambda u, s, theta: u - s),
        "fires twice": membrane(soft, fire=lambda u, theta: max(u // theta, 0)),
        "starts at 0": membrane(soft, start=lambda v, theta: 0),
        "starts at theta / 2": membrane(soft, start=lambda v, theta: theta // 2),
        "no drive named": {"convicting": []},
        "all drives": {"convicting": list(range(9))},
        "compares the spikes only": {"convicting": [3, 5, 6, 7]},
        "looks at one step only": {"convicting": [5, 6, 7, 8]},
        "the innocent ones": {"convicting": [0, 1, 2, 4]},
    },
}


def floor_form(currents, theta, v0):
    return counters(lambda c, n, theta, *_: int(c // theta > n))["no_membrane"](currents, theta, v0)


RIGHT = {
    2: {"a division in place of a product": {"no_membrane": floor_form}},
    3: {
        "in another order": {"convicting": [8, 7, 6, 5, 3]},
        "branches": membrane(lambda u, s, theta: u - theta if s else u),
    },
}
"""Other ways to be right: the checks must accept them."""
