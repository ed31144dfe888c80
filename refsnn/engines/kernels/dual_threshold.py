"""`DualThreshold`: spikes of both signs, and a memory of what was sent."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsnn.engines.kernels.compiled import CHUNK, Bound, compiled, part, spread
from refsnn.neurons import DualThreshold
from refsnn.typing import Array, Shape

ENDLESS = np.iinfo(np.int64)


def bind(neuron: DualThreshold, shape: Shape, dtype: Any) -> Bound:
    """A neuron without inhibitory spikes has its negative threshold at minus infinity."""
    never = neuron.theta_negative is None
    level = np.inf if never else neuron.level(np.dtype(dtype))
    settings = (
        spread(neuron.theta, shape, dtype),
        spread(-np.asarray(level, dtype), shape, dtype),
        not neuron.strict_positive,
        not (neuron.strict_negative or never),
        1 if neuron.memory else ENDLESS.min,
        ENDLESS.max if neuron.cap is None else neuron.cap,
    )
    return Bound(fire, settings)


@part
def add(frame: Array, total: Array) -> None:
    """One frame."""
    for j in range(len(total)):
        total[j] += frame[j]


@part
def excite(v: Array, count: Array, theta: Array, net: Array, equal: bool, cap: int) -> None:
    """At the threshold, below the cap."""
    for j in range(len(v)):
        fired = (v[j] > theta[j]) | (equal & (v[j] == theta[j]))
        net[j] = fired & (count[j] < cap)


@part
def inhibit(v: Array, count: Array, below: Array, net: Array, equal: bool, least: int) -> None:
    """At the negative threshold, with a spike to take back."""
    for j in range(len(v)):
        fired = (v[j] < below[j]) | (equal & (v[j] == below[j]))
        net[j] -= fired & (count[j] >= least)


@part
def reset(v: Array, theta: Array, net: Array) -> None:
    """Subtract what was sent."""
    for j in range(len(v)):
        v[j] -= theta[j] * net[j]


@compiled("r3 i i s3 f2 n2 r1 r1 b b i i")
def fire(
    currents: Array,
    frames: int,
    lo: int,
    spikes: Array,
    v: Array,
    count: Array,
    theta: Array,
    below: Array,
    equal: bool,
    equal_below: bool,
    least: int,
    cap: int,
) -> None:
    """All steps of the rows from lo on."""
    rows, size = currents.shape[1], currents.shape[2]
    for b in range(rows):
        for a in range(0, size, CHUNK):
            z = min(size, a + CHUNK)
            potential, counter = v[lo + b, a:z], count[lo + b, a:z]
            for t in range(frames):
                add(currents[min(t, len(currents) - 1), b, a:z], potential)
                sent = spikes[t, lo + b, a:z]
                excite(potential, counter, theta[a:z], sent, equal, cap)
                inhibit(potential, counter, below[a:z], sent, equal_below, least)
                reset(potential, theta[a:z], sent)
                add(sent, counter)
