"""What neighbouring pixels receive: in strips where the kernel allows it, else in tiles."""

from __future__ import annotations

from refsnn.engines.simd.dots import TILE
from refsnn.engines.simd.geometry import BYTES, COLUMNS, FACTOR, FAR_X, KW, STEP_X
from refsnn.engines.simd.inputs import origin
from refsnn.engines.simd.parts import PITCH, part
from refsnn.engines.simd.strips import LONG, STRIP, WIDE

PIXELS = 8
"""Pixels of a row whose currents are held at a time, at most."""
HELD = 128
"""Pixels times lanes: then currents (256 bytes each) stay near the processor."""
ONE, TWO = LONG[1], LONG[2]


@part
def together(lanes: int) -> int:
    """Pixels whose currents are held at a time."""
    return max(1, min(PIXELS, HELD // lanes))


@part
def currents(g, x, row, column, pixels, taps, n, steps, weights, block, vectors, held, more):  # type: ignore[no-untyped-def]
    """The currents of up to 64 outputs: fills some of ``held``, int32 (pixels, lanes, 64).

    Lanes are frames or samples; the bytes ``x`` are [row][lane][column][channel].
    """
    lanes, out, w = held.shape[1], held.ctypes.data, weights.ctypes.data
    where = taps.ctypes.data
    a, size = x.ctypes.data + origin(g, lanes, row, column), g[STEP_X] * g[BYTES]
    stride, across = g[COLUMNS] * g[BYTES], lanes * PITCH
    long = TWO if vectors > 1 else ONE
    three = g[KW] == WIDE and g[STEP_X] == 1 and g[FAR_X] == 1 and vectors != 3 and lanes > 1
    done = pixels - pixels % long if three else 0
    for i in range(0, done, long):
        strips(
            lanes, a + i * size, stride, size, where, n, steps, w, block, vectors, out + i * across,
            across, g[FACTOR], more,
        )  # fmt: skip
    a, out, left = a + done * size, out + done * across, pixels - done
    if lanes == 1:  # pixels are as good as lanes
        tiles(left, a, size, where, n, steps, w, block, vectors, out, g[FACTOR], more)
        return
    for i in range(left):
        tiles(
            lanes, a + i * size, stride, where, n, steps, w, block, vectors, out + i * across,
            g[FACTOR], more,
        )  # fmt: skip


@part
def tiles(lanes, x, stride, taps, n, steps, w, block, vectors, out, factor, more):  # type: ignore[no-untyped-def]
    """Two vectors of outputs at a time; eight lanes, then four, two, one."""
    each, v = n * steps * 64, 0
    while v < vectors:
        two = 2 if vectors - v >= 2 else 1
        left, a, to, weights = lanes, x, out + 64 * v, w + (4 * block + v) * each
        while left > 0:
            some = 8 if left >= 8 else 4 if left >= 4 else 2 if left >= 2 else 1
            TILE(some, two, a, stride, taps, n, steps, weights, to, PITCH, factor, more)
            left, a, to = left - some, a + some * stride, to + some * PITCH
        v += two


@part
def strips(lanes, x, stride, size, taps, n, steps, w, block, vectors, out, apart, factor, more):  # type: ignore[no-untyped-def]
    """Two vectors of outputs at a time; two lanes, then one."""
    each, v = n * steps * 64, 0
    while v < vectors:
        two = 2 if vectors - v >= 2 else 1
        left, a, to, weights = lanes, x, out + 64 * v, w + (4 * block + v) * each
        while left > 0:
            some = 2 if left >= 2 else 1
            STRIP(
                some, two, a, stride, size, taps, n, steps // WIDE, weights, to, apart, PITCH,
                factor, more,
            )  # fmt: skip
            left, a, to = left - some, a + some * stride, to + some * PITCH
        v += two
