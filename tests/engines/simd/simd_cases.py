"""Random layers for the kernels."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from refsnn.engines import simd
from refsnn.engines.simd import Reading

ONE = st.tuples(st.integers(1, 2), st.integers(1, 2))


@st.composite
def readings(draw, out=None):
    """Pooled, padded, strided, dilated."""
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    pool, stride, padding, dilation = (draw(ONE) for _ in range(4))
    padding = tuple(p - 1 for p in padding)
    size = []
    for axis in range(2):
        reach = dilation[axis] * (kernel[axis] - 1) + 1
        least = max(1, reach - 2 * padding[axis])
        rows = draw(st.integers(least, least + 4)) if out is None else None
        if out is not None:
            rows = reach + stride[axis] * (out[axis] - 1) - 2 * padding[axis]
            if rows < 1:
                padding = tuple(0 if a == axis else p for a, p in enumerate(padding))
                rows = reach + stride[axis] * (out[axis] - 1)
        size.append(rows * pool[axis])
    channels = draw(st.sampled_from([1, 3, 4, 16, 64, 65, 130]))
    return Reading((channels, *size), pool, kernel, stride, padding, dilation)


def weights_for(rng, reading, outputs, kind, top):
    shape = (outputs, reading.shape[0], *reading.kernel)
    return rng.integers(-top, top, shape, endpoint=True).astype(kind)


def train_for(rng, reading, batch, frames, rate):
    spikes = rng.random((frames, batch, *reading.shape)) < rate
    return simd.to_words(spikes.astype(np.uint8))


@st.composite
def layers(draw, kind=np.int8, pack=simd.for_tiles):
    """Arguments of `dense_frames` or `event_frames`, the output not filled."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    outputs, batch = draw(st.sampled_from([1, 16, 17, 40, 64, 100])), draw(st.integers(1, 2))
    frames, rate = draw(st.integers(1, 17)), draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]))
    real = np.issubdtype(kind, np.floating)
    top = 9 if real else draw(st.sampled_from([1, int(np.iinfo(kind).max)]))
    made, reading = [], draw(readings())
    for number in range(2):
        if number and not draw(st.booleans()):
            made += [
                np.zeros((0, 0, 0, 0), np.uint64),
                simd.nothing(),
                pack(np.zeros((1, 1, 1, 1), kind)),
            ]
            continue
        read = draw(readings(reading.out)) if number else reading
        weights = pack(weights_for(rng, read, outputs, kind, top))
        factor = 1 if real else draw(st.integers(1, 5))
        made += [train_for(rng, read, batch, frames, rate), read.numbers(factor), weights]
    value = np.float32 if real else np.int32
    shape = (batch, reading.out[0] * reading.out[1], frames, simd.words(outputs))
    same, worth = np.zeros((0, 0, 0, 0), np.uint64), np.zeros(0, value)
    if draw(st.booleans()):
        same = simd.to_words(rng.integers(0, 2, (frames, batch, outputs, *reading.out)))
        worth = simd.per_output(rng.integers(-50, 50, outputs), outputs, value)
    p = neurons(rng, outputs, value, 40 * top)
    vectors, hard = simd.up(outputs, simd.LANES) // simd.LANES, int(draw(st.booleans()))
    return (*made, same, worth, p, vectors, hard, np.empty(shape, np.uint64))


def neurons(rng, outputs, value, theta):
    """Start, level, drop, bias."""
    never = np.inf if value == np.float32 else np.iinfo(np.int32).max
    rows = [
        simd.per_output(rng.integers(-theta, theta, outputs), outputs, value),
        simd.per_output(rng.integers(1, theta, outputs, endpoint=True), outputs, value, never),
        simd.per_output(rng.integers(1, theta, outputs, endpoint=True), outputs, value),
        simd.per_output(rng.integers(-theta, theta, outputs), outputs, value),
    ]
    return np.stack(rows)


def outcome(function, layer):
    """(spikes it says, train)."""
    out = np.full_like(layer[-1], 2**63)
    return function(*layer[:-1], out), out
