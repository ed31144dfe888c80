"""Plausible wrong solutions of the exercises of T10: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""


def train(build):
    """A solution of exercise 2: ``build(t_in, t_out, theta)``."""
    return {"worst_train": build}


def owed(t_in, t_out, theta):
    """All the charge in the last step."""
    return [0] * (t_in - 1) + [theta * t_out]


def taken(t_in, t_out, theta):
    """A spike in every step but the last, which takes all away."""
    return [theta] * (t_in - 1) + [-theta * (t_in - 1)]


def neuron(relax, fire=lambda u, theta: u >= theta, steps=lambda t_in, t_out: max(t_in, t_out) - 1,
           start=0.5, emit=lambda c, t_out: min(max(c, 0), t_out)):  # fmt: skip
    """A solution of exercise 3 with some part replaced: ``relax(v, theta, c)`` gives s."""

    def suspect(currents, theta, t_out):
        v, c = theta * start, 0
        for x in currents:
            u = v + x
            s = int(fire(u, theta))
            v, c = u - theta * s, c + s
        for _ in range(steps(len(currents), t_out)):
            s = relax(v, theta, c)
            v, c = v - theta * s, c + s
        return emit(c, t_out)

    return {"suspect": suspect}


def right(v, theta, c):
    return int(v >= theta) - int(v < 0)


WRONG = {
    2: {
        "never takes away": train(owed),
        "never owes": train(taken),
        "the other way round": train(lambda i, o, q: (taken if o >= i else owed)(i, o, q)),
        "all the charge first": train(lambda i, o, q: [q * o] + [0] * (i - 1)),
        "evenly spread": train(lambda i, o, q: [q] * i),
        "one spike short": train(
            lambda i, o, q: [0] * (i - 1) + [q * (o - 1)] if o >= i else taken(i, o, q)
        ),
        "takes too little away": train(
            lambda i, o, q: owed(i, o, q) if o >= i else [q] * (i - 1) + [-q * (i - 2)]
        ),
        "a step too long": train(
            lambda i, o, q: owed(i + 1, o, q) if o >= i else taken(i + 1, o, q)
        ),
        "made for theta = 2": train(lambda i, o, q: (owed if o >= i else taken)(i, o, 2)),
        "half a threshold": train(
            lambda i, o, q: owed(i, o, q) if o >= i else [q // 2] * (i - 1) + [-q * (i - 1)]
        ),
        "halves": train(lambda i, o, q: [x / 1 for x in (owed if o >= i else taken)(i, o, q)]),
    },
    3: {
        "as found": neuron(lambda v, theta, c: int(v >= theta) - int(v <= 0)),
        "no inhibitory spike": neuron(lambda v, theta, c: int(v >= theta)),
        "> for >= in the relaxation": neuron(lambda v, theta, c: int(v > theta) - int(v < 0)),
        "> for >= throughout": neuron(
            lambda v, theta, c: int(v > theta) - int(v < 0), fire=lambda u, theta: u > theta
        ),
        "negative threshold": neuron(lambda v, theta, c: int(v >= theta) - int(v < -theta)),
        "inhibits only": neuron(lambda v, theta, c: -int(v < 0)),
        "one step fewer": neuron(right, steps=lambda i, o: max(i, o) - 2),
        "as many steps as come in": neuron(right, steps=lambda i, o: i - 1),
        "as many steps as go out": neuron(right, steps=lambda i, o: o - 1),
        "starts at 0": neuron(right, start=0),
        "does not clip above": neuron(right, emit=lambda c, t_out: max(c, 0)),
        "does not clip below": neuron(right, emit=lambda c, t_out: min(c, t_out)),
        "no input named": {"convicting": []},
        "all ties": {"convicting": [-4, 4, 12, 20, 28, 36]},
        "ties that emit": {"convicting": [4, 12, 20, 28]},
        "the innocent ties": {"convicting": [12, 28]},
    },
}

RIGHT = {
    2: {
        "more than enough": train(
            lambda i, o, q: (
                [-9] * (i - 1) + [9 * i + 9 * q * o] if o >= i else [5 * q] * (i - 1) + [-9 * q * i]
            )
        ),
        "takes away when it can do both": train(
            lambda i, o, q: (owed if o > i else taken)(i, o, q)
        ),
    },
    3: {
        "in another order": {"convicting": [20, 4]},
        "cannot fall below 0": neuron(lambda v, t, c: int(v >= t) - int(v < 0 and c > 0)),
        "longer than needed": neuron(right, steps=lambda i, o: i + o + 5),
        "closed form": {"suspect": lambda x, q, o: min(max((sum(x) + q // 2) // q, 0), o)},
    },
}
"""Other ways to be right: the checks must accept them."""
