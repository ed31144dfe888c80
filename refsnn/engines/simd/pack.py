"""Weights and trains in the order in which the kernels read them."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsnn.engines.simd.geometry import Reading, words
from refsnn.typing import Array

LANES = 16
BLOCK = 64


def up(count: int, step: int) -> int:
    """``count`` rounded up to a multiple."""
    return -(-count // step) * step


def for_tiles(weights: Array) -> Array:
    """(CO, C, kh, kw) int8 for `refsnn.engines.simd.dots`: pairs of vectors, then a single one.

    [pair][tap][C / 4][2][16][4], with outputs and inputs filled up with zeros.
    """
    co, c, kh, kw = weights.shape
    full = np.zeros((up(co, LANES), kh, kw, up(c, 4)), np.int8)
    full[:co, ..., :c] = weights.transpose(0, 2, 3, 1)
    vectors = full.reshape(len(full) // LANES, LANES, -1, 4).transpose(0, 2, 1, 3)
    pairs = len(vectors) // 2
    out = np.empty(full.size, np.int8)
    paired = (pairs, vectors.shape[1], 2, LANES, 4)
    end = int(np.prod(paired))
    for i in range(2):
        out[:end].reshape(paired)[:, :, i] = vectors[i : 2 * pairs : 2]
    out[end:].reshape(-1, *vectors.shape[1:])[:] = vectors[2 * pairs :]
    return out


def for_events(weights: Array) -> Array:
    """(CO, C, kh, kw) for `refsnn.engines.simd.events`: [block of 64 outputs][tap, C][64]."""
    blocks = up(len(weights), BLOCK) // BLOCK
    out = np.zeros((blocks, weights[0].size, BLOCK), weights.dtype)
    for block, rows in enumerate(out):
        some = weights[block * BLOCK : (block + 1) * BLOCK]
        rows[:, : len(some)] = some.transpose(2, 3, 1, 0).reshape(len(rows), len(some))
    return out


def of_events(rows: Array, outputs: int, reading: Reading) -> Array:
    """The inverse of `for_events`."""
    matrix = rows.transpose(1, 0, 2).reshape(rows.shape[1], -1)[:, :outputs]
    shape = (*reading.kernel, reading.shape[0], outputs)
    return np.ascontiguousarray(matrix.reshape(shape).transpose(3, 2, 0, 1))


def per_output(values: Any, channels: int, dtype: Any, rest: Any = 0) -> Array:
    """One number an output, filled up to whole blocks with ``rest``."""
    out = np.full(up(channels, BLOCK), rest, dtype)
    out[:channels] = values
    return out


def in_blocks(currents: Array) -> Array:
    """(B, C, H, W) to float32 (B, blocks of 64 channels, pixels, 1, 64)."""
    b, c, h, w = currents.shape
    full = np.zeros((b, words(c), h * w, 1, BLOCK), np.float32)
    for block in range(words(c)):
        some = currents[:, block * BLOCK : (block + 1) * BLOCK].reshape(b, -1, h * w)
        full[:, block, :, 0, : some.shape[1]] = some.transpose(0, 2, 1)
    return full


def to_words(spikes: Array) -> Array:
    """Spikes 0 or 1 (T, B, C, H, W) to words (B, H W, T, ceil(C / 64))."""
    t, b, c, h, w = spikes.shape
    padded = np.zeros((b, h * w, t, words(c) * BLOCK), np.uint8)
    padded[..., :c] = spikes.reshape(t, b, c, h * w).transpose(1, 3, 0, 2)
    return np.packbits(padded, axis=-1, bitorder="little").view(np.uint64)


def to_spikes(train: Array, shape: tuple[int, int, int]) -> Array:
    """The inverse, uint8 (T, B, C, H, W)."""
    b, _, t, _ = train.shape
    bits = np.unpackbits(train.view(np.uint8), axis=-1, bitorder="little")[..., : shape[0]]
    return bits.transpose(2, 0, 3, 1).reshape(t, b, *shape)


def to_counts(train: Array, shape: tuple[int, int, int]) -> Array:
    """Spikes of every neuron, int64 (B, C, H, W)."""
    bits = np.unpackbits(train.view(np.uint8), axis=-1, bitorder="little")[..., : shape[0]]
    total = bits.sum(axis=2, dtype=np.int64).transpose(0, 2, 1)
    return np.asarray(total.reshape(len(train), *shape))
