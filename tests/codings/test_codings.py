"""Encode and decode."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from refsnn.codings import (
    CODINGS,
    burst,
    constant,
    count,
    even,
    first_spike,
    is_constant,
    since_first,
    thermometer,
)
from refsnn.errors import InputError
from refsnn.neurons import IF, AdaFire, PascalFirst, respond


@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_every_level_comes_back(coding):
    for frames in range(1, 20):
        levels = np.arange(frames + 1)
        train = CODINGS[coding](levels, frames)
        assert train.shape == (frames, frames + 1)
        assert train.dtype == np.int8
        assert set(np.unique(train)) <= {0, 1}
        assert_array_equal(count(train), levels)


@given(frames=st.integers(1, 16))
def test_codings_are_what_neurons_send(frames):
    """Constant drive: an IF neuron spreads its spikes evenly, a PASCAL neuron sends them first."""
    levels = np.arange(frames + 1).reshape(1, -1, 1)
    theta = 2 * frames
    drive = np.broadcast_to(2 * levels, (frames, *levels.shape[1:]))
    assert_array_equal(respond(IF(theta=theta), drive).spikes, even(levels[0], frames))
    first = PascalFirst(theta=theta, t_out=frames)
    assert_array_equal(respond(first, drive).spikes, thermometer(levels[0], frames))


@pytest.mark.parametrize("most", [1, 2, 4, 7])
def test_bursts_come_back_and_are_what_the_burst_neuron_sends(most):
    for frames in range(1, 6):
        levels = np.arange(most * frames + 1)
        train = burst(levels, frames, most)
        assert train.max() <= most
        assert_array_equal(count(train), levels)
        drive = np.zeros((frames, len(levels)), np.int64)
        drive[0] = 8 * levels
        assert_array_equal(respond(AdaFire(theta=8, phi=most), drive).spikes, train)
    assert_array_equal(burst(np.arange(5), 4, 1), thermometer(np.arange(5), 4))


def test_first_spikes_come_back():
    for frames in range(1, 20):
        levels = np.arange(frames + 1)
        train = first_spike(levels, frames)
        assert train.dtype == np.int8
        assert count(train).tolist() == [0] + [1] * frames
        assert_array_equal(since_first(train), levels)
        worth = frames + 1 - np.arange(1, frames + 1)
        assert_array_equal(worth @ train, levels)
    assert since_first(np.array([[0], [1], [0], [1]])).tolist() == [3]


@pytest.mark.parametrize("coding", [first_spike, lambda level, frames: burst(level, frames, 1)])
def test_what_fits_no_train_is_refused(coding):
    for level, why in ((np.array([5]), "does not fit"), (np.array([1.0]), "levels are integers")):
        with pytest.raises(InputError, match=why):
            coding(level, 4)


def test_codings_differ():
    assert not np.array_equal(even(np.array([1]), 3), thermometer(np.array([1]), 3))


def test_examples():
    assert thermometer(np.array(3), 5).tolist() == [1, 1, 1, 0, 0]
    assert even(np.array(2), 4).tolist() == [1, 0, 1, 0]
    assert burst(np.array(13), 4, 4).tolist() == [4, 4, 4, 1]
    assert first_spike(np.array(2), 4).tolist() == [0, 0, 1, 0]


@pytest.mark.parametrize("coding", sorted(CODINGS))
@pytest.mark.parametrize(("level", "got"), [([0, 5], 5), ([-1, 2], -1)])
def test_level_that_does_not_fit(coding, level, got):
    with pytest.raises(InputError, match=rf"encode: level does not fit .* 0\.\.4, got {got}"):
        CODINGS[coding](np.array(level), 4)


@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_levels_are_integers(coding):
    with pytest.raises(InputError, match="levels are integers"):
        CODINGS[coding](np.array([1.0]), 4)


def test_constant_is_a_view_that_is_recognised():
    x = np.arange(6.0).reshape(2, 3)
    train = constant(x, 4)
    assert train.shape == (4, 2, 3)
    assert np.shares_memory(train, x)
    assert is_constant(train)
    assert not is_constant(train.copy())


def test_long_trains_count_past_a_byte():
    assert count(np.ones((300, 1), np.int8)).tolist() == [300]
