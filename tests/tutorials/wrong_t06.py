"""Plausible wrong solutions of the exercises of T06: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""


def plane_sum(spikes, weights):
    return sum(w for w, s in zip(weights, spikes, strict=True) if s)


def horner(acc, p, t, steps):
    return 2 * acc + p


def shifted_weights(acc, p, t, steps):
    return acc + (p << t)


def accumulator(msb=horner, lsb=shifted_weights, plane=plane_sum, start=0):
    """A solution of exercise 2 with some part replaced: rules of (acc, p, t from 0, steps)."""

    def accumulate(frames, weights, order):
        acc, sums = start, []
        for t, spikes in enumerate(frames):
            p = plane(spikes, weights)
            acc = (msb if order == "msb" else lsb)(acc, p, t, len(frames))
            sums.append(acc)
        return sums

    return {"accumulate": accumulate}


def sending(worth, rule=lambda acc, p: 2 * acc + p):
    """A solution of exercise 3 with some part replaced: ``worth(t, T)``."""

    def layer(levels, weights, T=4):
        acc = 0
        for t in range(1, T + 1):
            p = sum(w * ((n // worth(t, T)) % 2) for n, w in zip(levels, weights, strict=True))
            acc = rule(acc, p)
        return acc

    return {"layer": layer}


def reverses_the_frames(frames, weights, order):
    """All sums are those of the other order: right at the end, not on the way."""
    frames = frames if order == "msb" else frames[::-1]
    return accumulator()["accumulate"](frames, weights, "msb")


def sums_only(frames, weights, order):
    return accumulator()["accumulate"](frames, weights, order)[-1:]


def multiplies_by_t(acc, p, t, steps):
    return acc + p * (t + 1)


WRONG = {
    2: {
        "always msb": accumulator(lsb=horner),
        "always lsb": accumulator(msb=shifted_weights),
        "orders swapped": accumulator(msb=shifted_weights, lsb=horner),
        "adds, then doubles": accumulator(msb=lambda acc, p, t, n: 2 * (acc + p)),
        "never doubles": accumulator(msb=lambda acc, p, t, n: acc + p),
        "stops at zero": accumulator(msb=lambda acc, p, t, n: max(2 * acc + p, 0)),
        "shifts the weights of msb": accumulator(msb=lambda a, p, t, n: a + (p << (n - 1 - t))),
        "weights by t": accumulator(lsb=multiplies_by_t),
        "one shift too many": accumulator(lsb=lambda acc, p, t, n: acc + (p << (t + 1))),
        "buffers and reverses": {"accumulate": reverses_the_frames},
        "the last sum only": {"accumulate": sums_only},
        "forgets the weights": accumulator(plane=lambda s, w: sum(s)),
        "sizes of weights": accumulator(
            plane=lambda s, w: sum(abs(plane_sum(*x)) for x in [(s, w)])
        ),
        "silence counts against": accumulator(
            plane=lambda s, w: sum(b if a else -b for a, b in zip(s, w, strict=True))
        ),
    },
    3: {
        "as found": sending(lambda t, T: 2 ** (t - 1)),
        "for four bits only": sending(lambda t, T: 2 ** (4 - t) if t <= 4 else 1),
        "powers begin at 2": sending(lambda t, T: 2 ** (T - t + 1)),
        "powers end at 1/2": sending(lambda t, T: 2 ** max(T - t - 1, 0)),
        "worth t": sending(lambda t, T: T - t + 1),
        "doubles the other way": sending(lambda t, T: 2 ** (T - t), lambda acc, p: 2 * (acc + p)),
        "no level named": {"convicting": []},
        "all levels": {"convicting": list(range(16))},
        "the innocent ones": {"convicting": [0, 6, 9, 15]},
        "the tested ones spared only": {"convicting": [n for n in range(16) if n not in (0, 15)]},
        "odd ones": {"convicting": list(range(1, 16, 2))},
    },
}


def products(frames, weights, order):
    """The levels so far, times the weights."""
    sums = []
    for t in range(1, len(frames) + 1):
        levels = [
            int("".join(map(str, bits[:: 1 if order == "msb" else -1])), 2)
            for bits in zip(*frames[:t], strict=True)
        ]
        sums.append(sum(w * n for w, n in zip(weights, levels, strict=True)))
    return sums


RIGHT = {
    2: {"levels so far": {"accumulate": products}},
    3: {
        "in another order": {"convicting": [14, 13, 12, 11, 10, 8, 7, 5, 4, 3, 2, 1]},
        "a shift": sending(lambda t, T: 1 << (T - t)),
    },
}
"""Other ways to be right: the checks must accept them."""
