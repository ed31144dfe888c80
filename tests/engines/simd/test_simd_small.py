"""Kernels on everything there is of a small size, on codes, and with faults planted."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from simd_cases import layers, neurons, outcome, readings, weights_for

from refsnn.engines import simd
from refsnn.engines.simd import Reading, caching, cpu, generic
from refsnn.engines.simd.geometry import FACTOR

ONE_PIXEL = ((1, 1), (1, 1), (1, 1), (0, 0), (1, 1))


def every_train(channels, frames):
    """All trains of one pixel: a sample each."""
    bits = np.array(list(itertools.product((0, 1), repeat=channels * frames)), np.uint8)
    return bits.reshape(-1, frames, channels, 1, 1).transpose(1, 0, 2, 3, 4)


@pytest.mark.parametrize(
    ("kernel", "pack"),
    [("dense_frames", simd.for_tiles), ("event_frames", simd.for_events)],
)
@pytest.mark.parametrize("hard", [0, 1])
def test_all_trains_of_three_inputs_and_four_frames(kernel, pack, hard):
    """4096 samples; stepped here once more, neuron by neuron, in Python integers."""
    spikes = every_train(3, 4)
    weights = np.array([[-128, 127, 1], [2, -3, 5]], np.int8).reshape(2, 3, 1, 1)
    numbers = Reading((3, 1, 1), *ONE_PIXEL).numbers(2)
    rows = ((0, 3), (9, 7), (9, 4), (1, -2))
    rest = (0, 2**31 - 1, 0, 0)
    p = np.stack([simd.per_output(row, 2, np.int32, z) for row, z in zip(rows, rest, strict=True)])
    out = np.empty((4096, 1, 4, 1), np.uint64)
    nothing = (
        np.zeros((0, 0, 0, 0), np.uint64),
        simd.nothing(),
        pack(np.zeros((1, 1, 1, 1), np.int8)),
    )
    none = (np.zeros((0, 0, 0, 0), np.uint64), np.zeros(0, np.int32))
    given = (simd.to_words(spikes), numbers, pack(weights), *nothing, *none, p, 1, hard, out)
    sent = getattr(simd, kernel)(*given)
    got = simd.to_spikes(out, (2, 1, 1))[..., 0, 0]
    assert sent == got.sum()
    for j, ((start, level, drop, bias), row) in enumerate(
        zip(p[:, :2].T, weights[..., 0, 0], strict=True)
    ):
        for sample in range(4096):
            v = int(start)
            for t in range(4):
                v += int(bias) + 2 * sum(
                    int(w) * int(s) for w, s in zip(row, spikes[t, sample, :, 0, 0], strict=True)
                )
                fired = v >= level
                assert got[t, sample, j] == fired
                v = (0 if hard else v - int(drop)) if fired else v


@pytest.mark.parametrize("rest", [0, 1, 17, 254])
def test_as_many_events_as_fit_sixteen_bits(rest):
    """All weights -128, all inputs on: one more event in a sum of int16 and it would wrap."""
    inputs = 3 * 255 + rest
    weights = np.full((1, inputs, 1, 1), -128, np.int8)
    spikes = simd.to_words(np.ones((1, 1, inputs, 1, 1), np.uint8))
    numbers = Reading((inputs, 1, 1), *ONE_PIXEL).numbers()
    level = -128 * inputs
    for theta, fires in ((level, 1), (level + 1, 0)):
        p = np.stack([simd.per_output(v, 1, np.int32, 1) for v in (0, theta, 0, 0)])
        out = np.empty((1, 1, 1, 1), np.uint64)
        empty = np.zeros((0, 0, 0, 0), np.uint64)
        rows = simd.for_events(weights)
        given = (
            spikes,
            numbers,
            rows,
            empty,
            simd.nothing(),
            rows[:0],
            empty,
            np.zeros(0, np.int32),
        )
        simd.event_frames(*given, p, 1, 0, out)
        assert int(out[0, 0, 0, 0]) & 1 == fires


@st.composite
def still(draw):
    """Arguments of `still_frames`."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    reading = draw(readings())._replace(pool=(1, 1))
    outputs, blank = draw(st.sampled_from([1, 17, 64, 100])), draw(st.sampled_from([0, 128]))
    batch, frames = draw(st.integers(1, 2)), draw(st.integers(1, 9))
    c, h, w = reading.shape
    image = rng.integers(0, 255, (batch, h, w, c), np.uint8, endpoint=True)
    weights = simd.for_tiles(weights_for(rng, reading, outputs, np.int8, 127))
    p = neurons(rng, outputs, np.int32, 9999)
    shape = (batch, reading.out[0] * reading.out[1], frames, simd.words(outputs))
    numbers, vectors = reading.numbers(draw(st.integers(1, 3))), simd.up(outputs, 16) // 16
    hard = int(draw(st.booleans()))
    return image, numbers, weights, blank, p, vectors, hard, np.empty(shape, np.uint64)


@given(layer=still())
def test_still(layer):
    got, train = outcome(simd.still_frames, layer)
    wanted, expected = outcome(generic.still_frames, layer)
    assert_array_equal(train, expected)
    assert got == wanted


@given(
    outputs=st.sampled_from([1, 17, 40, 64, 100]),
    size=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 5), st.integers(1, 9)),
    hard=st.integers(0, 1),
    seed=st.integers(0, 2**32),
)
def test_steady(outputs, size, hard, seed):
    """Integers in float32: no sum is rounded."""
    (batch, h, w, frames), rng = size, np.random.default_rng(seed)
    currents = simd.in_blocks(rng.integers(-99, 99, (batch, outputs, h, w)).astype(np.float32))
    p, vectors = neurons(rng, outputs, np.float32, 200), simd.up(outputs, 16) // 16
    out = np.empty((batch, h * w, frames, simd.words(outputs)), np.uint64)
    got, train = outcome(simd.steady_frames, (currents, p, vectors, hard, out))
    wanted, expected = outcome(generic.steady_frames, (currents, p, vectors, hard, out))
    assert_array_equal(train, expected)
    assert got == wanted


@st.composite
def counting(draw):
    """Arguments of `code_counts`."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    outputs, batch = draw(st.sampled_from([1, 17, 64, 100])), draw(st.integers(1, 9))
    reading, made = draw(readings()), []
    for number in range(2):
        if number and not draw(st.booleans()):
            one = simd.for_tiles(np.zeros((1, 1, 1, 1), np.int8))
            made += [np.zeros((0, 0, 0, 0), np.uint8), simd.nothing(), one]
            continue
        read = draw(readings(reading.out)) if number else reading
        c, h, w = read.shape
        top = 255 // (read.pool[0] * read.pool[1])
        codes = rng.integers(0, top, (batch, h, w, simd.up(c, 16)), np.uint8, endpoint=True)
        weights = simd.for_tiles(weights_for(rng, read, outputs, np.int8, 127))
        made += [codes, read.numbers(draw(st.integers(1, 3))), weights]
    vectors = simd.up(outputs, 16) // 16
    size = (batch, *reading.out, 16 * vectors)
    same, worth = np.zeros((0, 0, 0, 0), np.uint8), np.zeros(0, np.int32)
    if draw(st.booleans()):
        same = rng.integers(0, 9, size, np.uint8)
        worth = simd.per_output(rng.integers(-50, 50, outputs), outputs, np.int32)
    p = neurons(rng, outputs, np.int32, 9999)
    ranks = np.sort(rng.integers(-9999, 9999, (draw(st.integers(1, 7)), outputs)), axis=0)
    levels = np.stack([simd.per_output(row, outputs, np.int32, 2**31 - 1) for row in ranks])
    blank = draw(st.sampled_from([0, 128]))
    return (*made, same, worth, blank, p, vectors, levels, np.empty(size, np.uint8))


@given(layer=counting())
def test_counting(layer):
    got, wanted = np.full_like(layer[-1], 77), np.full_like(layer[-1], 99)
    simd.code_counts(*layer[:-1], got)
    generic.code_counts(*layer[:-1], wanted)
    assert_array_equal(got, wanted)


def caught(kernel, oracle, cases, change):
    """Some layer shows that an argument was changed."""

    @settings(max_examples=40, phases=[Phase.generate], database=None, report_multiple_bugs=False)
    @given(layer=cases)
    def held(layer):
        got, train = outcome(kernel, change(list(layer)))
        wanted, expected = outcome(oracle, layer)
        assert_array_equal(train, expected)
        assert got == wanted

    with pytest.raises(AssertionError):
        held()


def one_more(place, at=(), by=1):
    def change(layer):
        layer[place] = layer[place].copy()
        layer[place][at] += by
        return layer

    return change


@pytest.mark.parametrize(
    "change",
    [
        one_more(1, FACTOR),
        one_more(8, (0, 0), 500),
        one_more(8, (1, 0), 2000),
        one_more(8, (3, 0), 500),
    ],
    ids=["factor", "start", "level", "bias"],
)
@pytest.mark.parametrize("kernel", ["dense_frames", "event_frames"])
def test_a_planted_fault_is_caught(kernel, change):
    pack = simd.for_tiles if kernel == "dense_frames" else simd.for_events
    caught(getattr(simd, kernel), getattr(generic, kernel), layers(np.int8, pack), change)


@given(reading=readings(), outputs=st.sampled_from([1, 63, 64, 65, 130]))
def test_rows_hold_all_weights(reading, outputs):
    weights = weights_for(np.random.default_rng(outputs), reading, outputs, np.int8, 127)
    rows = simd.for_events(weights)
    assert_array_equal(simd.of_events(rows, outputs, reading), weights)


def test_a_changed_file_makes_kernels_stale():
    """Not only the file of the kernel itself."""
    names = [name for name, _, _ in caching.stamp()]
    assert {"dots.py", "fire.py", "dense.py", "events.py", "build.py"} <= set(names)
    if cpu.compiles():
        file = simd.dense_frames._cache._cache_file
        assert file._source_stamp[-1] == caching.stamp()


def test_features_of_the_processor():
    assert cpu.has_dot() == ("avx512vnni" in cpu.features())
