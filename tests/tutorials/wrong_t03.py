"""Plausible wrong solutions of the exercises of T03: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""

from math import floor


def ge(twice, lam):
    return twice // (2 * lam)


def gt(twice, lam):
    return -(-twice // (2 * lam)) - 1


def closed(at_tie=ge, above=gt, clip=lambda n, levels: min(max(n, 0), levels), twice=None):
    """A solution of exercise 2 with some part replaced."""

    def level(z, lam, levels, compare):
        charge = twice(z, lam, levels) if twice else 2 * levels * z + lam
        return clip((at_tie if compare == "ge" else above)(charge, lam), levels)

    return {"level": level}


def extra(first=lambda theta: theta // 2, bias=lambda b, t: b if t else 0, sent=lambda s: s[1:],
          fire=lambda u, theta: int(u >= theta)):  # fmt: skip
    """A solution of exercise 3 with some part replaced."""

    def extra_step(currents, b, theta):
        v, spikes = 0, []
        for t, x in enumerate([first(theta), *currents]):
            u = v + x + bias(b, t)
            s = fire(u, theta)
            v = u - theta * s
            spikes.append(s)
        return sent(spikes)

    return {"extra_step": extra_step}


WRONG = {
    2: {
        ">= for both": closed(above=ge),
        "> for both": closed(at_tie=gt),
        "the two exchanged": closed(at_tie=gt, above=ge),
        "no half": closed(twice=lambda z, lam, levels: 2 * levels * z),
        "a whole threshold": closed(twice=lambda z, lam, levels: 2 * levels * z + 2 * lam),
        "half rounded down": closed(twice=lambda z, lam, levels: 2 * (levels * z + lam // 2)),
        "half rounded up": closed(twice=lambda z, lam, levels: 2 * (levels * z + (lam + 1) // 2)),
        "one charge less for >": closed(above=lambda twice, lam: (twice - 2) // (2 * lam)),
        "ties to even": closed(at_tie=lambda twice, lam: round((twice - lam) / (2 * lam))),
        "no clip": closed(clip=lambda n, levels: n),
        "no clip below": closed(clip=min),
        "levels 0 ... L - 1": closed(clip=lambda n, levels: min(max(n, 0), levels - 1)),
        "one step only": closed(twice=lambda z, lam, levels: 2 * z + lam),
        "the value, not the level": {
            "level": lambda z, lam, levels, compare: (
                lam * closed()["level"](z, lam, levels, compare)
            )
        },
    },
    3: {
        "as found": extra(bias=lambda b, t: b),
        "no bias at all": extra(bias=lambda b, t: 0),
        "bias in the extra step only": extra(bias=lambda b, t: 0 if t else b),
        "bias from the third step on": extra(bias=lambda b, t: b if t > 1 else 0),
        "the extra step is sent": extra(sent=lambda s: s),
        "the last step is dropped": extra(sent=lambda s: s[:-1]),
        "starts at 0": extra(first=lambda theta: 0),
        "starts at theta": extra(first=lambda theta: theta),
        "> for >=": extra(fire=lambda u, theta: int(u > theta)),
        "half the bias": extra(bias=lambda b, t: b // 2 if t else 0),
        "no bias named": {"convicting": []},
        "all biases": {"convicting": list(range(-4, 9))},
        "only where it fires early": {"convicting": [2, 3, 4]},
        "zero too": {"convicting": [-2, -1, 0, 2, 3, 4]},
        "where the extra step fires": {"convicting": [4, 5, 6, 7, 8]},
    },
}


def by_floats(z, lam, levels, compare):
    charge = levels * z / lam + 0.5
    count = floor(charge) - (compare == "gt" and charge == floor(charge))
    return min(max(count, 0), levels)


def no_extra_step(currents, bias, theta):
    v, spikes = theta // 2, []
    for x in currents:
        v += x + bias
        spikes.append(int(v >= theta))
        v -= theta * spikes[-1]
    return spikes


RIGHT = {
    2: {"floats that are exact": {"level": by_floats}},
    3: {
        "no extra step": {"extra_step": no_extra_step},
        "in another order": {"convicting": [4, 3, 2, -1, -2]},
    },
}
"""Other ways to be right: the checks must accept them."""
