"""`LIF`: every setting, one neuron after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsnn.engines.kernels.compiled import Bound, compiled, part, spread
from refsnn.neurons import LIF
from refsnn.neurons.protocol import start_value
from refsnn.typing import Array, Shape

ACTS = ("same_step", "next_step", "at_crossing")


def bind(neuron: LIF, shape: Shape, dtype: Any) -> Bound:
    """All numbers of a neuron as one row of a table."""
    number = np.dtype(dtype)
    leak = neuron.leak
    floor = -np.inf if neuron.v_min is None else start_value(neuron.theta, neuron.v_min, number)
    values = (
        neuron.theta, neuron.v_reset, floor,
        leak.retained, leak.gain, leak.drift, leak.level, leak.r,
    )  # fmt: skip
    table = np.stack([spread(value, shape, number) for value in values], axis=1)
    choices = (neuron.compare == "ge", neuron.reset == "subtract", bool(neuron.delay))
    return Bound(fire, (table, *choices, ACTS.index(neuron.reset_acts), neuron.most))


@part
def fires(u: Any, theta: Any, equal: bool, most: int) -> Any:
    """Spikes of a membrane."""
    if most > 1:
        return np.int8(min(max(np.floor(u / theta), 0), most))
    return np.int8((u > theta) | (equal & (u == theta)))


@part
def reset(u: Any, spikes: int, own: Array, soft: bool) -> Any:
    """Subtract what was sent, or start from a value."""
    if soft:
        return u - own[0] * spikes
    return own[1] if spikes > 0 else u


@part
def crossed(v: Any, current: Any, own: Array) -> Any:
    """`refsnn.neurons.leak.Leak.after_crossing`."""
    theta, target, retained = own[0], own[1], own[3]
    aim = own[6] + own[7] * current
    room = aim - v
    one = theta / theta
    share = one if room == 0 else (aim - theta) / room
    before = min(max(share, retained), one)
    return aim + (target - aim) * (retained / before)


@compiled("r3 i i s3 f2 s2 r2 b b b i i")
def fire(
    currents: Array,
    frames: int,
    lo: int,
    spikes: Array,
    v: Array,
    last: Array,
    table: Array,
    equal: bool,
    soft: bool,
    late: bool,
    acts: int,
    most: int,
) -> None:
    """All steps of the rows from lo on."""
    for b in range(currents.shape[1]):
        for j in range(currents.shape[2]):
            own, before, held = table[j], v[lo + b, j], last[lo + b, j]
            for t in range(frames):
                current = currents[min(t, len(currents) - 1), b, j]
                u = own[3] * before + own[4] * current + own[5]
                u = reset(u, held, own, soft) if acts == 1 else u
                sent = fires(u, own[0], equal, most)
                spikes[t, lo + b, j] = held if late else sent
                if acts == 2 and sent > 0:
                    u = crossed(before, current, own)
                elif acts == 0:
                    u = reset(u, sent, own, soft)
                before = own[2] if acts != 2 and u < own[2] else u
                held = sent
            v[lo + b, j], last[lo + b, j] = before, held
