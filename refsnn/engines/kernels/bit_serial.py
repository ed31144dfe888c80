"""`BitSerial`: accumulate, then one comparison a bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsnn.engines.kernels.compiled import CHUNK, Bound, compiled, part, spread
from refsnn.neurons import BitSerial
from refsnn.typing import Array, Shape


def bind(neuron: BitSerial, shape: Shape, dtype: Any) -> Bound:
    """Thresholds of the bits that are sent, the largest first."""
    weights = tuple(neuron.weight(t) for t in range(1, neuron.t_out - neuron.drop + 1))
    factors = np.array(weights, dtype)
    return Bound(fire, (spread(neuron.theta, shape, dtype), factors), None, weights)


@part
def add(current: Array, v: Array) -> None:
    """One frame."""
    for j in range(len(v)):
        v[j] += current[j]


@part
def emit(v: Array, theta: Array, factor: float, spikes: Array) -> None:
    """One bit; the factor is a power of two, so the product is exact."""
    for j in range(len(v)):
        threshold = theta[j] * factor
        fired = v[j] >= threshold
        spikes[j] = fired
        v[j] = v[j] - threshold if fired else v[j]


@compiled("r3 i i s3 f2 r1 r1")
def fire(
    currents: Array,
    frames: int,
    lo: int,
    spikes: Array,
    v: Array,
    theta: Array,
    factors: Array,
) -> None:
    """All steps of the rows from lo on."""
    rows, size = currents.shape[1], currents.shape[2]
    for b in range(rows):
        for a in range(0, size, CHUNK):
            z = min(size, a + CHUNK)
            for t in range(frames):
                add(currents[min(t, len(currents) - 1), b, a:z], v[lo + b, a:z])
            for t in range(len(spikes)):
                emit(v[lo + b, a:z], theta[a:z], factors[t], spikes[t, lo + b, a:z])
