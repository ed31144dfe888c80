"""`AdaFire`: up to phi spikes a step."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsnn.engines.kernels.compiled import CHUNK, Bound, compiled, part, spread
from refsnn.neurons import AdaFire
from refsnn.typing import Array, Shape


def bind(neuron: AdaFire, shape: Shape, dtype: Any) -> Bound:
    """The shift is added to a current before anything else."""
    shift = spread(neuron.shift(np.dtype(dtype)), shape, dtype)
    alive = np.ones(()) if neuron.dead is None else ~neuron.dead
    settings = (
        spread(neuron.theta, shape, dtype),
        spread(alive, shape, np.int8),
        neuron.phi,
        neuron.as_released,
    )
    return Bound(fire, settings, lambda current: current + shift)


@part
def add(current: Array, v: Array) -> None:
    """One frame."""
    for j in range(len(v)):
        v[j] += current[j]


@part
def compare(v: Array, theta: Array, spikes: Array, phi: int) -> None:
    """With each multiple of theta, until none is reached."""
    for k in range(1, phi + 1):
        if not reach(v, theta, spikes, np.int8(k), k == 1):
            return


@part
def reach(v: Array, theta: Array, spikes: Array, k: Any, first: bool) -> bool:
    """One multiple; it is rounded to the type of theta."""
    reached = 0
    for j in range(len(v)):
        fired = v[j] >= theta[j] * k
        spikes[j] = fired + (0 if first else spikes[j])
        reached |= fired
    return reached != 0


@part
def divide(v: Array, theta: Array, spikes: Array, phi: int) -> None:
    """As the authors' code has it."""
    for j in range(len(v)):
        spikes[j] = min(max(np.floor(v[j] / theta[j]), 0), phi)


@part
def silence(spikes: Array, alive: Array) -> None:
    """Dead channels send nothing."""
    for j in range(len(spikes)):
        spikes[j] *= alive[j]


@part
def reset(v: Array, theta: Array, spikes: Array) -> None:
    """Subtract the burst."""
    for j in range(len(v)):
        v[j] -= theta[j] * spikes[j]


@compiled("r3 i i s3 f2 r1 s1 i b")
def fire(
    currents: Array,
    frames: int,
    lo: int,
    spikes: Array,
    v: Array,
    theta: Array,
    alive: Array,
    phi: int,
    released: bool,
) -> None:
    """All steps of the rows from lo on."""
    rows, size = currents.shape[1], currents.shape[2]
    for b in range(rows):
        for a in range(0, size, CHUNK):
            z = min(size, a + CHUNK)
            for t in range(frames):
                potential, sent = v[lo + b, a:z], spikes[t, lo + b, a:z]
                add(currents[min(t, len(currents) - 1), b, a:z], potential)
                if released:
                    divide(potential, theta[a:z], sent, phi)
                else:
                    compare(potential, theta[a:z], sent, phi)
                silence(sent, alive[a:z])
                reset(potential, theta[a:z], sent)
