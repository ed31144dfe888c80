"""A layer along its events: the rows of weights of its spikes are added, silence costs nothing."""

from __future__ import annotations

import numpy as np

from refsnn.engines.simd.events import SAFE, add
from refsnn.engines.simd.geometry import FACTOR, KH, KW, ON, OUT_W, POOL_H, POOL_W, C
from refsnn.engines.simd.inputs import window
from refsnn.engines.simd.parts import PITCH, compiled, fire, part, shortcut
from refsnn.typing import IntArray

TRAIN, G = "u8[:,:,:,::1]", "i8[::1]"
KINDS = (("i1", "i4"), ("i2", "i4"), ("f4", "f4"))
"""Weights and what neurons compute in."""
CHUNK = 16
"""Pixels whose lists of events are kept: for each block of outputs its weights are read once."""


@part
def longest(g: IntArray) -> int:
    """Numbers that a list of events can need, what is written behind it included."""
    return g[KH] * g[KW] * g[C] * g[POOL_H] * g[POOL_W] + 64  # type: ignore[no-any-return]


@part
def gather(train, g, lo, hi, listed, starts):  # type: ignore[no-untyped-def]
    """Lists of pixels lo to hi, one after the other; ``starts[i]`` to ``starts[i + 1]`` is one."""
    frames, done, i, step = train.shape[1], 0, 0, 8 * train.shape[2]
    for q in range(lo, hi):
        y, x = q // g[OUT_W], q % g[OUT_W]
        for t in range(frames):
            starts[i] = done
            frame, here = train.ctypes.data + t * step, listed.ctypes.data + 2 * done
            done += window(frame, frames, y, x, g, here)
            i += 1
    starts[i] = done


@part
def add_all(like, listed, n, rows, out, factor, more):  # type: ignore[no-untyped-def]
    """Any number of events, as many at a time as are safe."""
    while True:
        some = min(n, SAFE)
        add(like, listed, some, rows, out, factor, more)
        listed, n, more = listed + 2 * some, n - some, 1
        if n == 0:
            break


@compiled(
    *(
        f"i8({TRAIN},{G},{w}[:,:,::1],{TRAIN},{G},{w}[:,:,::1],{TRAIN},{v}[::1],{v}[:,::1],i8,i8,{TRAIN})"
        for w, v in KINDS
    )
)
def event_frames(one, g, w, two, h, u, same, worth, p, vectors, hard, out):  # type: ignore[no-untyped-def]
    """As `refsnn.engines.simd.dense.dense_frames`, in time proportional to the spikes.

    ``w`` and ``u`` are (blocks, inputs, 64) int8, int16 or float32,
    `refsnn.engines.simd.pack.for_events`. Floats are added tap by tap, channel by channel; no
    factors, no ``same``.
    """
    frames, wide, sent, pixels = out.shape[2], 4 * p.shape[1], 0, out.shape[1]
    kept = min(CHUNK, pixels) * frames
    first = np.empty(kept * longest(g), np.uint16)
    second = np.empty(kept * longest(h), np.uint16)
    starts, others = np.empty((2, CHUNK * frames + 1), np.int64)
    currents = np.zeros((frames, 64), p.dtype)
    apart, c = 8 * out.shape[3], currents.ctypes.data
    for b in range(len(out)):
        for lo in range(0, pixels, CHUNK):
            hi = min(pixels, lo + CHUNK)
            gather(one[b], g, lo, hi, first, starts)
            if h[ON]:
                gather(two[b], h, lo, hi, second, others)
            for k in range(out.shape[3]):
                v = min(4, vectors - 4 * k)
                start, rows = p.ctypes.data + k * PITCH, w[k].ctypes.data
                s0, r = shortcut(same, worth, k)
                for q in range(lo, hi):
                    for t in range(frames):
                        i, row = (q - lo) * frames + t, c + t * PITCH
                        here, n = first.ctypes.data + 2 * starts[i], starts[i + 1] - starts[i]
                        add_all(w, here, n, rows, row, g[FACTOR], 0)
                        if h[ON]:
                            here = second.ctypes.data + 2 * others[i]
                            n = others[i + 1] - others[i]
                            add_all(u, here, n, u[k].ctypes.data, row, h[FACTOR], 1)
                    at = ((b * pixels + q) * frames * out.shape[3] + k) * 8
                    a = out.ctypes.data + at
                    sent += fire(
                        p, v, 1, c, PITCH, 0, frames, start, wide, hard, a, apart, 0, s0 + at, r
                    )
    return sent
