"""`Pascal`: integrate, relax, emit."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsnn.engines.kernels.compiled import CHUNK, Bound, compiled, part, spread
from refsnn.neurons import Pascal
from refsnn.neurons.pascal import TOLERANCE
from refsnn.typing import Array, Shape


def bind(neuron: Pascal, shape: Shape, dtype: Any) -> Bound:
    """As released the count is a float, in multiples of theta."""
    theta = spread(neuron.theta, shape, dtype)
    if neuron.as_released:
        return Bound(fire_released, (theta, np.dtype(dtype).type(-TOLERANCE)))
    return Bound(fire, (theta,))


@part
def add(frame: Array, total: Array) -> None:
    """One frame."""
    for j in range(len(total)):
        total[j] += frame[j]


@part
def reset(v: Array, theta: Array, net: Array, both: bool) -> bool:
    """Fire, take back where ``both`` is set; whether anything did."""
    changed = 0
    for j in range(len(v)):
        fired, retracted = v[j] >= theta[j], both & (v[j] < 0)
        net[j] = np.int8(fired) - np.int8(retracted)
        changed |= fired | retracted
        up = theta[j] if fired else theta[j] - theta[j]
        v[j] = v[j] + theta[j] if retracted else v[j] - up
    return changed != 0


@part
def emit(count: Array, t: int, spikes: Array) -> None:
    """Frame t of a thermometer."""
    for j in range(len(spikes)):
        spikes[j] = count[j] >= t


@part
def reset_released(v: Array, count: Array, theta: Array, slack: float, both: bool) -> None:
    """Both signs can fire at once where theta is below the tolerance."""
    for j in range(len(v)):
        fired, retracted = v[j] - theta[j] >= slack, both & (v[j] < 0)
        net = theta[j] * (np.int8(fired) - np.int8(retracted))
        v[j] -= net
        count[j] += net


@part
def drain(count: Array, theta: Array, spikes: Array, slack: float) -> None:
    """One spike, or none."""
    for j in range(len(spikes)):
        left = count[j] - theta[j]
        fired = left >= slack
        spikes[j] = fired
        count[j] = left if fired else count[j]


@compiled("r3 i i s3 f2 n2 r1")
def fire(
    currents: Array,
    frames: int,
    lo: int,
    spikes: Array,
    v: Array,
    count: Array,
    theta: Array,
) -> None:
    """All steps of the rows from lo on; relaxation ends early where nothing can change."""
    rows, size, net = currents.shape[1], currents.shape[2], np.empty(CHUNK, np.int8)
    for b in range(rows):
        for a in range(0, size, CHUNK):
            z = min(size, a + CHUNK)
            potential, counter, level = v[lo + b, a:z], count[lo + b, a:z], theta[a:z]
            for t in range(frames):
                add(currents[min(t, len(currents) - 1), b, a:z], potential)
                reset(potential, level, net, False)
                add(net[: z - a], counter)
            for _ in range(max(frames, len(spikes)) - 1):
                if not reset(potential, level, net, True):
                    break
                add(net[: z - a], counter)
            for t in range(len(spikes)):
                emit(counter, t + 1, spikes[t, lo + b, a:z])


@compiled("r3 i i s3 f2 f2 r1 f")
def fire_released(
    currents: Array,
    frames: int,
    lo: int,
    spikes: Array,
    v: Array,
    count: Array,
    theta: Array,
    slack: float,
) -> None:
    """All steps of the rows from lo on, with a tolerance in every comparison."""
    rows, size = currents.shape[1], currents.shape[2]
    for b in range(rows):
        for a in range(0, size, CHUNK):
            z = min(size, a + CHUNK)
            potential, counter, level = v[lo + b, a:z], count[lo + b, a:z], theta[a:z]
            for t in range(frames):
                add(currents[min(t, len(currents) - 1), b, a:z], potential)
                reset_released(potential, counter, level, slack, False)
            for _ in range(max(frames, len(spikes)) - 1):
                reset_released(potential, counter, level, slack, True)
            for t in range(len(spikes)):
                drain(counter, level, spikes[t, lo + b, a:z], slack)
