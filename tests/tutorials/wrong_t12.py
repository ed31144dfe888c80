"""Plausible wrong solutions of the exercises of T12: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""


def machine(start, fires, takes, cost=lambda theta: theta, counted=False, at_once=False):
    """A neuron: ``fires(m, n, theta, T)`` and ``takes(m, n, theta)``, from ``start(theta)``."""

    def run(currents, theta, silence):
        m, n, out = start(theta), 0, []
        for x in [*currents, *[0] * silence]:
            m += x
            s = int(fires(m, n, theta, len(currents)))
            if at_once:
                m, n = m - cost(theta) * s, n + s
                back = int(takes(m, n, theta))
                m, n = m + cost(theta) * back, n - back
                s -= back
            else:
                s -= int(takes(m, n, theta))
                m, n = m - cost(theta) * s, n + s
            out.append(n if counted else s)
        return out

    return run


def half(fires=lambda m, n, q, T: 2 * m >= q and n < T,
         takes=lambda m, n, q: 2 * m < -q and n >= 1, start=lambda q: 0, **more):  # fmt: skip
    """A solution of exercise 2 with some part replaced."""
    return {"symmetric": machine(start, fires, takes, **more)}


def whole(takes=lambda u, n, q: u < 0 and n >= 1,
          fires=lambda u, n, q, T: u >= q and n < T, start=lambda q: q // 2, **more):  # fmt: skip
    """A solution of exercise 3 with some part replaced."""
    return {"suspect": machine(start, fires, takes, counted=True, **more)}


WRONG = {
    2: {
        "starts at theta/2 all the same": half(start=lambda q: q // 2),
        "thresholds of theta": half(
            fires=lambda m, n, q, T: m >= q and n < T, takes=lambda m, n, q: m < -q and n >= 1
        ),
        "a spike costs theta/2": half(cost=lambda q: q // 2),
        "takes back at equality": half(takes=lambda m, n, q: 2 * m <= -q and n >= 1),
        "> for >=": half(fires=lambda m, n, q, T: 2 * m > q and n < T),
        "no memory": half(takes=lambda m, n, q: 2 * m < -q),
        "no cap": half(fires=lambda m, n, q, T: 2 * m >= q),
        "takes back below 0": half(takes=lambda m, n, q: m < 0 and n >= 1),
        "never takes back": half(takes=lambda m, n, q: False),
        "memory of two": half(takes=lambda m, n, q: 2 * m < -q and n >= 2),
        "cap one too low": half(fires=lambda m, n, q, T: 2 * m >= q and n < T - 1),
        "counts": half(counted=True),
    },
    3: {
        "as found": whole(lambda u, n, q: u < -q and n >= 1),
        "half a threshold": whole(lambda u, n, q: 2 * u < -q and n >= 1),
        "<= for <": whole(lambda u, n, q: u <= 0 and n >= 1),
        "no memory": whole(lambda u, n, q: u < 0),
        "memory of two": whole(lambda u, n, q: u < 0 and n >= 2),
        "no cap": whole(fires=lambda u, n, q, T: u >= q),
        "> for >=": whole(fires=lambda u, n, q, T: u > q and n < T),
        "starts at 0": whole(start=lambda q: 0),
        "never takes back": whole(lambda u, n, q: False),
        "spikes": {"suspect": machine(lambda q: q // 2, lambda u, n, q, T: u >= q and n < T,
                                      lambda u, n, q: u < 0 and n >= 1)},
        "none chosen": {"settling": []},
        "strict zero only": {"settling": [("<", 0)]},
        "both zeros": {"settling": [("<", 0), ("<=", 0)]},
        "all but the deep ones": {"settling": [("<", 0), ("<=", 0), ("<=", 1)]},
        "all": {"settling": [("<", 0), ("<=", 0), ("<", 4), ("<=", 1), ("<", 8), ("<=", 8)]},
    },
}  # fmt: skip


def from_charge(currents, theta, silence):
    """Without a membrane: the charge and the count (T00)."""
    charge, count, spikes = 0, 0, []
    for x in [*currents, *[0] * silence]:
        charge += x
        ahead = charge - theta * count
        s = 1 if 2 * ahead >= theta and count < len(currents) else 0
        s = -1 if 2 * ahead < -theta and count else s
        count += s
        spikes.append(s)
    return spikes


RIGHT = {
    2: {
        "from the charge": {"symmetric": from_charge},
        "whole halves": half(
            fires=lambda m, n, q, T: m >= q // 2 and n < T,
            takes=lambda m, n, q: m < -(q // 2) and n > 0,
        ),
    },
    3: {
        "the two tests one after another": whole(at_once=True),
        "<= -1": whole(lambda u, n, q: u <= -1 and n >= 1),
        "lists for pairs, in another order": {"settling": [["<=", 1], ["<", 0]]},
    },
}
"""Other ways to be right: the checks must accept them."""
