"""The signed integer neuron against the float one, and against its closed form."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.strategies import SIZE, thetas, whole
from numpy.testing import assert_array_equal

from fixedpoint.errors import InputError
from fixedpoint.models import IntIF
from fixedpoint.models_dual import IntDual, settled_count
from fixedpoint.neurons import run_neuron
from refsnn.neurons import DualThreshold, respond

FLAGS = st.fixed_dictionaries(
    {
        "strict_positive": st.booleans(),
        "strict_negative": st.booleans(),
        "memory": st.booleans(),
        "cap": st.sampled_from([None, 1, 2, 4]),
    }
)


def trains(values, steps):
    """Every train of these values, (T, number of trains)."""
    return np.array(list(product(values, repeat=steps)), np.int64).T


@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.float64])
@given(
    theta=thetas(),
    quarters=st.sampled_from([None, 0, 1, 2, 4]),
    flags=FLAGS,
    steps=st.integers(1, 7),
    data=st.data(),
)
def test_equal_to_the_float_neuron(dtype, theta, quarters, flags, steps, data):
    """Dyadic: thresholds of 4, 8, 12 ... eighths, currents in eighths. Every step of it."""
    theta, currents = 4 * theta, data.draw(whole((steps, 3, SIZE)))
    negative = None if quarters is None else theta * quarters // 4
    twin = IntDual(theta=theta, v_init=theta // 2, negative=negative, **flags)
    mine = run_neuron(twin, currents, trace=True)
    low = None if quarters is None else quarters / 4
    unit = 1 if dtype is np.int64 else 2.0**-3
    neuron = DualThreshold(theta=theta * unit, theta_negative=low, **flags)
    seen = []
    frames = (currents * unit).astype(dtype)
    spikes = respond(neuron, frames, probe=lambda _p, _c, step: seen.append(step)).spikes
    assert_array_equal(mine.spikes, spikes)
    assert_array_equal(mine.trace.u * unit, [step.u for step in seen])
    assert_array_equal(mine.trace.v * unit, [step.state.v for step in seen])
    assert_array_equal(mine.trace.count, [step.state.count for step in seen])


def test_two_frames_every_pair():
    """6561 pairs at theta = 16; the plain neuron is the IF neuron."""
    pairs, found = trains(range(-40, 41), 2), []
    for negative in (None, 0):
        count = run_neuron(IntDual(theta=16, v_init=8, negative=negative), pairs).count
        gap = count - settled_count(pairs.sum(0), 16, 2)
        found.append((int((gap > 0).sum()), int((gap < 0).sum())))
    assert found == [(792, 300), (0, 300)]
    plain = run_neuron(IntIF(theta=16, v_init=8), pairs).spikes
    assert_array_equal(run_neuron(IntDual(theta=16, v_init=8, negative=None), pairs).spikes, plain)


def settles(neuron, steps, values):
    """T frames and T silent ones: the closed form."""
    currents = trains(values, steps)
    silence = np.zeros_like(currents)
    count = run_neuron(neuron, np.concatenate([currents, silence])).count
    assert_array_equal(count, settled_count(currents.sum(0), neuron.theta, steps))


@pytest.mark.parametrize("theta", range(1, 8))
def test_every_small_train_settles(theta):
    """Odd thresholds too: the start of ``theta // 2`` makes no tie."""
    settles(IntDual(theta=theta, v_init=theta // 2, cap=3), 3, range(-12, 13))


@pytest.mark.parametrize(
    ("theta", "change"),
    [
        (5, {"v_init": 3}),  # (theta + 1) // 2: rounds up what is just below a half
        (4, {"v_init": 0}),
        (4, {"memory": False}),
        (4, {"cap": None}),
        (4, {"negative": 1}),
        (4, {"negative": None}),
        (4, {"strict_negative": False}),
        (4, {"strict_positive": True}),
    ],
)
def test_nothing_else_settles(theta, change):
    with pytest.raises(AssertionError):
        settles(
            replace(IntDual(theta=theta, v_init=theta // 2, cap=3), **change), 3, range(-12, 13)
        )


def test_closed_form():
    """Against the definition in fractions of theta, negative charges included."""
    for theta in range(1, 9):
        for charge in range(-40, 41):
            exact = np.clip(np.floor(charge / theta + 0.5), 0, 3)  # exact at this size
            assert settled_count(charge, theta, 3) == exact  # eq: error_compensation.16


@pytest.mark.parametrize("cap", [None, 1, 2])
@pytest.mark.parametrize("memory", [False, True])
@pytest.mark.parametrize("negative", [None, 0, 1])
def test_sums_of_consecutive_spikes_stay_in_range(cap, memory, negative):
    neuron = IntDual(theta=2, v_init=1, cap=cap, memory=memory, negative=negative)
    spikes = run_neuron(neuron, trains(range(-4, 5), 4)).spikes
    low, high = neuron.spike_range
    assert (spikes.min(), spikes.max()) == (low, high)
    for first, last in ((i, j) for i in range(4) for j in range(i + 1, 5)):
        sums = spikes[first:last].sum(0)
        least, most = neuron.value_range(last - first)
        assert least <= sums.min()
        assert sums.max() <= most
    if memory:
        assert spikes.sum(0).max() == neuron.value_range(4)[1]


@pytest.mark.parametrize(
    "bad",
    [
        {"theta": 0},
        {"negative": -1},
        {"negative": 0.5},
        {"cap": 0},
        {"cap": 1.0},
    ],
)
def test_bad_settings(bad):
    with pytest.raises(InputError):
        IntDual(**{"theta": 4, "v_init": 2, **bad})


def test_neurons_are_values():
    assert IntDual(theta=4, v_init=2, negative=0) == IntDual(theta=4, v_init=2)
    assert IntDual(theta=4, v_init=2, cap=3) != IntDual(theta=4, v_init=2)
