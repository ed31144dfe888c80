"""Kernels in vector instructions, bit for bit their plain NumPy twins."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from numpy.testing import assert_array_equal
from simd_cases import layers, outcome

from refsnn.engines import simd
from refsnn.engines.simd import generic


def held(function, oracle, layer):
    got, train = outcome(function, layer)
    wanted, expected = outcome(oracle, layer)
    assert_array_equal(train, expected)
    assert got == wanted


@given(layer=layers())
def test_dense(layer):
    held(simd.dense_frames, generic.dense_frames, layer)


@given(layer=layers(np.int8, simd.for_events))
def test_events_int8(layer):
    held(simd.event_frames, generic.event_frames, layer)


@given(layer=layers(np.int16, simd.for_events))
def test_events_int16(layer):
    held(simd.event_frames, generic.event_frames, layer)


@given(layer=layers(np.float32, simd.for_events))
def test_events_float32(layer):
    held(simd.event_frames, generic.event_frames, layer)
