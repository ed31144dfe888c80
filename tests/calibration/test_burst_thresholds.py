"""Thresholds of least squared error: against all candidates, and what the switch buys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from refsnn.calibration import averaged, maximum, mmse, percentile, quantised
from refsnn.errors import InputError
from refsnn.neurons import AdaFire, respond


def activations(seed, shape=(6, 3, 4, 4)):
    return np.maximum(np.random.default_rng(seed).standard_normal(shape), 0)


def slow(a, steps, phi, half):
    """Every candidate, one after the other."""
    found = []
    for i in range(95):
        theta = a.max() * (1 - 0.01 * i)
        place = steps * np.clip(a / theta, 0, phi)
        q = theta / steps * np.minimum(np.floor(place + half), steps * phi)
        found.append((np.sum((a - q) ** 2), i, theta))
    return min(found)[2]


@pytest.mark.parametrize(("rounding", "half"), [("floor", 0), ("nearest", 0.5)])
@given(seed=st.integers(0, 99), steps=st.integers(1, 6), phi=st.integers(1, 5))
def test_least_error_of_all_candidates(rounding, half, seed, steps, phi):
    a = activations(seed)
    each = mmse(a, steps, phi, rounding=rounding)  # eq: adaptive_calibration.4
    wanted = [slow(a[:, c], steps, phi, half) for c in range(3)]
    np.testing.assert_allclose(each, wanted, rtol=1e-12)
    one = mmse(a, steps, phi, per_channel=False, rounding=rounding)
    np.testing.assert_allclose(one, slow(a, steps, phi, half), rtol=1e-12)
    assert (each.shape, one.shape) == ((3,), ())


@given(seed=st.integers(0, 99), power=st.integers(0, 3), phi=st.integers(1, 5))
def test_rounding_is_what_the_neuron_sends(seed, power, phi):
    """Under constant drive; dyadic, so bit for bit. The floor is not."""
    steps, theta = 2**power, 0.5
    a = np.random.default_rng(seed).integers(0, 200, (1, 40)) / 64
    neuron = AdaFire(theta=theta, phi=phi, steps=steps)
    sent = respond(neuron, np.broadcast_to(a, (steps, *a.shape))).spikes.sum(0) * theta / steps
    assert_array_equal(quantised(a, np.asarray(theta), steps, phi, "nearest"), sent)
    floors = quantised(a, np.asarray(theta), steps, phi)  # eq: adaptive_calibration.3
    assert (floors <= sent).all()
    assert (floors != sent).any()


def test_searching_with_rounding_loses_less_in_the_neuron():
    """Half-normal activations, T = 4, phi = 4."""
    a = activations(0, (20000, 1))
    lost = {}
    for rounding in ("floor", "nearest"):
        theta = mmse(a, 4, 4, per_channel=False, rounding=rounding)
        lost[rounding] = np.mean((a - quantised(a, theta, 4, 4, "nearest")) ** 2)
    assert lost["nearest"] < 0.9 * lost["floor"]


def test_a_channel_that_is_never_on_has_no_threshold():
    a = activations(1)
    a[:, 1] = 0
    assert mmse(a, 4, 2)[1] == 0
    assert maximum(a)[1] == 0


def test_large_errors_do_not_leave_a_zero():
    """The released search starts from a score of 1e5 (mean) or 1e10 (sum)."""
    a = activations(2) * 1e6
    assert mmse(a, 4, 1, per_channel=False) > 0
    assert (mmse(a, 4, 1) > 0).all()


def test_maximum_and_percentile():
    a = activations(3)
    assert_array_equal(maximum(a), a.max((0, 2, 3)))
    assert maximum(a, per_channel=False) == a.max()
    assert_array_equal(percentile(a, 90), np.percentile(a, 90, axis=(0, 2, 3)))
    assert percentile(a, 100, per_channel=False) == a.max()


def test_moving_average():
    batches = [np.array([1.0]), np.array([2.0]), np.array([4.0])]
    got = averaged(iter(batches))  # eq: adaptive_calibration.5
    np.testing.assert_allclose(got, [0.9 * (0.9 * 1 + 0.1 * 2) + 0.1 * 4], rtol=1e-15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mmse(np.ones((2, 2)), 0, 1), "steps"),
        (lambda: mmse(np.ones((2, 2)), 1, 0), "phi"),
        (lambda: mmse(np.ones((2, 2), int), 1, 1), "no activations"),
        (lambda: mmse(np.ones((2, 2)), 1, 1, rounding="up"), "rounding: unknown choice"),
        (lambda: percentile(np.ones((2, 2)), 0), "percentile"),
        (lambda: averaged([]), "no calibration data"),
    ],
)
def test_errors(call, message):
    with pytest.raises(InputError, match=message):
        call()
