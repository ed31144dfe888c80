"""Checks of the exercises of T07: each takes the learner's file and fails on the first wrong case.

Short trains of few inputs come first, so the first counter-example is one of the smallest.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from refsnn.codings.bits import BitTrain, horner
from refsnn.lessons import played, text_table
from refsnn.neurons import BitSerial, respond


def cases():
    """Bit planes (frames, inputs), weights, bias, theta, T: all small ones, then random ones."""
    for theta, bits, weight, bias in product((1, 2, 3, 8), (1, 2, 3), (-5, 3, 9), (0, 7)):
        for planes in product((0, 1), repeat=2):
            yield np.array(planes)[:, None], (weight,), bias, theta, bits
    rng = np.random.default_rng(20250502)
    for _ in range(200):
        frames, inputs, bits = (int(n) for n in rng.integers(1, 6, 3))
        weights = tuple(rng.integers(-30, 40, inputs).tolist())
        bias, theta = int(rng.integers(-50, 50)), int(rng.integers(1, 30))
        yield rng.integers(0, 2, (frames, inputs)), weights, bias, theta, bits


def true_neuron(planes, weights, bias, theta, bits):
    """Bits and membrane of the library's accumulator and neuron."""
    charge = horner(BitTrain(planes[:, None, :]), lambda frame: frame @ np.array(weights))[-1]
    done = respond(BitSerial(theta=theta, t_out=bits), charge[None], bias=np.asarray(bias))
    return done.spikes[:, 0].tolist(), int(done.state.v[0])


def exercise_2(work):
    """The bits and the rest of `refsnn.neurons.BitSerial` after `refsnn.codings.bits.horner`."""
    for planes, weights, bias, theta, bits in cases():
        true = true_neuron(planes, weights, bias, theta, bits)
        sent, left = work.neuron(planes.tolist(), list(weights), bias, theta, bits)
        said = table(planes, weights, bias, theta, true, (list(sent), left))
        assert (list(sent), left) == true, said


def table(planes, weights, bias, theta, true, yours):
    """A counter-example: what came in, then every bit that goes out."""
    lines = [f"weights {list(weights)}, bias {bias}, theta {theta}"]
    lines += [f"frame {t} in: {plane}" for t, plane in enumerate(planes.tolist(), 1)]
    mine = [*yours[0], *[None] * len(true[0])]
    rows = [{"t": t + 1, "spike": s, "yours": mine[t]} for t, s in enumerate(true[0])]
    return "\n".join([*lines, text_table(rows), f"left: {true[1]}, yours: {yours[1]}"])


def exercise_3(work):
    """The suspect is mended, and the sums that convict it are named."""
    for theta, bits in ((1, 1), (8, 3), (5, 4)):
        for z in range(-3 * theta, theta * (3 << bits)):
            true = true_neuron(np.ones((1, 1), np.int64), (z,), 0, theta, bits)
            yours = work.suspect(z, theta, bits)
            assert (list(yours[0]), yours[1]) == true, (
                f"z = {z}, theta = {theta}, T = {bits}\n"
                f"{played(BitSerial(theta=theta, t_out=bits), [z])}\n"
                f"(bits, left) {true}, yours: {yours}"
            )
    guilty = [z for z in range(0, 121, 10) if wrapped(z) != min((z + 4) // 8, 7)]
    assert sorted(work.convicting) == guilty, "convicting: some sum is missing or too many"


def wrapped(z):
    """The level of the suspect as it was found: remainders do not know how much was above."""
    v, level = z + 4, 0
    for threshold in (32, 16, 8):
        if v >= threshold:
            v, level = v % threshold, level + threshold // 8
    return level


EXERCISES = {2: exercise_2, 3: exercise_3}
