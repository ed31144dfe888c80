"""PASCAL equals QCFS: theorem (10) of the paper's note, exhaustively, and its tightness."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.catalogue import integer_level
from laws.strategies import whole
from numpy.testing import assert_array_equal

from refsnn.activations import QCFS
from refsnn.neurons import IF, Pascal, PascalFirst, respond
from refsnn.ops import MaxPool2d

KINDS = (Pascal, PascalFirst)


@st.composite
def charges(draw, max_frames=16):
    """(T, 1, 4) whole numbers."""
    return draw(whole((draw(st.integers(1, max_frames)), 1, 4)))


@pytest.mark.parametrize("kind", KINDS)
@given(currents=charges(), theta=st.integers(1, 40), levels=st.integers(1, 16))
def test_pascal_is_qcfs(kind, currents, theta, levels):
    count = respond(kind(theta=theta, t_out=levels), currents).spikes.sum(0)
    assert_array_equal(count, integer_level(currents.sum(0), theta, levels))


@pytest.mark.parametrize("kind", KINDS)
@given(currents=charges(8), shift=st.integers(0, 6), levels=st.integers(1, 8))
def test_pascal_is_the_activation_itself(kind, currents, shift, levels):
    """Against `QCFS` in floats on dyadic data: same level, same value."""
    theta, z = 2.0**-shift, currents / 64
    op, params = QCFS(levels=levels), {"lambda": np.asarray(theta * levels)}
    response = respond(kind(theta=theta, t_out=levels), z)
    assert_array_equal(response.spikes.sum(0), op.level(params, z.sum(0)))
    assert_array_equal(response.spikes.sum(0) * theta, op.apply(params, z.sum(0)))


def every_train(frames, values):
    """All trains of ``frames`` frames over ``values``: (frames, number, 1)."""
    return np.array(list(product(values, repeat=frames)), np.int64).T[..., None]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("theta", [1, 2, 3, 4])
@pytest.mark.parametrize(("t_in", "t_out"), list(product((1, 2, 3), repeat=2)))
def test_every_input_of_a_small_grid(kind, theta, t_in, t_out):
    trains = every_train(t_in, range(-2 * theta - 1, 3 * theta + 2))
    count = respond(kind(theta=theta, t_out=t_out), trains).spikes.sum(0)
    assert_array_equal(count, integer_level(trains.sum(0), theta, t_out))


def relaxed(steps):
    """`Pascal` with this many relaxation steps."""

    class Relaxed(Pascal):
        def schedule(self, t_in):
            return tuple(
                phase
                for phase in super().schedule(t_in)
                if phase.name != "relax" or phase.t <= steps
            )

    return Relaxed


@pytest.mark.parametrize(("t_in", "t_out"), list(product((1, 2, 3, 4), repeat=2)))
def test_relaxation_is_tight(t_in, t_out):
    """``max(T_in, T_out) - 1`` steps are enough, and one fewer is not."""
    enough = max(t_in, t_out) - 1
    relax = [p for p in Pascal(theta=2, t_out=t_out).schedule(t_in) if p.name == "relax"]
    assert len(relax) == enough
    trains = every_train(t_in, (-7, -3, -2, -1, 0, 1, 3, 9))
    level = integer_level(trains.sum(0), 2, t_out)
    for steps in range(enough + 1):
        count = respond(relaxed(steps)(theta=2, t_out=t_out), trains).spikes.sum(0)
        assert (count != level).any() == (steps < enough)


def test_retraction_is_needed():
    """Spikes sent too early must be taken back: a plain IF neuron cannot."""
    trains = every_train(3, range(-8, 9))
    level = integer_level(trains.sum(0), 4, 3)
    assert_array_equal(respond(Pascal(theta=4, t_out=3), trains).spikes.sum(0), level)
    assert (respond(IF(theta=4), trains).spikes.sum(0) != level).any()


@given(currents=charges(6), theta=st.integers(1, 12), levels=st.integers(1, 6))
def test_counter_stays_in_its_range(currents, theta, levels):
    """``-(Tm - 1) .. T_in + Tm - 1``: one step, one count."""
    seen = []
    neuron = Pascal(theta=theta, t_out=levels)
    respond(neuron, currents, probe=lambda p, c, step: seen.append(step.state.count))
    longest = max(len(currents), levels)
    assert np.min(seen) >= -(longest - 1)
    assert np.max(seen) <= len(currents) + longest - 1


@given(level=whole((5, 3, 4, 4)), frames=st.integers(1, 7))
def test_maximum_of_thermometers_is_an_or(level, frames):
    """Frame by frame, the maximum of thermometer trains is the train of the maximum."""
    from refsnn.codings import count, thermometer

    level = np.clip(np.abs(level), 0, frames)
    pool = MaxPool2d(2)
    trains = thermometer(level, frames).astype(float)
    pooled = np.stack([pool.apply({}, frame) for frame in trains])
    assert_array_equal(pooled.sum(0), pool.apply({}, level.astype(float)))
    assert_array_equal(pooled, thermometer(count(pooled), frames))


def test_maximum_of_other_trains_is_not():
    """Two rate coded trains of one spike each: the OR has two."""
    trains = np.array([[1, 0], [0, 1]], float).reshape(2, 1, 1, 1, 2)
    pooled = sum(MaxPool2d((1, 2)).apply({}, frame) for frame in trains)
    assert (pooled != trains.sum(0).max()).any()
