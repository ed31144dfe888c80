"""`Readout`: a sum that never fires."""

from __future__ import annotations

from typing import Any

from refsnn.engines.kernels.compiled import CHUNK, Bound, compiled, part
from refsnn.neurons import Readout
from refsnn.typing import Array, Shape


def bind(neuron: Readout, shape: Shape, dtype: Any) -> Bound:
    """No settings: how the sum is read is the network's business."""
    return Bound(absorb)


@part
def add(current: Array, v: Array) -> None:
    """One frame."""
    for j in range(len(v)):
        v[j] += current[j]


@compiled("r3 i i s3 f2")
def absorb(currents: Array, frames: int, lo: int, spikes: Array, v: Array) -> None:
    """Add every frame; ``spikes`` is empty."""
    rows, size = currents.shape[1], currents.shape[2]
    for b in range(rows):
        for a in range(0, size, CHUNK):
            z = min(size, a + CHUNK)
            for t in range(frames):
                add(currents[min(t, len(currents) - 1), b, a:z], v[lo + b, a:z])
