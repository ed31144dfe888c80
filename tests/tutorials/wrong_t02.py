"""Plausible wrong solutions of the exercises of T02: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""


def fire(currents, theta, start, compare=lambda u, theta: u >= theta, reset=None):
    """What is sent, as a charge."""
    v, sent = start, 0
    for x in currents:
        v += x
        if compare(v, theta):
            v, sent = v - theta if reset is None else reset, sent + theta
    return sent


def splitter(relu=max, clip=None, stairs=None, sent=None, order=None):
    """A solution of exercise 2 with some part replaced."""

    def split(ann, currents, theta):
        got, top = sum(currents), theta * len(currents)
        whole = relu(got, 0)
        clipped = clip(got, top) if clip else min(max(got, 0), top)
        steps = theta * min(max((got + theta // 2) // theta, 0), len(currents))
        steps = stairs(got, theta, len(currents)) if stairs else steps
        out = (sent or fire)(currents, theta, theta // 2)
        parts = (whole - relu(ann, 0), clipped - whole, steps - clipped, out - steps)
        return order(*parts) if order else parts

    return {"split": split}


def at_the_anns_input(ann, currents, theta):
    """The staircase and the clip of what the ANN has, not of what the neuron got."""
    top = theta * len(currents)
    clipped = min(max(ann, 0), top)
    steps = theta * min(max((ann + theta // 2) // theta, 0), len(currents))
    return 0, clipped - max(ann, 0), steps - clipped, fire(currents, theta, theta // 2) - steps


def repair(count, **more):
    """A solution of exercise 3."""
    return {"repaired": count, **more}


WRONG = {
    2: {
        "at the ANN's input": {"split": at_the_anns_input},
        "no ReLU": splitter(relu=lambda x, _: x),
        "no clip": splitter(clip=lambda got, top: max(got, 0)),
        "clipped at one theta": splitter(clip=lambda got, top: min(max(got, 0), 8)),
        "staircase not clipped": splitter(stairs=lambda z, theta, T: theta * ((z + theta // 2) // theta)),
        "staircase from 0": splitter(stairs=lambda z, theta, T: theta * min(max(z // theta, 0), T)),
        "ties to even": splitter(stairs=lambda z, theta, T: theta * min(max(round(z / theta), 0), T)),
        "> for >=": splitter(sent=lambda c, theta, v: fire(c, theta, v, lambda u, top: u > top)),
        "starts at 0": splitter(sent=lambda c, theta, v: fire(c, theta, 0)),
        "hard reset": splitter(sent=lambda c, theta, v: fire(c, theta, v, reset=0)),
        "inherited with the other sign": splitter(order=lambda i, c, q, u: (-i, c, q, u)),
        "sizes": splitter(order=lambda *parts: tuple(map(abs, parts))),
        "unevenness within inherited": splitter(order=lambda i, c, q, u: (i + u, c, q, 0)),
        "three parts": splitter(order=lambda i, c, q, u: (c, q, u)),
    },
    3: {
        "as found": repair(lambda count, v, theta, steps: count + int(v / theta)),
        "floor, no clip": repair(lambda count, v, theta, steps: count + v // theta),
        "clip, no floor": repair(lambda count, v, theta, steps: min(max(count + int(v / theta), 0), steps)),
        "clipped at 0 only": repair(lambda count, v, theta, steps: max(count + v // theta, 0)),
        "clipped at T only": repair(lambda count, v, theta, steps: min(count + v // theta, steps)),
        "at most one spike": repair(lambda count, v, theta, steps: min(max(
            count + (v >= theta) - (v < 0), 0), steps)),
        "rounds": repair(lambda count, v, theta, steps: min(max(count + round(v / theta), 0), steps)),
        "the other sign": repair(lambda count, v, theta, steps: min(max(count - v // theta, 0), steps)),
        "the start forgotten": repair(lambda count, v, theta, steps: min(max(
            count + (v - theta // 2) // theta, 0), steps)),
        "nothing to mend": repair(lambda count, v, theta, steps: count),
        "no witness": {"witness": []},
        "an innocent witness": {"witness": [1, 2, 3, 4]},
        "uneven, yet repaired": {"witness": [-8, -8, 16, 16]},
        "too large a witness": {"witness": [80, -80, 0, -1]},
        "five inputs": {"witness": [8, -8, 0, -1, 0]},
    },
}  # fmt: skip


def by_steps(count, v, theta, steps):
    while v < 0 and count > 0:
        v, count = v + theta, count - 1
    while v >= theta and count < steps:
        v, count = v - theta, count + 1
    return count


RIGHT = {
    2: {"a list": splitter(order=lambda *parts: list(parts))},
    3: {
        "a spike at a time": repair(by_steps),
        "the clip as a witness": {"witness": [16, 16, 16, 16]},
    },
}
"""Other ways to be right: the checks must accept them."""
