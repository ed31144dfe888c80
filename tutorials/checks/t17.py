"""Checks of the exercises of T17: each takes the learner's file, fails on the first wrong case."""

from __future__ import annotations

import numpy as np

from fixedpoint.neurons import IntIF, run_neuron
from refsnn.lessons import text_table

NAMES = ("clear", "in_valid", "in_data")
SEEN = ("row_valid", "spike", "v_post")


def signed(word, bits):
    """The number that a word stands for."""
    return word - (word >> (bits - 1) << bits)


def wires(rng, clocks):
    """Clear, then pauses and currents of both signs, now and then another clear."""
    clears = rng.integers(12, size=clocks) == 0
    columns = clears, rng.integers(3, size=clocks) > 0, rng.integers(-5, 9, clocks) % 32
    random = [tuple(map(int, row)) for row in zip(*columns, strict=True)]
    return [(1, 1, 9), *random, (0, 0, 1), (0, 0, 2)]


def due(inputs, theta, v_init):
    """What row_valid, spike and v_post are after each edge, from the model of `fixedpoint`.

    The current of a clock shows a clock later, unless clear came with it or in that clock.
    """
    seen, currents, pending = [], [], None
    spike, v = 0, v_init
    for clear, valid, data in inputs:
        row = 0
        if clear:
            currents, pending, spike, v = [], None, 0, v_init
        else:
            if pending is not None:
                currents.append(pending)
                neuron = IntIF(theta=theta, v_init=v_init)
                trace = run_neuron(neuron, currents, trace=True).trace
                row, spike, v = 1, int(trace.spike[-1]), int(trace.v[-1])
            pending = signed(data, 5) if valid else None
        seen.append((row, spike, v % 256))
    return seen


def exercise_2(work):
    """After every edge the outputs are what the model says, one clock late."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        inputs = [(1, 1, 9), (0, 1, 8), (0, 1, 31), *wires(rng, 2 + seed // 2)][: 4 + seed]
        theta, v_init = ((8, 4), (13, 6), (5, 0), (1, 1))[seed % 4]
        now, rows = dict(work.POWER_UP), []
        for clock, (given, true) in enumerate(zip(inputs, due(inputs, theta, v_init), strict=True)):
            now = work.edge(dict(now), *given, theta, v_init)
            assert isinstance(now, dict), "edge gives no registers"
            yours = tuple(now.get(name) for name in SEEN)
            rows.append((clock + 1, *given, *true, *yours))
            assert yours == true, table(rows[-8:], theta, v_init)


def table(rows, theta, v_init):
    """The last clocks, up to the first wrong one."""
    head = ("clock", *NAMES, *SEEN, *(f"yours: {name}" for name in SEEN))
    lines = text_table([dict(zip(head, row, strict=True)) for row in rows])
    return f"theta = {theta}, v_init = {v_init}\n{lines}"


def right(v, data):
    """Spike and next word."""
    u = signed(v, 6) + signed(data, 4)
    spike = int(u >= 8)
    return spike, (u - 8 * spike) % 64


def exercise_3(work):
    """The suspect is mended, and the words that convict it are named."""
    for v in sorted(range(64), key=lambda v: abs(signed(v, 6))):
        if signed(v, 6) < -20:
            continue
        for data in sorted(range(16), key=lambda d: abs(signed(d, 4))):
            true, got = right(v, data), work.suspect(v, data)
            numbers = f"{signed(v, 6)} and {signed(data, 4)}"
            said = f"v = {v}, data = {data}, that is {numbers}: spike, v = {true}, yours: {got}"
            assert tuple(got) == true, said
    guilty = []
    for data in range(16):
        u = (61 + data) % 64
        if (int(u >= 8), (u - 8 * int(u >= 8)) % 64) != right(61, data):
            guilty.append(data)
    assert sorted(work.convicting) == guilty, "convicting: some word is missing or too many"


EXERCISES = {2: exercise_2, 3: exercise_3}
