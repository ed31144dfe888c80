"""The burst neuron's closed forms: on every train of a small grid, and on random ones."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.strategies import whole
from numpy.testing import assert_array_equal

from fixedpoint import InputError as FixedError
from fixedpoint import run_neuron
from fixedpoint.models_burst import IntBurst, burst_count
from refsnn.errors import InputError
from refsnn.neurons import IF, AdaFire, respond
from refsnn.neurons.ada_fire import burst_counts, constant_count

PHIS = st.integers(1, 6)


def counts(neuron, currents):
    """N(t) after every step."""
    return np.cumsum(respond(neuron, currents).spikes, axis=0, dtype=np.int64)


def charge_so_far(neuron, currents):
    start = 0 if neuron.v0 is None else neuron.v0
    return np.cumsum(currents + neuron.shift(currents.dtype), axis=0) + start


@st.composite
def driven(draw, positive=False):
    """A neuron of whole numbers, shift included, and what drives it (T, 1, 4)."""
    steps = draw(st.integers(1, 10))
    theta = 2 * steps * draw(st.integers(1, 6))
    currents = draw(whole((steps, 1, 4))) + 10
    currents = np.abs(currents) if positive else currents
    return AdaFire(theta=theta, phi=draw(PHIS), steps=steps), currents


@given(case=driven(), start=st.integers(-50, 50))
def test_recursion_holds_for_every_drive(case, start):
    neuron, currents = case
    neuron = AdaFire(
        theta=neuron.theta, phi=neuron.phi, steps=neuron.steps, v0=np.full((1, 4), start)
    )
    wanted = burst_counts(charge_so_far(neuron, currents), neuron.theta, neuron.phi)
    assert_array_equal(counts(neuron, currents), wanted)  # eq: adaptive_calibration.13


@given(case=driven())
def test_charge_is_conserved(case):
    neuron, currents = case
    end = respond(neuron, currents)
    sent = neuron.theta * end.spikes.sum(0, dtype=np.int64)
    left = charge_so_far(neuron, currents)[-1] - end.state.v
    assert_array_equal(sent, left)  # eq: adaptive_calibration.31


@pytest.mark.parametrize("phi", [1, 2, 3])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_recursion_on_every_train_of_a_small_grid(phi, steps):
    theta = 2 * steps
    trains = np.array(list(product(range(-theta - 1, 3 * theta + 2), repeat=steps))).T[:, None]
    neuron = AdaFire(theta=theta, phi=phi, steps=steps)
    wanted = burst_counts(charge_so_far(neuron, trains), neuron.theta, phi)
    assert_array_equal(counts(neuron, trains), wanted)


@given(steps=st.integers(1, 12), phi=PHIS, unit=st.integers(1, 5))
def test_constant_drive_rounds_half_up(steps, phi, unit):
    theta = 2 * steps * unit
    z = np.arange(-2 * theta, (phi + 2) * theta)[None]
    drive = np.broadcast_to(z, (steps, *z.shape))
    sent = counts(AdaFire(theta=theta, phi=phi, steps=steps), drive)[-1]
    exact = [
        min(max(floor(Fraction(steps * int(x), theta) + Fraction(1, 2)), 0), phi * steps)
        for x in z[0]
    ]
    assert_array_equal(sent[0], exact)  # eq: adaptive_calibration.14
    assert_array_equal(constant_count(steps * z, np.asarray(theta), phi, steps), sent)
    assert_array_equal(burst_count(steps * z, theta, phi, steps), sent)


@given(case=driven(positive=True), seed=st.integers(0, 99))
def test_order_is_irrelevant_without_inhibition(case, seed):
    neuron, currents = case
    wide = AdaFire(theta=neuron.theta, phi=100, steps=neuron.steps)
    shuffled = np.random.default_rng(seed).permutation(currents, axis=0)
    level = charge_so_far(wide, currents)[-1] // wide.theta
    assert_array_equal(counts(wide, currents)[-1], np.maximum(level, 0))
    assert_array_equal(counts(wide, shuffled)[-1], level)  # eq: adaptive_calibration.15


@given(case=driven())
def test_an_unlimited_burst_ends_deficits_not_excess(case):
    neuron, currents = case
    wide = AdaFire(theta=neuron.theta, phi=127, steps=neuron.steps)
    level = charge_so_far(wide, currents) // wide.theta
    sent = counts(wide, currents)[-1]
    assert_array_equal(sent, np.maximum(level.max(0), 0))  # eq: adaptive_calibration.16
    assert (sent >= np.maximum(level[-1], 0)).all()


@given(steps=st.integers(1, 8), phi=PHIS, total=st.integers(0, 300), unit=st.integers(1, 4))
def test_all_charge_at_once(steps, phi, total, unit):
    """In the first step there is time for phi T spikes, in the last for phi."""
    theta = 2 * steps * unit
    level = (2 * total + theta) // (2 * theta)
    neuron = AdaFire(theta=theta, phi=phi, steps=steps)
    first, last = np.zeros((2, steps, 1, 1), np.int64)
    first[0], last[-1] = total, total
    assert counts(neuron, first)[-1] == min(phi * steps, level)
    if steps > 1 or total:  # the shift alone never fires before the last step
        assert counts(neuron, last)[-1] == min(phi, level)  # eq: adaptive_calibration.17


@given(case=driven())
def test_bound_where_the_membrane_ends_in_range(case):
    """Twice over, in integers: ``|2 (theta N - sum z)| <= theta``."""
    neuron, currents = case
    end = respond(neuron, currents)
    inside = (end.state.v >= 0) & (end.state.v < neuron.theta)
    gap = neuron.theta * end.spikes.sum(0, dtype=np.int64) - currents.sum(0)
    assert (np.abs(2 * gap) <= neuron.theta)[inside].all()  # eq: adaptive_calibration.18


@given(z=whole((1, 1, 20)), theta=st.integers(1, 20), phi=PHIS)
def test_one_step_is_a_quantised_relu(z, theta, phi):
    sent = counts(AdaFire(theta=2 * theta, phi=phi, steps=1), z)[-1]
    assert_array_equal(sent, np.clip((z[0] + theta) // (2 * theta), 0, phi))
    # eq: adaptive_calibration.20


@given(case=driven())
def test_phi_of_one_is_an_if_neuron(case):
    """With the shift in its input."""
    neuron, currents = case
    single = AdaFire(theta=neuron.theta, phi=1, steps=neuron.steps)
    plain = IF(theta=neuron.theta, v_init=0.0)
    shifted = respond(plain, currents + neuron.shift(currents.dtype))
    assert_array_equal(respond(single, currents).spikes, shifted.spikes)


@given(case=driven(), released=st.booleans())
def test_dividing_and_comparing_agree_on_dyadic_numbers(case, released):
    neuron, currents = case
    scale = 2.0**-5
    made = AdaFire(
        theta=2.0 ** round(np.log2(neuron.theta)), phi=neuron.phi, steps=1, as_released=released
    )
    one = respond(made, currents * scale).spikes
    other = AdaFire(theta=made.theta, phi=neuron.phi, steps=1, as_released=not released)
    assert_array_equal(one, respond(other, currents * scale).spikes)


def test_dividing_differs_at_multiples_of_other_thresholds():
    """A few per cent of exact multiples k theta in float32: why it is behind a switch."""
    theta = np.random.default_rng(0).uniform(0.1, 1, 4000).astype(np.float32)
    u = np.arange(1, 9, dtype=np.float32)[:, None] * theta

    def spikes(released):
        neuron = AdaFire(theta=theta, phi=8, as_released=released)
        return respond(neuron, u[None]).spikes  # eq: adaptive_calibration.12

    rate = np.mean(spikes(True) != spikes(False))
    assert_array_equal(spikes(False)[0], np.broadcast_to(np.arange(1, 9)[:, None], u.shape))
    assert 0.01 < rate < 0.1


def test_every_single_step():
    """Membranes, thresholds and inputs of 4 bits, in plain Python, one number at a time."""
    grid = np.array(list(product(range(-8, 8), range(1, 16), range(-8, 24))))
    v, theta, current = grid.T
    for phi in (1, 2, 5):
        done = respond(AdaFire(theta=theta, phi=phi, v0=v), current[None, None])
        rows = zip(grid.tolist(), done.spikes[0, 0], done.state.v[0], strict=True)
        for (start, threshold, given_), n, end in rows:
            u = start + given_
            wanted = sum(u >= k * threshold for k in range(1, phi + 1))
            assert (n, end) == (wanted, u - threshold * wanted)


WORKED = [
    ((0.7,) * 4, 4, (0, 1, 1, 1), (0.825, 0.65, 0.475, 0.3)),
    ((0.125,) * 4, 1, (0, 0, 0, 1), (0.25, 0.5, 0.75, 0)),
    ((2.5,) * 4, 2, (2, 2, 2, 2), (0.625, 1.25, 1.875, 2.5)),
    ((2.5,) * 4, 4, (2, 3, 2, 3), (0.625, 0.25, 0.875, 0.5)),
    ((0, 0, 0, 2.6), 1, (0, 0, 0, 1), (0.125, 0.25, 0.375, 2.1)),
    ((0, 0, 0, 2.6), 4, (0, 0, 0, 3), (0.125, 0.25, 0.375, 0.1)),
    ((3, 0, 0, -2), 1, (1, 1, 1, 0), (2.125, 1.25, 0.375, -1.5)),
    ((3, 0, 0, -2), 4, (3, 0, 0, 0), (0.125, 0.25, 0.375, -1.5)),
]


@pytest.mark.parametrize(("drive", "phi", "spikes", "membrane"), WORKED)
def test_worked_examples(drive, phi, spikes, membrane):
    """theta = 1, T = 4: tie, clip, late charge, excess."""
    seen = []
    currents = np.array(drive, float).reshape(4, 1, 1)
    neuron = AdaFire(theta=1.0, phi=phi, steps=4)
    done = respond(neuron, currents, probe=lambda _p, _c, step: seen.append(step.state.v.item()))
    assert done.spikes.ravel().tolist() == list(spikes)
    np.testing.assert_allclose(seen, membrane, atol=1e-12)


class Forgetful(AdaFire):
    """Resets to zero: what exceeds phi is lost."""

    def step(self, state, current, phase):
        step = super().step(state, current, phase)
        return step._replace(state=type(state)(np.where(step.fired > 0, 0, step.state.v)))


class Clamped(AdaFire):
    """Negative charge is lost."""

    def step(self, state, current, phase):
        step = super().step(state, current, phase)
        return step._replace(state=type(state)(np.maximum(step.state.v, 0)))


@pytest.mark.parametrize("fault", [Forgetful, Clamped])
def test_the_recursion_sees_a_fault(fault):
    trains = np.array(list(product((-9, -3, 0, 4, 11), repeat=3))).T[:, None]
    good, bad = (kind(theta=6, phi=2, steps=3) for kind in (AdaFire, fault))
    wanted = burst_counts(charge_so_far(good, trains), good.theta, 2)
    assert_array_equal(counts(good, trains), wanted)
    assert (counts(bad, trains) != wanted).any()


def test_the_closed_form_sees_a_missing_shift():
    z = np.arange(-8, 40)[None]
    drive = np.broadcast_to(z, (4, *z.shape))
    wanted = constant_count(4 * z, np.asarray(8), 3, 4)
    assert_array_equal(counts(AdaFire(theta=8, phi=3, steps=4), drive)[-1], wanted)
    assert (counts(AdaFire(theta=8, phi=3), drive)[-1] != wanted).any()


@st.composite
def dyadic(draw):
    """As `driven`, with T a power of two: the shift is a float, too."""
    steps = 2 ** draw(st.integers(0, 3))
    theta = 2 * steps * draw(st.integers(1, 6))
    return AdaFire(theta=theta, phi=draw(PHIS), steps=steps), draw(whole((steps, 1, 4))) + 10


@given(case=dyadic(), start=st.integers(-40, 40), dead=st.booleans())
def test_the_integer_twin(case, start, dead):
    """Every step, against the float neuron on a dyadic grid."""
    (neuron, currents), scale, seen = case, 2.0**-6, []
    mask = np.array([dead, False, False, False])
    shift = np.where(mask, 0, neuron.shift(np.int64))
    phi = np.where(mask, 0, neuron.phi)
    whole_number = IntBurst(theta=neuron.theta, v_init=start, phi=phi, shift=shift)
    done = run_neuron(whole_number, currents[:, 0], trace=True)
    floating = AdaFire(
        theta=neuron.theta * scale,
        phi=neuron.phi,
        steps=neuron.steps,
        v0=np.full(4, start * scale),
        dead=mask,
    )
    response = respond(floating, currents * scale, probe=lambda _p, _c, s: seen.append(s))
    assert_array_equal(done.spikes, response.spikes[:, 0])
    assert_array_equal(done.trace.u, [s.u[0] / scale for s in seen])
    assert_array_equal(done.trace.v, [s.state.v[0] / scale for s in seen])
    assert not dead or not done.spikes[:, 0].any()


def test_settings_are_checked():
    for phi in (0, 128, 1.5, True):
        with pytest.raises(InputError, match="AdaFire.phi"):
            AdaFire(theta=1, phi=phi)
    with pytest.raises(InputError, match="AdaFire.steps"):
        AdaFire(theta=1, phi=1, steps=0)
    with pytest.raises(InputError, match="AdaFire.v0"):
        AdaFire(theta=1, phi=1, v0=np.array([np.nan]))
    with pytest.raises(InputError, match="AdaFire.dead"):
        AdaFire(theta=1, phi=1, dead=np.array([1]))
    with pytest.raises(FixedError, match="phi"):
        IntBurst(theta=1, v_init=0, phi=128)
    with pytest.raises(FixedError, match="shift"):
        IntBurst(theta=4, v_init=0, phi=1, shift=5)


def test_semantics_say_how_it_counts():
    kind = AdaFire(theta=1, phi=3, steps=4).semantics
    assert (kind.several, kind.shift, kind.spikes_per_step) == ("comparator", 0.125, 3)
    assert AdaFire(theta=1, phi=3, as_released=True).semantics.several == "division"
    assert AdaFire(theta=1, phi=3).max_count(5) == 15
