"""A dense layer on codes: bytes that stand for whole trains, or for an image that stands still."""

from __future__ import annotations

import numpy as np

from refsnn.engines.simd.fire import rank, weigh
from refsnn.engines.simd.geometry import BYTES, COLUMNS, FACTOR, KH, KW, ON, OUT_W, ROWS, STEP_X
from refsnn.engines.simd.inputs import origin, spread_codes, taps_of
from refsnn.engines.simd.parts import PITCH, compiled, dense, fire, part

CODES, G, WEIGHTS = "u1[:,:,:,::1]", "i8[::1]", "i1[::1]"
INPUTS = f"{CODES},{G},{WEIGHTS},{CODES},{G},{WEIGHTS}"
LANES = 8
"""Samples, or pixels of one row, that a vector of weights serves."""


@part
def lanes_of(g, samples, x):  # type: ignore[no-untyped-def]
    """(how many lanes at column x, bytes between them): samples, or the columns from x on."""
    if samples > 1:
        return samples, g[COLUMNS] * g[BYTES]
    return min(LANES, g[OUT_W] - x), g[STEP_X] * g[BYTES]


@part
def read(g, w, x, taps, n, steps, samples, row, column, k, v, c, more):  # type: ignore[no-untyped-def]
    """The currents of one source: a row of ``c`` for each lane."""
    lanes, stride = lanes_of(g, samples, column)
    a = x.ctypes.data + origin(g, samples, row, column)
    dense(lanes, a, stride, taps.ctypes.data, n, steps, w.ctypes.data, k, v, c, g[FACTOR], more)
    return lanes


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
    currents = np.zeros((LANES, 64), np.int32)
    c, wide, size = currents.ctypes.data, 4 * levels.shape[1], out.shape[3]
    for b in range(0, len(out), LANES):
        samples = min(LANES, len(out) - b)
        n, steps = taps_of(g, samples, taps)
        m, more = taps_of(h, samples, far)
        spread_codes(one[b : b + samples], g, blank, x)
        if h[ON]:
            spread_codes(two[b : b + samples], h, blank, y)
        for k in range(p.shape[1] // 64):
            v = min(4, vectors - 4 * k)
            for row in range(out.shape[1]):
                column = 0
                while column < out.shape[2]:
                    lanes = read(g, w, x, taps, n, steps, samples, row, column, k, v, c, 0)
                    if h[ON]:
                        read(h, u, y, far, m, more, samples, row, column, k, v, c, 1)
                    for lane in range(lanes):
                        s, q = (b + lane, column) if samples > 1 else (b, column + lane)
                        pixel = (s * out.shape[1] + row) * out.shape[2] + q
                        here, at = c + lane * PITCH, pixel * size + 64 * k
                        if len(worth):
                            a = same.ctypes.data + at
                            weigh(a, worth.ctypes.data + k * PITCH, here, v)
                        for i in range(v):
                            first = 64 * (4 * k + i)
                            bias, level = p[3].ctypes.data + first, levels.ctypes.data + first
                            target = out.ctypes.data + at + 16 * i
                            rank(here + 64 * i, bias, level, len(levels), target, wide)
                    column += 1 if samples > 1 else lanes


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
    currents = np.zeros((LANES, 64), np.int32)
    c, apart, width = currents.ctypes.data, 8 * out.shape[3], g[OUT_W]
    for b in range(len(out)):
        spread_codes(image[b : b + 1], g, blank, x)
        for k in range(out.shape[3]):
            v, start = min(4, vectors - 4 * k), p.ctypes.data + k * PITCH
            for row in range(out.shape[1] // width):
                for column in range(0, width, LANES):
                    lanes = read(g, w, x, taps, n, steps, 1, row, column, k, v, c, 0)
                    for lane in range(lanes):
                        q = (b * out.shape[1] + row * width + column + lane) * frames
                        a = out.ctypes.data + (q * out.shape[3] + k) * 8
                        here = c + lane * PITCH
                        sent += fire(p, v, here, 0, frames, start, wide, hard, a, apart, 0, 0)
    return sent
