"""What every layer does beside its neurons: take its currents in, tally a train, send its values.

Layouts: currents and values (T, b, S), spikes (T, B, S), sums over frames (B, S); b rows from lo
on are worked off.
"""

from __future__ import annotations

import numpy as np

from refsnn.engines.kernels.compiled import CHUNK, compiled, part
from refsnn.typing import Array


@part
def add(one: Array, two: Array, out: Array) -> None:
    """Element by element."""
    for j in range(len(out)):
        out[j] = one[j] + two[j]


@part
def accumulate(frame: Array, total: Array, first: bool) -> None:
    """One more frame of a sum, or its first."""
    for j in range(len(total)):
        total[j] = frame[j] if first else total[j] + frame[j]


@part
def count(frame: Array, weight: int, counts: Array, sent: Array, first: bool) -> None:
    """One frame of both counters."""
    for j in range(len(frame)):
        spikes = np.int64(frame[j])
        counts[j] = weight * spikes + (0 if first else counts[j])
        sent[j] = abs(spikes) + (0 if first else sent[j])


@part
def add_values(frame: Array, amplitude: Array, sums: Array, first: bool) -> None:
    """One frame of transmitted values: a product, then a sum."""
    for j in range(len(frame)):
        value = frame[j] * amplitude[j]
        sums[j] = value if first else sums[j] + value


@part
def weigh(frame: Array, amplitude: Array, out: Array) -> None:
    """Spikes times what each is worth."""
    for j in range(len(out)):
        out[j] = frame[j] * amplitude[j]


@compiled("r3 i i r1 f3 f2")
def take_in(
    currents: Array, frames: int, lo: int, offset: Array, drive: Array, charge: Array
) -> None:
    """``drive = currents + offset``, and the sum of its frames from the first to the last.

    Without a bias the offset is -0.0, which changes no float.
    """
    rows, size = currents.shape[1], currents.shape[2]
    for b in range(rows):
        for a in range(0, size, CHUNK):
            z = min(size, a + CHUNK)
            for r in range(len(currents)):
                add(currents[r, b, a:z], offset[a:z], drive[r, b, a:z])
            for t in range(frames):
                accumulate(drive[min(t, len(drive) - 1), b, a:z], charge[lo + b, a:z], t == 0)


@compiled("s3 n1 r2 i i n2 n2 f2")
def tally(
    spikes: Array,
    weights: Array,
    amplitude: Array,
    lo: int,
    hi: int,
    counts: Array,
    sent: Array,
    sums: Array,
) -> None:
    """Counts, spikes sent and sums of the transmitted values of rows lo to hi."""
    size = spikes.shape[2]
    for b in range(lo, hi):
        for a in range(0, size, CHUNK):
            z = min(size, a + CHUNK)
            for t in range(len(spikes)):
                frame, value = spikes[t, b, a:z], amplitude[min(t, len(amplitude) - 1), a:z]
                count(frame, weights[t], counts[b, a:z], sent[b, a:z], t == 0)
                add_values(frame, value, sums[b, a:z], t == 0)


@compiled("s3 r2 i f3")
def values(spikes: Array, amplitude: Array, lo: int, out: Array) -> None:
    """Transmitted values of the rows from lo on."""
    size = out.shape[2]
    for t in range(len(out)):
        row = amplitude[min(t, len(amplitude) - 1)]
        for b in range(out.shape[1]):
            for a in range(0, size, CHUNK):
                z = min(size, a + CHUNK)
                weigh(spikes[t, lo + b, a:z], row[a:z], out[t, b, a:z])
