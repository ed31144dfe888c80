"""The kernels in NumPy: what they are held to, and what runs where Numba does not compile.

Same arguments, same results, no trick: bits become bytes, weights become matrices again, a layer
is a loop over taps and a loop over frames.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refsnn.engines.simd.geometry import (
    FACTOR,
    FAR_X,
    FAR_Y,
    KH,
    KW,
    ON,
    OUT_W,
    PAD_X,
    PAD_Y,
    POOL_H,
    POOL_W,
    STEP_X,
    STEP_Y,
    C,
    H,
    W,
)  # fmt: skip
from refsnn.engines.simd.pack import to_words
from refsnn.typing import Array, IntArray


def dense_frames(*layer: Any) -> int:
    """See `refsnn.engines.simd.dense`."""
    one, g, w, two, h, u, same, worth, p, _, hard, out = layer
    currents = product(of_train(one, g), g, tile_matrix(w, g, p))
    if h[ON]:
        currents = currents + product(of_train(two, h), h, tile_matrix(u, h, p))
    return fire(currents + marked(same, worth, out), p, hard, out)


def event_frames(*layer: Any) -> int:
    """See `refsnn.engines.simd.sparse`; the sums of floats have another order."""
    one, g, w, two, h, u, same, worth, p, _, hard, out = layer
    currents = product(of_train(one, g), g, row_matrix(w))
    if h[ON]:
        currents = currents + product(of_train(two, h), h, row_matrix(u))
    return fire(currents + marked(same, worth, out), p, hard, out)


def still_frames(
    image: Array, g: IntArray, w: Array, blank: int, p: Array, _: int, hard: int, out: Array
) -> int:
    """See `refsnn.engines.simd.codes`."""
    currents = product(image[:, None], g, tile_matrix(w, g, p), blank)
    return fire(np.repeat(currents, out.shape[2], axis=1), p, hard, out)


def steady_frames(currents: Array, p: Array, _: int, hard: int, out: Array) -> int:
    """See `refsnn.engines.simd.steady`."""
    rows = currents[:, :, :, 0].transpose(0, 2, 1, 3).reshape(len(out), 1, out.shape[1], -1)
    return fire(np.repeat(rows, out.shape[2], axis=1), p, hard, out)


def code_counts(*layer: Any) -> None:
    """See `refsnn.engines.simd.codes`."""
    one, g, w, two, h, u, same, worth, blank, p, vectors, levels, out = layer
    charge = product(one[:, None], g, tile_matrix(w, g, p), blank) + p[3]
    if h[ON]:
        charge = charge + product(two[:, None], h, tile_matrix(u, h, p), blank)
    charge = charge[:, 0].reshape(*out.shape[:3], -1)[..., : 16 * vectors]
    if len(worth):
        charge = charge + same.astype(np.int64) * worth[: 16 * vectors]
    out[:] = (charge[..., None, :] >= levels[:, : 16 * vectors]).sum(axis=-2)


def of_train(train: Array, g: IntArray) -> Array:
    """Spikes (B, T, H, W, C)."""
    bits = np.unpackbits(train.view(np.uint8), axis=-1, bitorder="little")[..., : g[C]]
    return bits.transpose(0, 2, 1, 3).reshape(len(train), train.shape[2], g[H], g[W], g[C])


def tile_matrix(weights: Array, g: IntArray, p: Array) -> Array:
    """Weights of `refsnn.engines.simd.pack.for_tiles` as (kh, kw, C, outputs)."""
    taps, size = g[KH] * g[KW], -(-g[C] // 4)
    vectors = len(weights) // (64 * taps * size)
    pairs = vectors // 2
    half = pairs * 128 * taps * size
    two = weights[:half].reshape(pairs, taps * size, 2, 16, 4).transpose(0, 2, 1, 3, 4)
    one = weights[half:].reshape(-1, taps * size, 16, 4)
    every = np.concatenate([two.reshape(2 * pairs, taps * size, 16, 4), one])
    matrix = every.transpose(1, 3, 0, 2).reshape(taps, 4 * size, 16 * vectors)[:, : g[C]]
    full = np.zeros((taps, g[C], p.shape[1]), np.int64)
    full[..., : 16 * vectors] = matrix
    return full


def row_matrix(weights: Array) -> Array:
    """Weights of `refsnn.engines.simd.pack.for_events` as (inputs, outputs)."""
    return weights.transpose(1, 0, 2).reshape(weights.shape[1], -1)


def product(x: Array, g: IntArray, matrix: Array, blank: int = 0) -> Array:
    """(B, T, H, W, C) to currents (B, T, pixels, outputs)."""
    kind = matrix.dtype if matrix.dtype.kind == "f" else np.int64
    x = x[..., : g[C]]
    b, t, h, w, c = x.shape
    blocks = (b, t, h // g[POOL_H], g[POOL_H], w // g[POOL_W], g[POOL_W], c)
    x = x[:, :, : h // g[POOL_H] * g[POOL_H], : w // g[POOL_W] * g[POOL_W]]
    sums = x.reshape(blocks).sum(axis=(3, 5), dtype=kind)
    y, z = (g[PAD_Y],) * 2, (g[PAD_X],) * 2
    padded = np.pad(sums, ((0, 0), (0, 0), y, z, (0, 0)), constant_values=blank)
    columns = (g[OUT_W] - 1) * g[STEP_X] + 1
    rows = padded.shape[2] - (g[KH] - 1) * g[FAR_Y]
    matrix = matrix.reshape(g[KH], g[KW], c, -1).astype(kind)
    out: Any = 0
    for i in range(g[KH]):
        for j in range(g[KW]):
            top, left = i * g[FAR_Y], j * g[FAR_X]
            seen = padded[:, :, top : top + rows : g[STEP_Y], left : left + columns : g[STEP_X]]
            out = out + seen @ matrix[i, j]
    return np.asarray(out.reshape(b, t, -1, out.shape[-1]) * (1 if kind != np.int64 else g[FACTOR]))


def marked(same: Array, worth: Array, out: Array) -> Array:
    """What the spikes of ``same`` add, (B, T, pixels, outputs), or zero."""
    if not len(worth):
        return np.zeros((1, 1, 1, 1), worth.dtype)
    bits = np.unpackbits(same.view(np.uint8), axis=-1, bitorder="little")
    return np.asarray(bits.transpose(0, 2, 1, 3) * worth)


def fire(currents: Array, p: Array, hard: int, out: Array) -> int:
    """Frame by frame; gives the number of spikes."""
    start, level, drop, bias = p
    v = np.broadcast_to(start, currents[:, 0].shape)
    spikes = np.empty(currents.shape, np.uint8)
    for t in range(currents.shape[1]):
        u = v + (currents[:, t] + bias)
        fired = u >= level
        v = np.where(fired, u * 0 if hard else u - drop, u)
        spikes[:, t] = fired
    train = spikes.transpose(1, 0, 3, 2)[..., None]  # (T, B, C, pixels, 1)
    out[:] = to_words(train)
    return int(spikes.sum())
