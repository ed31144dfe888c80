"""Encode and decode."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from refsnn.codings import CODINGS, constant, count, even, is_constant, thermometer
from refsnn.errors import InputError
from refsnn.neurons import IF, PascalFirst, respond


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


def test_codings_differ():
    assert not np.array_equal(even(np.array([1]), 3), thermometer(np.array([1]), 3))


def test_examples():
    assert thermometer(np.array(3), 5).tolist() == [1, 1, 1, 0, 0]
    assert even(np.array(2), 4).tolist() == [1, 0, 1, 0]


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
