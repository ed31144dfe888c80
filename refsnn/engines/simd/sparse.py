"""A layer along its events: the rows of weights of its spikes are added, silence costs nothing."""

from __future__ import annotations

import numpy as np

from refsnn.engines.simd.events import SAFE, add, events
from refsnn.engines.simd.geometry import FACTOR, KH, KW, ON, OUT_W, POOL_H, POOL_W, WORDS, C
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
def words_of(g: IntArray) -> int:
    """Words of a window."""
    return g[KH] * g[KW] * g[WORDS] * g[POOL_H] * g[POOL_W]  # type: ignore[no-any-return]


@part
def gather(train, g, lo, hi, listed, starts, places, firsts):  # type: ignore[no-untyped-def]
    """Lists of pixels lo to hi, one after the other; ``starts[i]`` to ``starts[i + 1]`` is one."""
    frames, done, i, step = train.shape[1], 0, 0, 8 * train.shape[2]
    data, out = train.ctypes.data, listed.ctypes.data
    for q in range(lo, hi):
        n = window(frames, q // g[OUT_W], q % g[OUT_W], g, places, firsts)
        for t in range(frames):
            starts[i] = done
            frame = data + t * step
            for k in range(n):
                done += events(frame + places[k], firsts[k], out + 2 * done)
            i += 1
    starts[i] = done


@part
def add_list(like, listed, starts, i, rows, held, t, factor, more):  # type: ignore[no-untyped-def]
    """The events of list i, as many at a time as are safe: fills row t of ``held``."""
    here, out = listed.ctypes.data + 2 * starts[i], held.ctypes.data + t * PITCH
    n = starts[i + 1] - starts[i]
    while True:
        some = min(n, SAFE)
        add(like, here, some, rows, out, factor, more)
        here, n, more = here + 2 * some, n - some, 1
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
    places, firsts = np.empty((2, max(words_of(g), words_of(h))), np.int64)
    held, size = np.zeros((1, frames, 64), p.dtype), 8 * out.shape[3]
    for b in range(len(out)):
        for lo in range(0, pixels, CHUNK):
            hi = min(pixels, lo + CHUNK)
            gather(one[b], g, lo, hi, first, starts, places, firsts)
            if h[ON]:
                gather(two[b], h, lo, hi, second, others, places, firsts)
            for k in range(out.shape[3]):
                v = min(4, vectors - 4 * k)
                start, rows = p.ctypes.data + k * PITCH, w[k].ctypes.data
                s0, r = shortcut(same, worth, k)
                for q in range(lo, hi):
                    for t in range(frames):
                        i = (q - lo) * frames + t
                        add_list(w, first, starts, i, rows, held, t, g[FACTOR], 0)
                        if h[ON]:
                            far = u[k].ctypes.data
                            add_list(u, second, others, i, far, held, t, h[FACTOR], 1)
                    at = (b * pixels + q) * frames * size + 8 * k
                    sent += fire(
                        p, v, 1, held, PITCH, frames, start, wide, hard, out.ctypes.data + at,
                        size, 0, s0 + at, r,
                    )  # fmt: skip
    return sent
