"""Plausible wrong solutions of the exercises of T18: the checks must refuse each one."""

from fractions import Fraction
from math import exp


def leaking(
    kept=lambda tau, scheme: 1 - 1 / tau if scheme == "euler" else exp(-1 / tau),
    gain=lambda tau, scheme: 1 - exp(-1 / tau) if scheme == "exact" else 1 / tau,
    follow=lambda v, current, k, g: k * v + g * current,
    fires=lambda u, v, theta: u >= theta,
    reset=lambda u, theta, kind: 0.0 if kind == "zero" else u - theta,
    sending=lambda t, late: t + int(late),
    lost=True,
):
    """A solution of exercise 2 with some part replaced."""

    def spikes(currents, tau, theta, scheme, kind, late):
        k, g, v, sent = kept(tau, scheme), gain(tau, scheme), 0.0, []
        for t, current in enumerate(currents):
            u = follow(v, current, k, g)
            if fires(u, v, theta):
                sent.append(sending(t, late))
                u = reset(u, theta, kind)
            v = u
        return [t for t in sent if t >= 0 and (not lost or t < len(currents))]

    return {"spikes": spikes}


def reset_late(currents, tau, theta, scheme, kind, late):
    """A late neuron that resets when it sends, not when it fires."""
    k = 1 - 1 / tau if scheme == "euler" else exp(-1 / tau)
    g = 1 - exp(-1 / tau) if scheme == "exact" else 1 / tau
    v, sent, fired = 0.0, [], False
    for t, current in enumerate(currents):
        v = k * v + g * current
        if late and fired:
            sent.append(t)
            v = 0.0 if kind == "zero" else v - theta
        fired = v >= theta
        if fired and not late:
            sent.append(t)
            v = 0.0 if kind == "zero" else v - theta
    return sent


def euler_as_written(currents, tau, theta, scheme, kind, late):
    """Right: the forward difference, and the decay towards the current."""
    v, sent = 0.0, []
    for t, current in enumerate(currents):
        if scheme == "euler":
            v += (current - v) / tau
        elif scheme == "exact":
            v = current + (v - current) * exp(-1 / tau)
        else:
            v = v * exp(-1 / tau) + current / tau
        if v >= theta:
            sent.append(t)
            v = v - theta if kind == "subtract" else 0.0
    return [t + 1 for t in sent if t + 1 < len(currents)] if late else sent


def proving(measure, bound):
    """A solution of exercise 3: ``measure(terms) < bound(terms, p)``."""
    return {"suspect": lambda terms, p: measure(terms) < bound(terms, p)}


def magnitudes(terms):
    return sum(abs(term) for term in terms)


def step(terms):
    size = Fraction(1)
    while any((term / size).denominator > 1 for term in terms):
        size /= 2
    while any(terms) and all((term / (2 * size)).denominator == 1 for term in terms):
        size *= 2
    return size


def law(terms, p):
    return 2**p * step(terms)


def running(terms):
    """The largest partial sum of one order."""
    held, most = 0, 0
    for term in terms:
        held += term
        most = max(most, abs(held))
    return most


def one_sided(terms):
    return sum(term for term in terms if term > 0)


WRONG = {
    2: {
        "never decays": leaking(kept=lambda tau, scheme: 1.0),
        "exponential for euler": leaking(kept=lambda tau, scheme: exp(-1 / tau)),
        "euler for all": leaking(
            kept=lambda tau, scheme: 1 - 1 / tau, gain=lambda tau, scheme: 1 / tau),
        "impulse for exact": leaking(gain=lambda tau, scheme: 1 / tau),
        "exact for impulse": leaking(
            gain=lambda tau, scheme: 1 / tau if scheme == "euler" else 1 - exp(-1 / tau)),
        "whole current": leaking(gain=lambda tau, scheme: 1.0),
        "the current decays too": leaking(follow=lambda v, i, k, g: k * (v + g * i)),
        "> for >=": leaking(fires=lambda u, v, theta: u > theta),
        "compares before the current": leaking(fires=lambda u, v, theta: v >= theta),
        "always to zero": leaking(reset=lambda u, theta, kind: 0.0),
        "always subtracts": leaking(reset=lambda u, theta, kind: u - theta),
        "no reset": leaking(reset=lambda u, theta, kind: u),
        "never late": leaking(sending=lambda t, late: t),
        "early": leaking(sending=lambda t, late: t - int(late)),
        "sends after the end": leaking(lost=False),
        "resets late": {"spikes": reset_late},
        "floor at zero": leaking(follow=lambda v, i, k, g: max(k * v + g * i, 0.0)),
    },
    3: {
        "as found": proving(lambda terms: abs(sum(terms)), law),
        "one order": proving(running, law),
        "positive terms only": proving(one_sided, law),
        "the largest term": proving(lambda terms: max(map(abs, terms), default=0), law),
        "whole numbers only": proving(magnitudes, lambda terms, p: 2**p),
        "grid upside down": proving(magnitudes, lambda terms, p: 2**p / step(terms)),
        "a bit too many": proving(magnitudes, lambda terms, p: 2 * law(terms, p)),
        "a bit for the sign": proving(magnitudes, lambda terms, p: law(terms, p) / 2),
        "as many times the largest": proving(
            lambda terms: len(terms) * max(map(abs, terms), default=0), law),
        "never safe": proving(lambda terms: 1, lambda terms, p: 0),
        "nobody named": {"convicting": []},
        "the unsafe ones": {"convicting": [
            "all positive", "all negative", "cancel", "cancel below one", "nearly cancel"]},
        "one missing": {"convicting": ["cancel", "nearly cancel"]},
    },
}  # fmt: skip
RIGHT = {
    2: {"as the equation is written": {"spikes": euler_as_written}},
    3: {
        "the bound itself is safe too": {
            "suspect": lambda terms, p: magnitudes(terms) <= law(terms, p)
        },
        "in another order": {"convicting": ["nearly cancel", "cancel below one", "cancel"]},
    },
}
"""Other ways to be right: the checks must accept them."""
