"""A dense layer on codes: bytes that stand for whole trains, or for an image that stands still."""

from __future__ import annotations

import numpy as np

from refsnn.engines.simd.currents import PIXELS, currents
from refsnn.engines.simd.fire import rank, weigh
from refsnn.engines.simd.geometry import BYTES, COLUMNS, KH, KW, ON, OUT_W, ROWS
from refsnn.engines.simd.inputs import spread_codes, taps_of
from refsnn.engines.simd.parts import PITCH, compiled, fire, part

CODES, G, WEIGHTS = "u1[:,:,:,::1]", "i8[::1]", "i1[::1]"
INPUTS = f"{CODES},{G},{WEIGHTS},{CODES},{G},{WEIGHTS}"
LANES = 8
"""Samples that a vector of weights serves."""


@part
def count(held, pixels, same, worth, p, levels, k, v, out, first, b):  # type: ignore[no-untyped-def]
    """What ``held`` is in levels: pixels from ``first`` on, of the samples from ``b`` on."""
    lanes, wide, block = held.shape[1], 4 * levels.shape[1], k * PITCH
    bias, level = p.ctypes.data + 3 * wide + block, levels.ctypes.data + block
    size = out.shape[3]
    sample = out.shape[1] * out.shape[2] * size
    for i in range(pixels):
        for lane in range(lanes):
            at = (b + lane) * sample + (first + i) * size + 64 * k
            here, to = held.ctypes.data + (i * lanes + lane) * PITCH, out.ctypes.data + at
            if len(worth):
                weigh(same.ctypes.data + at, worth.ctypes.data + block, here, v)
            for j in range(0, 64 * v, 64):
                rank(here + j, bias + j, level + j, len(levels), to + j // 4, wide)


@compiled(f"void({INPUTS},{CODES},i4[::1],i8,i4[:,::1],i8,i4[:,::1],{CODES})")
def code_counts(one, g, w, two, h, u, same, worth, blank, p, vectors, levels, out):  # type: ignore[no-untyped-def]
    """How many levels the total charge reaches: ``g * w (*) one + ... + bias >= levels[i]``.

    Parameters
    ----------
    one, two, same : uint8 (B, H, W, C)
        Counts of the sources; as of `refsnn.engines.simd.dense.dense_frames`.
    blank : int
        The code of zero, which fills the padding.
    p : int32 (4, outputs)
        Only the bias, its last row, is read.
    levels : int32 (n, outputs)
        Ascending.
    out : uint8 (B, OH, OW, outputs rounded up to 16)
        Written.
    """
    x = np.empty(g[ROWS] * g[COLUMNS] * g[BYTES] * LANES + 64, np.uint8)
    y = np.empty(h[ROWS] * h[COLUMNS] * h[BYTES] * LANES + 64, np.uint8)
    taps, far = np.empty(g[KH] * g[KW], np.int64), np.empty(h[KH] * h[KW], np.int64)
    for b in range(0, len(out), LANES):
        lanes = min(LANES, len(out) - b)
        held = np.empty((PIXELS, lanes, 64), np.int32)
        n, steps = taps_of(g, lanes, taps)
        m, more = taps_of(h, lanes, far)
        spread_codes(one[b : b + lanes], g, blank, x)
        if h[ON]:
            spread_codes(two[b : b + lanes], h, blank, y)
        for k in range(p.shape[1] // 64):
            v = min(4, vectors - 4 * k)
            for row in range(out.shape[1]):
                for column in range(0, out.shape[2], PIXELS):
                    some = min(PIXELS, out.shape[2] - column)
                    currents(g, x, row, column, some, taps, n, steps, w, k, v, held, 0)
                    if h[ON]:
                        currents(h, y, row, column, some, far, m, more, u, k, v, held, 1)
                    first = row * out.shape[2] + column
                    count(held, some, same, worth, p, levels, k, v, out, first, b)


@compiled(f"i8({CODES},{G},{WEIGHTS},i8,i4[:,::1],i8,i8,u8[:,:,:,::1])")
def still_frames(image, g, w, blank, p, vectors, hard, out):  # type: ignore[no-untyped-def]
    """Fire on an image that is the same in every frame: its currents are computed once.

    ``blank`` is the code of zero, which fills the padding; otherwise as
    `refsnn.engines.simd.dense.dense_frames`.
    """
    frames, wide, sent = out.shape[2], 4 * p.shape[1], 0
    x = np.empty(g[ROWS] * g[COLUMNS] * g[BYTES] + 64, np.uint8)
    taps = np.empty(g[KH] * g[KW], np.int64)
    n, steps = taps_of(g, 1, taps)
    held, size, width = np.zeros((PIXELS, 1, 64), np.int32), 8 * out.shape[3], g[OUT_W]
    for b in range(len(out)):
        spread_codes(image[b : b + 1], g, blank, x)
        for k in range(out.shape[3]):
            v, start = min(4, vectors - 4 * k), p.ctypes.data + k * PITCH
            for row in range(out.shape[1] // width):
                for column in range(0, width, PIXELS):
                    some = min(PIXELS, width - column)
                    currents(g, x, row, column, some, taps, n, steps, w, k, v, held, 0)
                    at = (b * out.shape[1] + row * width + column) * frames * size + 8 * k
                    sent += fire(
                        p, v, some, held, 0, frames, start, wide, hard, out.ctypes.data + at,
                        size, frames * size, 0, 0,
                    )  # fmt: skip
    return sent
