"""`IF` and `ShiftedIF`: one comparison and one reset a step."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsnn.engines.kernels.compiled import CHUNK, Bound, compiled, part, spread
from refsnn.neurons import IF, ShiftedIF
from refsnn.typing import Array, Shape


def bind(neuron: IF, shape: Shape, dtype: Any) -> Bound:
    """As released the membrane is in multiples of theta: currents are divided first."""
    theta = np.ones_like(neuron.theta) if neuron.as_released else neuron.theta
    settings = (spread(theta, shape, dtype), neuron.compare == "ge", neuron.reset == "zero")
    if type(neuron) is IF and not neuron.as_released:
        return Bound(fire, settings)
    shift = neuron.shift(dtype) if isinstance(neuron, ShiftedIF) else -0.0
    added, unit = spread(shift, shape, dtype), spread(neuron.theta, shape, dtype)

    def before(current: Array) -> Array:
        shifted = current + added
        return shifted / unit if neuron.as_released else shifted

    return Bound(fire, settings, before)


@part
def step(current: Array, v: Array, theta: Array, spikes: Array, equal: bool, hard: bool) -> None:
    """Integrate, fire, reset."""
    for j in range(len(v)):
        u = v[j] + current[j]
        fired = (u > theta[j]) | (equal & (u == theta[j]))
        spikes[j] = fired
        left = theta[j] - theta[j] if hard else u - theta[j]
        v[j] = left if fired else u


@compiled("r3 i i s3 f2 r1 b b")
def fire(
    currents: Array,
    frames: int,
    lo: int,
    spikes: Array,
    v: Array,
    theta: Array,
    equal: bool,
    hard: bool,
) -> None:
    """All steps of the rows from lo on."""
    rows, size = currents.shape[1], currents.shape[2]
    for b in range(rows):
        for a in range(0, size, CHUNK):
            z = min(size, a + CHUNK)
            for t in range(frames):
                current = currents[min(t, len(currents) - 1), b, a:z]
                step(current, v[lo + b, a:z], theta[a:z], spikes[t, lo + b, a:z], equal, hard)
