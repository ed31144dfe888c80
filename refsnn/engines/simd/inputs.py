"""What a layer reads, made ready for its kernel: bytes for the dense one, lists for the other."""

from __future__ import annotations

from refsnn.engines.simd.geometry import (
    BYTES,
    COLUMNS,
    FAR_X,
    FAR_Y,
    KH,
    KW,
    PAD_X,
    PAD_Y,
    POOL_H,
    POOL_W,
    ROWS,
    STEP_X,
    STEP_Y,
    WORDS,
    C,
    H,
    W,
)  # fmt: skip
from refsnn.engines.simd.parts import part
from refsnn.engines.simd.spread import spread, spread16, spread_more
from refsnn.typing import Array, IntArray


@part
def spread_train(train: Array, g: IntArray, x: Array) -> None:
    """Spikes of one sample as bytes [row][t][column][channel], pooled and padded."""
    frames, size, wide = train.shape[1], g[BYTES], g[COLUMNS] * g[BYTES]
    left, right = g[PAD_X] * size, (g[COLUMNS] - g[PAD_X]) * size
    for y in range(g[ROWS]):
        source = y - g[PAD_Y]
        for t in range(frames):
            row = (y * frames + t) * wide
            if source < 0 or source >= g[H] // g[POOL_H]:
                x[row : row + wide] = 0
                continue
            x[row : row + left] = 0
            spread_row(train, t, source, g, x.ctypes.data + row + left)
            x[row + right : row + wide] = 0


@part
def spread_row(train: Array, t: int, y: int, g: IntArray, out: int) -> None:
    """One row of one frame.

    A word clears what is behind its last channel, up to the next pixel: hence the last word first.
    """
    size = 8 * train.shape[1] * train.shape[2]  # of a pixel in the train
    step, count = g[POOL_W] * size, g[W] // g[POOL_W]
    for m in range(g[WORDS]):
        n = g[WORDS] - 1 - m
        for i in range(g[POOL_H]):
            row = train.ctypes.data + (y * g[POOL_H] + i) * g[W] * size + 8 * (t * g[WORDS] + n)
            for j in range(g[POOL_W]):
                if i + j > 0:
                    spread_more(row + j * size, step, count, out + 64 * n, g[BYTES])
                elif g[BYTES] <= 16:
                    spread16(row, step, count, out, g[BYTES])
                else:
                    spread(row, step, count, out + 64 * n, g[BYTES])


@part
def spread_codes(codes: Array, g: IntArray, blank: int, x: Array) -> None:
    """Bytes of some samples as [row][sample][column][channel], pooled and padded."""
    samples, size, wide = len(codes), g[BYTES], g[COLUMNS] * g[BYTES]
    alike = size == codes.shape[3] and g[POOL_H] * g[POOL_W] == 1
    for y in range(g[ROWS]):
        source = y - g[PAD_Y]
        for s in range(samples):
            row = (y * samples + s) * wide
            x[row : row + wide] = blank
            if source < 0 or source >= g[H] // g[POOL_H]:
                continue
            row += g[PAD_X] * size
            if alike:
                x[row : row + g[W] * size] = codes[s, source].reshape(-1)
                continue
            for k in range(g[W] // g[POOL_W]):
                pool(codes[s], source, k, g, x[row + k * size :][: g[C]])


@part
def pool(codes: Array, y: int, k: int, g: IntArray, out: Array) -> None:
    """Sum of a block of pixels."""
    for i in range(g[POOL_H]):
        for j in range(g[POOL_W]):
            given = codes[y * g[POOL_H] + i, k * g[POOL_W] + j]
            for c in range(len(out)):
                out[c] = given[c] if i + j == 0 else out[c] + given[c]


@part
def taps_of(g: IntArray, frames: int, taps: IntArray) -> tuple[int, int]:
    """Where in the bytes a kernel reads; gives (how many times, steps of four bytes each).

    Without dilation the taps of a row are neighbours and are read at once.
    """
    row, apart = frames * g[COLUMNS] * g[BYTES] * g[FAR_Y], g[FAR_X] * g[BYTES]
    joined = g[FAR_X] == 1
    count = 1 if joined else g[KW]
    for i in range(g[KH]):
        for j in range(count):
            taps[i * count + j] = i * row + j * apart
    return g[KH] * count, g[BYTES] // 4 * (g[KW] if joined else 1)


@part
def origin(g: IntArray, frames: int, y: int, x: int) -> int:
    """Where in the bytes the kernel of an output pixel starts."""
    return (y * g[STEP_Y] * frames * g[COLUMNS] + x * g[STEP_X]) * g[BYTES]  # type: ignore[no-any-return]


@part
def span(start: int, size: int, taps: int, far: int) -> tuple[int, int]:
    """Taps of a window that starts at ``start`` that are inside 0..size: first, and behind last."""
    lo = 0 if start >= 0 else (-start + far - 1) // far
    hi = min(taps, max(lo, (size - start + far - 1) // far))
    return lo, hi


@part
def window(frames: int, y: int, x: int, g: IntArray, places: Array, firsts: Array) -> int:
    """Words of the window of an output pixel; gives how many.

    ``places`` becomes where each is, in bytes from the first word of a frame of the sample;
    ``firsts`` the row of weights that its first bit selects. In order of the taps.
    """
    top, left, done = y * g[STEP_Y] - g[PAD_Y], x * g[STEP_X] - g[PAD_X], 0
    i0, i1 = span(top, g[H] // g[POOL_H], g[KH], g[FAR_Y])
    j0, j1 = span(left, g[W] // g[POOL_W], g[KW], g[FAR_X])
    size = 8 * frames * g[WORDS]
    for i in range(i0, i1):
        row = (top + i * g[FAR_Y]) * g[POOL_H] * g[W] * size
        for j in range(j0, j1):
            first = (i * g[KW] + j) * g[C]
            here = row + (left + j * g[FAR_X]) * g[POOL_W] * size
            for p in range(g[POOL_H]):
                for q in range(g[POOL_W]):
                    for n in range(g[WORDS]):
                        places[done] = here + (p * g[W] + q) * size + 8 * n
                        firsts[done] = first + 64 * n
                        done += 1
    return done
