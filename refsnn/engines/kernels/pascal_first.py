"""`PascalFirst`: absorb, then send the level, all spikes first."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsnn.engines.kernels.compiled import CHUNK, Bound, compiled, part, spread
from refsnn.neurons import PascalFirst
from refsnn.neurons.pascal import TOLERANCE
from refsnn.typing import Array, Shape


def bind(neuron: PascalFirst, shape: Shape, dtype: Any) -> Bound:
    """As released: the level is computed with divisions, then drained with a tolerance."""
    theta = spread(neuron.theta, shape, dtype)
    clip_at = neuron.theta * neuron.t_out if neuron.clip_at is None else neuron.clip_at
    number = np.dtype(dtype).type
    released = (spread(clip_at, shape, dtype), number(neuron.t_out), number(0.5))
    return Bound(fire, (theta, *released, number(-TOLERANCE), neuron.as_released))


@part
def add(current: Array, v: Array) -> None:
    """One frame."""
    for j in range(len(v)):
        v[j] += current[j]


@part
def quantise(v: Array, lam: Array, levels: float, half: float) -> None:
    """The activation, in the order of operations of the authors' code."""
    for j in range(len(v)):
        share = v[j] / lam[j]
        share = min(max(share, half - half), half + half)
        v[j] = np.floor(share * levels + half) / levels * lam[j]


@part
def emit(v: Array, theta: Array, spikes: Array, slack: float, released: bool) -> None:
    """One spike, or none."""
    for j in range(len(v)):
        left = v[j] - theta[j]
        fired = left >= slack if released else v[j] >= theta[j]
        spikes[j] = fired
        v[j] = left if fired else v[j]


@compiled("r3 i i s3 f2 r1 r1 f f f b")
def fire(
    currents: Array,
    frames: int,
    lo: int,
    spikes: Array,
    v: Array,
    theta: Array,
    lam: Array,
    levels: float,
    half: float,
    slack: float,
    released: bool,
) -> None:
    """All steps of the rows from lo on."""
    rows, size = currents.shape[1], currents.shape[2]
    for b in range(rows):
        for a in range(0, size, CHUNK):
            z = min(size, a + CHUNK)
            for t in range(frames):
                add(currents[min(t, len(currents) - 1), b, a:z], v[lo + b, a:z])
            if released:
                quantise(v[lo + b, a:z], lam[a:z], levels, half)
            for t in range(len(spikes)):
                emit(v[lo + b, a:z], theta[a:z], spikes[t, lo + b, a:z], slack, released)
