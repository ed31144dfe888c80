"""Whether every burst neuron of a network keeps its closed forms: on data, and in integers."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from refsnn.engines import Trace, run
from refsnn.engines.memory import run_blocks
from refsnn.neurons import AdaFire, respond
from refsnn.neurons.ada_fire import burst_counts, constant_count
from refsnn.snn import SNN
from refsnn.typing import Array

TIE = 1e-9
"""Level R: sums this close to a multiple of theta (in theta) may count as either side of it."""
TRAINS = 256


class Checked(NamedTuple):
    """Spike counts that were held against a closed form, and those that broke it."""

    broken: int
    counts: int


def broken_on_data(snn: SNN, x: Array, tie: float = TIE) -> Checked:
    """Counts N(t), of every neuron and step, off `burst_counts` of the currents it received."""
    total = Checked(0, 0)
    for block in run_blocks(snn, len(x), recorded=True):
        traces = run(snn, x[block], record=None).traces
        for name, neuron in snn.neurons.items():
            if isinstance(neuron, AdaFire):
                broken = off_recursion(neuron, traces[name], tie)
                total = Checked(total.broken + int(broken.sum()), total.counts + broken.size)
    return total


def off_recursion(neuron: AdaFire, trace: Trace, tie: float) -> Array:
    """Where the counts of a trace leave the recursion (T, B, ...), bool."""
    h, theta = neuron.shift(trace.current.dtype), np.asarray(neuron.theta)
    start = 0 if neuron.v0 is None else neuron.v0
    charge = np.cumsum(trace.current + h, axis=0) + start
    unit = np.ones(())
    low, high = (burst_counts(charge / theta + d, unit, neuron.phi) for d in (-tie, tie))
    sent = np.cumsum(trace.fired, axis=0, dtype=np.int64)
    broken = (sent < low) | (sent > high)
    if neuron.dead is None:
        return np.asarray(broken)
    return np.where(neuron.dead, trace.fired != 0, broken)


def broken_in_integers(neuron: AdaFire, steps: int) -> Checked:
    """The same neuron with a whole threshold, driven exactly: constant currents and fixed trains.

    theta is ``16 T``, so that the shift is whole; constant drives run over all whole numbers from
    -theta to (phi + 1) theta, in steps of 3.
    """
    theta = 16 * steps
    twin = replace(neuron, theta=np.asarray(theta), v0=None, dead=None)
    z = np.arange(-theta, (neuron.phi + 1) * theta, 3, dtype=np.int64)
    counts = _counts(twin, np.broadcast_to(z, (steps, len(z))))
    wanted = constant_count(steps * z, np.asarray(theta), neuron.phi, steps)
    broken = int(np.sum(counts[-1] != wanted))
    rng = np.random.default_rng(0)
    trains = rng.integers(-theta, (neuron.phi + 1) * theta, (steps, TRAINS))
    charge = np.cumsum(trains + theta // (2 * steps), axis=0)
    counts = _counts(twin, trains)
    wanted = burst_counts(charge, np.asarray(theta), neuron.phi)
    return Checked(broken + int(np.sum(counts != wanted)), len(z) + counts.size)


def _counts(neuron: AdaFire, currents: Array) -> Array:
    """N(t) after every step."""
    spikes = respond(neuron, currents).spikes
    assert spikes is not None
    return np.cumsum(spikes, axis=0, dtype=np.int64)
