"""Plausible wrong solutions of the exercises of T11: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""

import math


def counts(outputs, low=None, high=None, closed=True):
    """Five bins from ``low`` to ``high``; what is outside, or on an open end, is not counted."""
    low = min(outputs) if low is None else low
    high = max(outputs) if high is None else high
    h = [0] * 5
    for a in outputs:
        place = math.floor(5 * (a - low) / (high - low))
        place = 4 if place == 5 and closed else place
        if 0 <= place < 5:
            h[place] += 1
    return h


def moments(values, ddof=0):
    """(g, k) of some numbers."""
    mean = sum(values) / len(values)
    d = [v - mean for v in values]
    var = sum(x**2 for x in d) / (len(values) - ddof)
    g = sum(x**3 for x in d) / len(values) / var**1.5
    return g, sum(x**4 for x in d) / len(values) / var**2 - 3


def share(h):
    return 1 - (sum(5 * n >= sum(h) for n in h) - 1) / 4


def product(g, k):
    return (g**2 + 1) * (k + 12.5)


def metric(bins=counts, shape=lambda h, outputs: moments(h), agreement=share, join=product,
           flat=lambda h: len(set(h)) == 1):  # fmt: skip
    """A solution of exercise 2 with some part replaced."""

    def whole(outputs):
        h = bins(outputs)
        if flat(h):
            return None
        return agreement(h) * join(*shape(h, outputs))

    return {"metric": whole}


def t_eff(pairs, rule=lambda t, q: t * (1 + (5 * t - 2) * q) / (1 + t * q), mean=None):
    """A solution of exercise 3 with some part replaced."""

    def whole(steps, rho):
        if mean is None and len(steps) != len(rho):
            raise ValueError("unequal")
        found = pairs(steps, rho)
        return sum(rule(t, q) for t, q in found) / len(found)

    return {"t_eff": whole}


def together(steps, rho):
    return list(zip(steps, rho, strict=True))


def cut(steps, rho):
    return list(zip(steps, rho, strict=False))


def silent_error(steps, rho):
    if len(steps) != len(rho):
        raise ValueError
    return t_eff(together)["t_eff"](steps, rho)


def over_all(steps, rho):
    """Divides by the number of layers, of which some were dropped."""
    return sum(t * (1 + (5 * t - 2) * q) / (1 + t * q) for t, q in cut(steps, rho)) / len(steps)


WRONG = {
    2: {
        "bins from 0": metric(bins=lambda a: counts(a, low=0)),
        "last bin open": metric(bins=lambda a: counts(a, closed=False)),
        "bins without the range's end": metric(
            bins=lambda a: counts(a, high=max(a) + (max(a) - min(a)) / 1e3)
        ),
        "more than the share": metric(
            agreement=lambda h: 1 - (sum(5 * n > sum(h) for n in h) - 1) / 4
        ),
        "divides by K": metric(agreement=lambda h: 1 - (sum(5 * n >= sum(h) for n in h) - 1) / 5),
        "bins that are not empty": metric(agreement=lambda h: 1 - (sum(n > 0 for n in h) - 1) / 4),
        "no agreement": metric(agreement=lambda h: 1),
        "moments of the outputs": metric(shape=lambda h, outputs: moments(outputs)),
        "sample variance": metric(shape=lambda h, outputs: moments(h, ddof=1)),
        "plain kurtosis": metric(join=lambda g, k: product(g, k + 3)),
        "Sarle's correction": metric(join=lambda g, k: (g**2 + 1) * (k + 8)),
        "divides as Sarle does": metric(join=lambda g, k: (g**2 + 1) / (k + 12.5)),
        "skewness not squared": metric(join=lambda g, k: (g + 1) * (k + 12.5)),
        "no skewness": metric(join=lambda g, k: k + 12.5),
        "0 where there is none": {
            "metric": lambda outputs: metric()["metric"](outputs) or 0.0,
        },
    },
    3: {
        "as found": {"t_eff": lambda steps, rho: t_eff(cut, mean="any")["t_eff"](steps, rho)},
        "divides by all layers": {"t_eff": over_all},
        "repeats the last coefficient": t_eff(
            lambda steps, rho: cut(steps, list(rho) + [rho[-1] if rho else 0] * len(steps)),
            mean="any",
        ),
        "minds missing coefficients only": {
            "t_eff": lambda steps, rho: (
                silent_error(steps, rho[:0]) if len(rho) < len(steps) else over_all(steps, rho)
            )
        },
        "says nothing": {"t_eff": silent_error},
        "rounds": {"t_eff": lambda steps, rho: round(t_eff(together)["t_eff"](steps, rho), 2)},
        "no energy": t_eff(together, rule=lambda t, q: t),
        "another overhead": t_eff(
            together, rule=lambda t, q: t * (1 + (3 * t - 1) * q) / (1 + t * q)
        ),
        "none": {"convicting": []},
        "one of them": {"convicting": ["ResNet-18"]},
        "all that were adapted": {"convicting": ["VGG-16", "ResNet-18", "ResNet-34"]},
        "the innocent ones": {"convicting": ["VGG-16", "VGG-16, L = 4"]},
    },
}


def numpy_metric(outputs):
    """With NumPy's histogram, and moments about the origin."""
    import numpy as np

    h = np.histogram(outputs, bins=5)[0].astype(float)
    if h.std() == 0:
        return None
    d = (h - h.mean()) / h.std()
    return share(h) * ((d**3).mean() ** 2 + 1) * ((d**4).mean() + 9.5)


RIGHT = {
    2: {"NumPy": {"metric": numpy_metric}},
    3: {
        "zip that minds": t_eff(together, mean="any"),
        "in another order": {"convicting": ["ResNet-34", "ResNet-18"]},
    },
}
"""Other ways to be right: the checks must accept them."""
