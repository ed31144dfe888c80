"""Plausible wrong solutions of the exercises of T08: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""


def climbs(count, level, phi):
    """The right rule: after the level, by at most phi, never down."""
    wanted = max(count, level)
    return wanted if phi is None else min(count + phi, wanted)


def counter(rule=climbs, level=lambda charge, theta: charge // theta, gain=lambda z, h: z + h):
    """A solution of exercise 2 with some part replaced."""

    def counts(currents, theta, h, phi):
        charge, count, found = 0, 0, []
        for z in currents:
            charge += gain(z, h)
            count = rule(count, level(charge, theta), phi)
            found.append(count)
        return found

    return {"counts": counts}


def bursts(rest, number=lambda u, theta, phi: min(max(u // theta, 0), phi), start=0):
    """A solution of exercise 3 with some part replaced: ``rest(u, n, theta)``."""

    def suspect(currents, theta=8, h=1, phi=3):
        v, spikes = start, []
        for z in currents:
            u = v + z + h
            n = number(u, theta, phi)
            v = rest(u, n, theta)
            spikes.append(n)
        return spikes

    return {"suspect": suspect}


def spikes_only(currents, theta, h, phi):
    """Spikes of each step, not the count so far."""
    found = counter()["counts"](currents, theta, h, phi)
    return [b - a for a, b in zip([0, *found], found, strict=False)]


def level_of_the_total(currents, theta, h, phi):
    """What the charge is worth at each step, clipped: arrival does not count."""
    found, charge = [], 0
    for t, z in enumerate(currents, 1):
        charge += z + h
        level = max(charge // theta, 0)
        found.append(level if phi is None else min(level, phi * t))
    return found


def soft(u, n, theta):
    return u - theta * n


def strict(charge, theta):
    """Fires above a multiple of theta only."""
    return -(-charge // theta) - 1


WRONG = {
    2: {
        "takes spikes back": counter(
            lambda count, level, phi: level if phi is None else min(count + phi, level)
        ),
        "no limit": counter(lambda count, level, phi: max(count, level)),
        "never more than one": counter(lambda count, level, phi: min(count + 1, max(count, level))),
        "the limit holds the count": counter(
            lambda count, level, phi: max(count, level if phi is None else min(level, phi))
        ),
        "always a full burst": counter(
            lambda count, level, phi: count + (phi or level - count) * (level > count)
        ),
        "surplus is lost": counter(
            lambda count, level, phi: count if level - count > (phi or 999) else max(count, level)
        ),
        "level of the total": {"counts": level_of_the_total},
        "> for >=": counter(level=strict),
        "rounds toward zero and up": counter(level=lambda c, theta: int(c / theta + 0.5)),
        "no shift": counter(gain=lambda z, h: z),
        "no debt": counter(gain=lambda z, h: max(z, 0) + h),
        "spikes of each step": {"counts": spikes_only},
        "a train that rises": {"falling": [8, 8]},
        "a train that falls too little": {"falling": [7, -7]},
        "a debt first": {"falling": [-8, 8]},
        "an empty train": {"falling": []},
        "a long train": {"falling": [8, 0, 0, 0, -8]},
        "halves": {"falling": [8.5, -8.5]},
    },
    3: {
        "as found": bursts(lambda u, n, theta: u % theta),
        "hard reset": bursts(lambda u, n, theta: 0 if n else u),
        "one spike is paid": bursts(lambda u, n, theta: u - theta * min(n, 1)),
        "what was wanted is paid": bursts(lambda u, n, theta: u - theta * max(u // theta, 0)),
        "surplus is lost": bursts(lambda u, n, theta: min(u - theta * n, theta - 1)),
        "debt is forgiven": bursts(lambda u, n, theta: max(u - theta * n, 0)),
        "debt is forgiven while silent": bursts(
            lambda u, n, theta: u - theta * n if n else max(u, 0)
        ),
        "takes spikes back": bursts(soft, number=lambda u, theta, phi: min(u // theta, phi)),
        "one spike at most": bursts(soft, number=lambda u, theta, phi: int(u >= theta)),
        "starts at theta / 2": bursts(soft, start=4),
        "no train named": {"convicting": []},
        "all but the author's kind": {
            "convicting": ["strong", "at once", "at last", "taken back", "owing", "up and down"]
        },
        "compares the last membranes": {
            "convicting": ["strong", "at last", "taken back", "up and down"]
        },
        "debts only": {"convicting": ["owing", "up and down"]},
        "surplus only": {"convicting": ["at once"]},
    },
}


def with_membrane(currents, theta, h, phi):
    v, count, found = 0, 0, []
    for z in currents:
        v += z + h
        n = max(v // theta, 0)
        n = n if phi is None else min(n, phi)
        v, count = v - theta * n, count + n
        found.append(count)
    return found


RIGHT = {
    2: {
        "a membrane after all": {"counts": with_membrane},
        "another train": {"falling": [0, 100, -3, -99]},
    },
    3: {"in another order": {"convicting": ["up and down", "owing", "at once"]}},
}
"""Other ways to be right: the checks must accept them."""
