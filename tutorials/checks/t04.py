"""Checks of the exercises of T04: each takes the learner's file and fails on the first wrong case.

The smallest layers and the images nearest to zero come first.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from refsnn.lessons import text_table
from refsnn.neurons import IF, respond

NETWORK = ([[1, 2], [2, -1], [-1, 1]], [1, 0, 3], [[1, 0, 1], [0, 2, -1]], [0, 5])
IMAGES = sorted(product(range(-1, 5), repeat=2), key=lambda image: sum(map(abs, image)))


def layers():
    """Small layers first; three outputs and three inputs, so that a wrong axis goes unnoticed."""
    zero, one = np.zeros(1), np.ones(1)
    yield np.array([[3.0]]), zero, 2 * one, zero, zero, 4 * one, 0.0
    yield np.array([[3.0]]), 7 * one, 6 * one, -5 * one, 2 * one, 4 * one, 0.0
    yield np.array([[3.0]]), 7 * one, 6 * one, -5 * one, 2 * one, 3.75 * one, 0.25
    for seed, shape in enumerate(((3, 3), (3, 3, 3, 3))):
        rng = np.random.default_rng(seed)
        weight, var = rng.normal(size=shape), rng.uniform(0.5, 3, 3)
        yield weight, *rng.normal(size=(4, 3)), var, 0.5


def true_fold(weight, bias, gamma, beta, mean, var, eps):
    """Output by output."""
    std = [float(v + eps) ** 0.5 for v in var]
    folded = np.stack([w * (g / s) for w, g, s in zip(weight, gamma, std, strict=True)])
    shift = [
        b + (c - m) * g / s for b, c, m, g, s in zip(beta, bias, mean, gamma, std, strict=True)
    ]
    return folded, np.array(shift)


def exercise_2(work):
    """Weights and bias, and nothing overwritten; floats may be rounded."""
    names = ("weight", "bias", "gamma", "beta", "mean", "var", "eps")
    for layer in layers():
        kept = [np.array(value) for value in layer]
        got, true = work.fold(*layer), true_fold(*layer)
        case = "\n".join(
            f"{n} = {v}" for n, v in zip(names, kept, strict=True) if kept[0].size < 10
        )
        case = case or f"weights of shape {kept[0].shape}"
        for name, mine, right in zip(("weight", "bias"), got, true, strict=True):
            fits = np.shape(mine) == right.shape and np.allclose(mine, right, rtol=1e-9, atol=1e-12)
            assert fits, (
                f"{case}\nfolded {name}: {right.tolist()}\nyours: {np.asarray(mine).tolist()}"
            )
        same = all(np.array_equal(a, b) for a, b in zip(kept, layer, strict=True))
        assert same, f"{case}\nfold changed what came in"


def true_means(image, weight, bias, out_weight, out_bias, theta, steps):
    """Mean output currents, by the library's neuron; what it sent is returned too."""
    z = np.array(weight) @ image + bias
    neuron = IF(theta=theta, v_init=0.0)
    state = neuron.init(z.shape, z.dtype, bias=np.asarray(theta // 2))
    spikes = respond(neuron, np.broadcast_to(z, (steps, len(z))), state=state).spikes
    currents = theta * spikes @ np.array(out_weight).T + out_bias
    return currents.mean(axis=0), spikes, currents


def exercise_3(work):
    """The network is mended, its means perhaps rounded; the T at which it was wrong are named."""
    others = ([[2, 0], [0, 3]], [-1, 2], [[1, -1], [1, 1]], [3, -4])
    for steps, network, theta in product((1, 2, 3, 5, 8), (NETWORK, others), (8, 5)):
        for image in IMAGES:
            true, spikes, currents = true_means(image, *network, theta, steps)
            got = np.asarray(work.spiking(list(image), *network, theta, steps), np.float64)
            right = got.shape == true.shape and np.allclose(got, true, rtol=1e-9)
            assert right, shown(image, network, theta, spikes, currents, got)
    guilty = [
        steps for steps in range(1, 9) if _class(steps, once=True) != _class(steps, once=False)
    ]
    assert sorted(work.convicting) == guilty, "convicting: some T is missing or too many"


def shown(image, network, theta, spikes, currents, got):
    """What the output gets, step by step."""
    rows = [
        {"t": t, "hidden spikes": s.tolist(), "output currents": c.tolist()}
        for t, (s, c) in enumerate(zip(spikes, currents, strict=True), 1)
    ]
    means = f"means {currents.mean(axis=0).tolist()}, yours {got.tolist()}"
    return f"image {list(image)}, theta {theta}, network {network}\n{text_table(rows)}\n{means}"


def _class(steps, *, once):
    """What [3, 2] is taken for; ``once``: by the suspect, with the output bias in one step only."""
    means, out_bias = true_means((3, 2), *NETWORK, 8, steps)[0], np.array(NETWORK[3])
    return int(np.argmax(means - out_bias * (1 - 1 / steps) if once else means))


EXERCISES = {2: exercise_2, 3: exercise_3}
