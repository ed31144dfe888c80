"""Checks of the exercises of T15: each takes the learner's file, fails on the first wrong case."""

from __future__ import annotations

from math import floor, log2

import numpy as np

from fixedpoint import Format
from fixedpoint.neurons import IntIF
from fixedpoint.program import Layer, Program, Tap
from fixedpoint.synapses import Dense
from fixedpoint.widths import prove

CASES = [
    ([1], 0, (0, 1), 4, 2, 1),
    ([-1], 0, (0, 1), 4, 2, 1),
    ([3], -5, (0, 1), 4, 2, 2),
    ([3], 5, (0, 1), 4, 0, 3),
    ([-1], 0, (0, 1), 40, 20, 1),
    ([2, -3], 1, (-4, 3), 8, -3, 2),
    ([2, -3], -1, (0, 7), 8, 4, 5),
    ([1, -1, 4], 2, (-2, 1), 16, 8, 6),
]
NAMES = ("least", "most", "deepest", "highest")


def proven(W, b, span, Theta, v0, T):
    """What the library proves of one such neuron."""
    width = (span[1] - span[0] + 1).bit_length() - 1
    fmt, nothing = Format(span[0] < 0, width), np.zeros((), np.int64)
    neuron = IntIF(theta=Theta, v_init=v0)
    layers = (
        Layer("one", (Tap("input", (Dense(np.array([W])),)),), np.array(b), neuron, False),
        Layer("out", (Tap("one", (Dense(np.ones((1, 1), np.int64)),)),), nothing, None, False),
    )
    widths = prove(Program(fmt, (len(W),), T, layers))["one"]
    return *widths.accumulator, *widths.membrane


def drawn():
    """Random neurons."""
    rng = np.random.default_rng(20250915)
    for _ in range(200):
        W = rng.integers(-9, 10, rng.integers(1, 6)).tolist()
        width, signed = int(rng.integers(1, 5)), bool(rng.integers(2))
        low = -(2 ** (width - 1)) if signed else 0
        Theta, v0 = int(2 ** rng.integers(0, 6)), int(rng.integers(-9, 20))
        yield (
            W,
            int(rng.integers(-9, 10)),
            (low, low + 2**width - 1),
            Theta,
            v0,
            int(rng.integers(1, 7)),
        )


def exercise_2(work):
    """The same ranges as the library proves."""
    for W, b, span, Theta, v0, T in [*CASES, *drawn()]:
        true = proven(W, b, span, Theta, v0, T)
        got = work.ranges(list(W), b, *span, Theta, v0, T)
        for name, right, mine in zip(NAMES, true, got, strict=True):
            case = f"W = {W}, b = {b}, inputs {span[0]} ... {span[1]}, "
            case += f"Theta = {Theta}, v0 = {v0}, T = {T}"
            assert right == mine, f"{case}\n{name}: {right}, yours: {mine}"


def scaled(rows, biases, theta, bits):
    """Every channel in its own steps."""
    channels = []
    for row, bias in zip(rows, biases, strict=True):
        Theta = 2 ** floor(log2((2 ** (bits - 1) - 1) * theta / max(map(abs, row))))
        W = np.round(np.multiply(row, Theta) / theta).astype(int).tolist()
        channels.append((Theta, W, round(bias * Theta / theta)))
    return channels


def exercise_3(work):
    """The suspect is mended, and the layers that convict it are named."""
    rng = np.random.default_rng(20250915)
    layers = [*work.LAYERS.values()]
    for _ in range(100):
        n = int(rng.integers(1, 4))
        reach = rng.integers(2, 90, n)
        rows = [[int(rng.integers(-r, r)), int(r)] for r in reach]
        layers.append((rows, rng.integers(-60, 60, n).tolist()))
    for rows, biases in layers:
        for bits in (4, 8):
            true, got = scaled(rows, biases, 100, bits), work.suspect(rows, biases, 100, bits)
            for channel, (right, mine) in enumerate(zip(true, got, strict=True)):
                said = f"rows {rows}, biases {biases}, theta 100, {bits} bits, channel {channel}"
                assert right == tuple(mine), (
                    f"{said}\n(Theta, W, b) = {right}, yours: {tuple(mine)}"
                )
    assert sorted(work.convicting) == ["small", "unlike"], (
        "convicting: a layer is missing or too many"
    )


EXERCISES = {2: exercise_2, 3: exercise_3}
