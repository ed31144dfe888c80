"""Plausible wrong solutions of the exercises of T07: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""


def heard(frames, weights, bias=0):
    """The sum by Horner's rule, ``bias`` added in every frame."""
    acc = 0
    for spikes in frames:
        acc = 2 * acc + sum(w for w, s in zip(weights, spikes, strict=True) if s) + bias
    return acc


def sent(
    v, theta, T, fires=lambda v, th: v >= th, reset=lambda v, th: v - th, worth=None, before=None
):
    """Bits and what is left; parts of the emission can be replaced."""
    bits = []
    for t in range(1, T + 1):
        threshold = theta << (T - t) if worth is None else worth(t, T, theta)
        v = v if before is None else before(v)
        bits.append(int(fires(v, threshold)))
        v = reset(v, threshold) if bits[-1] else v
    return bits, v


def half(theta):
    return theta // 2


def neuron(hear=None, start=lambda theta, T: theta // 2, **parts):
    """A solution of exercise 2 with some part replaced."""

    def whole(frames, weights, bias, theta, T):
        z = heard(frames, weights) + bias if hear is None else hear(frames, weights, bias, theta, T)
        return sent(z + start(theta, T), theta, T, **parts)

    return {"neuron": whole}


def emitter(start=half, **parts):
    """A solution of exercise 3 with some part replaced."""

    def suspect(z, theta=8, T=3):
        return sent(z + start(theta), theta, T, **parts)

    return {"suspect": suspect}


def divides(clip, rest=lambda v, theta, n: v - theta * n):
    """The level by a division, cut to its bits."""

    def whole(frames, weights, bias, theta, T):
        v = heard(frames, weights) + bias + theta // 2
        n = clip(v // theta, T)
        return [(n >> (T - t)) & 1 for t in range(1, T + 1)], rest(v, theta, n)

    return {"neuron": whole}


def clipped(n, T):
    return min(max(n, 0), (1 << T) - 1)


def least_first(frames, weights, bias, theta, T):
    bits, left = neuron()["neuron"](frames, weights, bias, theta, T)
    return bits[::-1], left


WRONG = {
    2: {
        "bias in every frame": neuron(lambda f, w, b, theta, T: heard(f, w, b)),
        "bias T times": neuron(lambda f, w, b, theta, T: heard(f, w) + b * T),
        "bias once a frame": neuron(lambda f, w, b, theta, T: heard(f, w) + b * len(f)),
        "bias forgotten": neuron(lambda f, w, b, theta, T: heard(f, w)),
        "bias first, then doubled": neuron(
            lambda f, w, b, theta, T: heard(f, w) + (b << len(f)),
        ),
        "counts the input spikes": neuron(
            lambda f, w, b, theta, T: b + sum(heard([s], w) for s in f)
        ),
        "least bit first in": neuron(lambda f, w, b, theta, T: heard(f[::-1], w) + b),
        "least bit first out": {"neuron": least_first},
        "one frame too early": neuron(lambda f, w, b, theta, T: heard(f[:-1], w) + b),
        "> for >=": neuron(fires=lambda v, th: v > th),
        "start at 0": neuron(start=lambda theta, T: 0),
        "start at lambda / 2": neuron(start=lambda theta, T: (theta * (2**T - 1)) // 2),
        "thresholds stay": neuron(worth=lambda t, T, theta: theta),
        "thresholds grow": neuron(worth=lambda t, T, theta: theta << (t - 1)),
        "thresholds lambda / 2^t": neuron(worth=lambda t, T, theta: (theta * (2**T - 1)) >> t),
        "hard reset": neuron(reset=lambda v, th: 0),
        "no negative sum": neuron(before=lambda v: max(v, 0)),
        "wraps at the top": divides(lambda n, T: n & ((1 << T) - 1)),
        "no lower clip": divides(lambda n, T: min(n, (1 << T) - 1)),
        "saturates the rest": divides(clipped, rest=lambda v, theta, n: v % theta),
        "cut to T + 1 bits": divides(lambda n, T: clipped(n, T + 1)),
    },
    3: {
        "as found": emitter(reset=lambda v, th: v % th),
        "hard reset": emitter(reset=lambda v, th: 0),
        "subtracts theta": emitter(reset=lambda v, th: v - 1),
        "subtracts half": emitter(reset=lambda v, th: v - th // 2),
        "saturates": emitter(reset=lambda v, th: min(v - th, th - 1)),
        "> for >=": emitter(fires=lambda v, th: v > th),
        "start at 0": emitter(start=lambda theta: 0),
        "no sum named": {"convicting": []},
        "all above lambda": {"convicting": [60, 70, 80, 90, 100, 110, 120]},
        "the innocent ones": {"convicting": [0, 10, 20, 30, 40, 50, 90, 120]},
        "looks at the rest only": {"convicting": [70, 80, 90, 100, 110, 120]},
    },
}

RIGHT = {
    2: {
        "a division": divides(clipped),
        "half a theta first": neuron(
            lambda f, w, b, theta, T: heard(f, w) + b + theta // 2, start=lambda theta, T: 0
        ),
    },
    3: {"in another order": {"convicting": [110, 100, 80, 70, 60]}},
}
"""Other ways to be right: the checks must accept them."""
