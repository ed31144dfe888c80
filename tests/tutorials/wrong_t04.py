"""Plausible wrong solutions of the exercises of T04: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""

import numpy as np


def folding(
    std=lambda var, eps: np.sqrt(var + eps),
    rows=lambda scale, weight: scale.reshape(-1, *[1] * (weight.ndim - 1)),
    shift=lambda bias, gamma, beta, mean, scale: beta + (bias - mean) * scale,
):
    """A solution of exercise 2 with some part replaced."""

    def fold(weight, bias, gamma, beta, mean, var, eps):
        scale = gamma / std(var, eps)
        return weight * rows(scale, weight), shift(bias, gamma, beta, mean, scale)

    return {"fold": fold}


def in_place(weight, bias, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    weight *= scale.reshape(-1, *[1] * (weight.ndim - 1))
    return weight, beta + (bias - mean) * scale


def net(
    drive=lambda w, x, b: w @ x + b,
    fires=lambda u, theta: u >= theta,
    reset=lambda u, s, theta: u - theta * s,
    start=lambda theta: theta // 2,
    worth=lambda theta: theta,
    total=lambda currents, out_bias, steps: (currents.sum(0) + steps * out_bias) / steps,
):
    """A solution of exercise 3 with some part replaced."""

    def spiking(x, weight, bias, out_weight, out_bias, theta, steps):
        z = drive(np.array(weight), np.array(x), np.array(bias))
        v, currents = np.full(len(z), start(theta)), []
        for _ in range(steps):
            u = v + z
            s = fires(u, theta).astype(int)
            v = reset(u, s, theta)
            currents.append(worth(theta) * np.array(out_weight) @ s)
        return total(np.array(currents), np.array(out_bias), steps).tolist()

    return {"spiking": spiking}


WRONG = {
    2: {
        "variance for its root": folding(std=lambda var, eps: var + eps),
        "no eps": folding(std=lambda var, eps: np.sqrt(var)),
        "eps after the root": folding(std=lambda var, eps: np.sqrt(var) + eps),
        "columns for rows": folding(rows=lambda scale, weight: scale),
        "bias of the layer forgotten": folding(shift=lambda b, g, beta, m, s: beta - m * s),
        "bias of the layer not scaled": folding(shift=lambda b, g, beta, m, s: beta + b - m * s),
        "mean not scaled": folding(shift=lambda b, g, beta, m, s: beta + b * s - m),
        "mean forgotten": folding(shift=lambda b, g, beta, m, s: beta + b * s),
        "mean added": folding(shift=lambda b, g, beta, m, s: beta + (b + m) * s),
        "beta scaled too": folding(shift=lambda b, g, beta, m, s: (beta + b - m) * s),
        "beta forgotten": folding(shift=lambda b, g, beta, m, s: (b - m) * s),
        "gamma in the bias only once divided": folding(shift=lambda b, g, beta, m, s: beta + (b - m) * g),
        "what came in is changed": {"fold": in_place},
    },
    3: {
        "as found": net(total=lambda c, b, T: (c.sum(0) + b) / T),
        "no output bias": net(total=lambda c, b, T: c.sum(0) / T),
        "bias after the mean, T times": net(total=lambda c, b, T: c.sum(0) / T + T * b),
        "bias in one step fewer": net(total=lambda c, b, T: (c.sum(0) + (T - 1) * b) / T),
        "sums for means": net(total=lambda c, b, T: c.sum(0) + T * b),
        "the last step only": net(total=lambda c, b, T: c[-1] + b),
        "no hidden bias": net(drive=lambda w, x, b: w @ x),
        "a spike is worth one": net(worth=lambda theta: 1),
        "> for >=": net(fires=lambda u, theta: u > theta),
        "hard reset": net(reset=lambda u, s, theta: u * (1 - s)),
        "starts at 0": net(start=lambda theta: 0),
        "no T named": {"convicting": []},
        "every T": {"convicting": list(range(1, 9))},
        "all but the first": {"convicting": list(range(2, 9))},
        "the even ones": {"convicting": [2, 4, 6, 8]},
    },
}  # fmt: skip


def transposed(weight, bias, gamma, beta, mean, var, eps):
    scale = gamma * (var + eps) ** -0.5
    return (weight.T * scale).T, beta - scale * (mean - bias)


RIGHT = {
    2: {"through the transpose": {"fold": transposed}},
    3: {
        "bias after the mean": net(total=lambda c, b, T: c.mean(0) + b),
        "in another order": {"convicting": [8, 7, 5, 4, 3]},
    },
}
"""Other ways to be right: the checks must accept them."""
