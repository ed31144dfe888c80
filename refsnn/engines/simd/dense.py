"""A dense layer over whole trains: every input is read, whether it has spikes or not.

Trains are words (B, pixels, T, ceil(C / 64)). Currents exist for a few pixels and 64 outputs at a
time, never for a layer.
"""

from __future__ import annotations

import numpy as np

from refsnn.engines.simd.currents import currents, together
from refsnn.engines.simd.geometry import BYTES, COLUMNS, KH, KW, ON, OUT_W, ROWS
from refsnn.engines.simd.inputs import spread_train, taps_of
from refsnn.engines.simd.parts import PITCH, compiled, fire, shortcut

TRAIN, G, WEIGHTS = "u8[:,:,:,::1]", "i8[::1]", "i1[::1]"


@compiled(
    f"i8({TRAIN},{G},{WEIGHTS},{TRAIN},{G},{WEIGHTS},{TRAIN},i4[::1],i4[:,::1],i8,i8,{TRAIN})"
)
def dense_frames(one, g, w, two, h, u, same, worth, p, vectors, hard, out):  # type: ignore[no-untyped-def]
    """Fire on ``g * w (*) one + h * u (*) two + worth same``; gives the number of spikes.

    Every input is read, whether it has spikes or not: the time depends on shapes alone.

    Parameters
    ----------
    one, two, same : uint64 (B, pixels, T, words)
        Trains; ``two`` and ``same`` may be missing: ``h[ON] == 0``, ``len(worth) == 0``.
    g, h : int64 (FIELDS,)
        How they are read, `refsnn.engines.simd.geometry`.
    w, u : int8
        Weights, `refsnn.engines.simd.pack.for_tiles`.
    worth : int32 (outputs,)
        Of a spike of ``same``, a channel of which is an output.
    p : int32 (4, outputs)
        Start, level, drop and bias of the neurons of an output channel.
    vectors : int
        Outputs in use, in sixteens.
    hard : 0 or 1
        Whether a reset is to zero.
    out : uint64 (B, pixels, T, words)
        Written.
    """
    frames, wide, sent = out.shape[2], 4 * p.shape[1], 0
    x = np.empty(g[ROWS] * g[COLUMNS] * g[BYTES] * frames + 64, np.uint8)
    y = np.empty(h[ROWS] * h[COLUMNS] * h[BYTES] * frames + 64, np.uint8)
    taps, far = np.empty(g[KH] * g[KW], np.int64), np.empty(h[KH] * h[KW], np.int64)
    n, steps = taps_of(g, frames, taps)
    m, more = taps_of(h, frames, far)
    pixels, width, size = together(frames), g[OUT_W], 8 * out.shape[3]
    held = np.zeros((pixels, frames, 64), np.int32)
    for b in range(len(out)):
        spread_train(one[b], g, x)
        if h[ON]:
            spread_train(two[b], h, y)
        for k in range(out.shape[3]):
            v, start = min(4, vectors - 4 * k), p.ctypes.data + k * PITCH
            s0, r = shortcut(same, worth, k)
            held[:] = 0
            for row in range(out.shape[1] // width):
                for column in range(0, width, pixels):
                    some = min(pixels, width - column)
                    currents(g, x, row, column, some, taps, n, steps, w, k, v, held, 0)
                    if h[ON]:
                        currents(h, y, row, column, some, far, m, more, u, k, v, held, 1)
                    at = (b * out.shape[1] + row * width + column) * frames * size + 8 * k
                    sent += fire(
                        p, v, some, held, PITCH, frames, start, wide, hard, out.ctypes.data + at,
                        size, frames * size, s0 + at, r,
                    )  # fmt: skip
    return sent
