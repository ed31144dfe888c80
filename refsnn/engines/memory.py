"""Blocks of samples that a run, and what is compared with it, can hold."""

from __future__ import annotations

import numpy as np

from refsnn.memory import sample_blocks
from refsnn.snn import SNN

KEPT = 5
"""Arrays of every edge: counts, sent, sums, charges, and the reference's values."""
FLOWING = 6
"""Trains of one layer that are there at a time: currents, membranes, spikes, values."""
RECORDED = 5
"""Values of a recorded step: current, u, fired, v, and the spikes."""


def run_blocks(snn: SNN, samples: int, *, recorded: bool = False) -> list[slice]:
    """Blocks that fit the memory with all tallies; with every step of every layer if recorded."""
    sizes = {name: int(np.prod(shape)) for name, shape in snn.graph.shapes.items()}
    longest = max(size * snn.frames[name] for name, size in sizes.items())
    values = sum(sizes.values()) * KEPT + longest * FLOWING
    if recorded:
        values += sum(sizes[name] * _steps(snn, name) for name in snn.neurons) * RECORDED
    return sample_blocks(samples, values)


def _steps(snn: SNN, name: str) -> int:
    source = snn.graph.node(name).inputs[0]
    return len(snn.neurons[name].schedule(snn.frames[source]))
