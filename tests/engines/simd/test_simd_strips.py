"""Rows of every length: strips of neighbouring pixels, and the tiles that take what is left."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from simd_cases import neurons, outcome, train_for, weights_for

from refsnn.engines import simd
from refsnn.engines.simd import Reading, generic

WIDTHS = range(1, 20)


def reading_of(width, kernel=(3, 3), stride=(1, 1), dilation=(1, 1)):
    return Reading((5, 3, width), (1, 1), kernel, stride, (1, 1), dilation)


def empty(dtype):
    return np.zeros((0, 0, 0, 0), dtype)


def dense_layer(reading, outputs, frames):
    """Arguments of `dense_frames`: one source."""
    rng = np.random.default_rng([outputs, frames, *reading.shape])
    weights = simd.for_tiles(weights_for(rng, reading, outputs, np.int8, 127))
    given = [train_for(rng, reading, 2, frames, 0.3), reading.numbers(3), weights]
    none = [empty(np.uint64), simd.nothing(), weights[:0], empty(np.uint64), np.zeros(0, np.int32)]
    shape = (2, reading.out[0] * reading.out[1], frames, simd.words(outputs))
    vectors = simd.up(outputs, 16) // 16
    p = neurons(rng, outputs, np.int32, 2000)
    return [*given, *none, p, vectors, 0, np.empty(shape, np.uint64)]


def held(layer, given=None):
    got, train = outcome(simd.dense_frames, given or layer)
    wanted, expected = outcome(generic.dense_frames, layer)
    assert_array_equal(train, expected)
    assert got == wanted
    return expected


@pytest.mark.parametrize("frames", [1, 2, 3, 40])
@pytest.mark.parametrize("outputs", [16, 32, 48, 64, 80])
def test_every_width(outputs, frames):
    trains = [held(dense_layer(reading_of(width), outputs, frames)) for width in WIDTHS]
    assert any(train.any() for train in trains)


@pytest.mark.parametrize(
    "reading",
    [
        reading_of(19, kernel=(1, 3)),
        reading_of(19, kernel=(3, 2)),
        reading_of(19, stride=(2, 1)),
        reading_of(19, stride=(1, 2)),
        reading_of(19, dilation=(2, 1)),
        reading_of(19, dilation=(1, 2)),
    ],
)
@pytest.mark.parametrize("outputs", [16, 32])
def test_what_is_no_strip_and_what_nearly_is(reading, outputs):
    held(dense_layer(reading, outputs, 4))


@pytest.mark.parametrize("outputs", [16, 32])
@pytest.mark.parametrize("pixel", [0, 3, 7, 8, 15, 18])
def test_a_fault_at_one_pixel_is_seen(outputs, pixel):
    """Spikes of one input are taken away: the sums of its neighbours alone are wrong."""
    layer = dense_layer(reading_of(19), outputs, 4)
    layer[0][:, 19 + pixel] |= np.uint64(1)
    broken = [layer[0].copy(), *layer[1:]]
    broken[0][:, 19 + pixel] ^= np.uint64(1)
    with pytest.raises(AssertionError):
        held(layer, broken)


@pytest.mark.parametrize("samples", [1, 2, 9])
@pytest.mark.parametrize("outputs", [16, 32, 64])
def test_counts_of_every_width(outputs, samples):
    rng = np.random.default_rng([outputs, samples])
    for width in WIDTHS:
        reading = reading_of(width)
        codes = rng.integers(0, 255, (samples, 3, width, 16), np.uint8)
        weights = simd.for_tiles(weights_for(rng, reading, outputs, np.int8, 127))
        none = (
            empty(np.uint8),
            simd.nothing(),
            weights[:0],
            empty(np.uint8),
            np.zeros(0, np.int32),
        )
        p = neurons(rng, outputs, np.int32, 9999)
        ranks = np.sort(rng.integers(-9999, 9999, (5, outputs)), axis=0)
        levels = np.stack([simd.per_output(row, outputs, np.int32, 2**31 - 1) for row in ranks])
        given = (
            codes,
            reading.numbers(2),
            weights,
            *none,
            0,
            p,
            simd.up(outputs, 16) // 16,
            levels,
        )
        got, wanted = np.full((2, samples, 3, width, simd.up(outputs, 16)), 77, np.uint8)
        simd.code_counts(*given, got)
        generic.code_counts(*given, wanted)
        assert_array_equal(got, wanted)
        assert len(np.unique(got)) > 1


@pytest.mark.parametrize("outputs", [16, 32, 48, 64])
def test_still_images_of_every_width(outputs):
    rng = np.random.default_rng(outputs)
    for width in WIDTHS:
        reading = reading_of(width)
        image = rng.integers(0, 255, (2, 3, width, 5), np.uint8)
        weights = simd.for_tiles(weights_for(rng, reading, outputs, np.int8, 127))
        p = neurons(rng, outputs, np.int32, 20000)
        rest = (weights, 128, p, simd.up(outputs, 16) // 16, 1)
        layer = (image, reading.numbers(), *rest, np.empty((2, 3 * width, 4, 1), np.uint64))
        got, train = outcome(simd.still_frames, layer)
        wanted, expected = outcome(generic.still_frames, layer)
        assert_array_equal(train, expected)
        assert got == wanted
        assert 0 < got < expected.size * outputs
