"""The bit-serial neuron sends the word of the QCFS level: for every charge, and nothing else does."""

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
from refsnn.codings.bits import encode
from refsnn.neurons import BitSerial, respond
from refsnn.neurons.bit_serial import BitSerialState
from refsnn.neurons.protocol import Step
from refsnn.ops import AvgPool2d, MaxPool2d


@st.composite
def charges(draw, max_frames=8):
    """(T, 1, 4) whole numbers."""
    return draw(whole((draw(st.integers(1, max_frames)), 1, 4)))


def level_of(neuron, currents):
    return neuron.decode(respond(neuron, currents).spikes)


@given(currents=charges(), theta=st.integers(1, 40), bits=st.integers(1, 8))
def test_the_train_is_the_word_of_the_level(currents, theta, bits):
    spikes = respond(BitSerial(theta=theta, t_out=bits), currents).spikes
    level = integer_level(currents.sum(0), theta, 2**bits - 1)
    assert_array_equal(spikes, encode(level, bits).spikes)  # eq: snn_meets_ann.20


@given(currents=charges(), shift=st.integers(0, 6), bits=st.integers(1, 6))
def test_it_is_the_activation_itself(currents, shift, bits):
    """Against `QCFS` in floats on dyadic data: same level, same value, ties among them."""
    theta, z, levels = 2.0**-shift, currents / 64, 2**bits - 1
    op, params = QCFS(levels=levels), {"lambda": np.asarray(theta * levels)}
    neuron = BitSerial(theta=theta, t_out=bits)
    spikes = respond(neuron, z).spikes
    assert_array_equal(neuron.decode(spikes), op.level(params, z.sum(0)))
    values = (spikes * neuron.amplitude(bits, 1, np.float64)).sum(0)
    assert_array_equal(values, op.apply(params, z.sum(0)))


def every_charge(theta, bits):
    """All totals from far below the lower clip to far above the upper one."""
    return np.arange(-3 * theta, (2**bits + 2) * theta + 1).reshape(1, -1, 1)


SMALL = list(product([1, 2, 3, 4, 5, 8], [1, 2, 3, 4]))


@pytest.mark.parametrize(("theta", "bits"), SMALL)
def test_every_charge(theta, bits):
    z = every_charge(theta, bits)
    neuron = BitSerial(theta=theta, t_out=bits)
    assert_array_equal(level_of(neuron, z), integer_level(z[0], theta, 2**bits - 1))


@pytest.mark.parametrize(("theta", "bits"), [case for case in SMALL if case[1] > 1])
def test_every_charge_with_bits_dropped(theta, bits):
    """Truncated toward zero: ``(n >> k) << k``; the staircase of the error split agrees."""
    from refsnn.analysis import staircase

    z = every_charge(theta, bits)
    level = integer_level(z[0], theta, 2**bits - 1)
    for drop in range(1, bits):
        neuron = BitSerial(theta=theta, t_out=bits, drop=drop)
        expected = (level >> drop) << drop
        assert_array_equal(level_of(neuron, z), expected)
        assert neuron.max_count(bits - drop) == expected.max()
        stairs, top = staircase(neuron, bits - drop, z[0].astype(float), mean=False)
        assert_array_equal(stairs, expected * theta)
        assert top == expected.max() * theta


class NoHalfStep(BitSerial):
    """V_0 = z."""

    def init(self, shape, dtype, bias=None):
        state = super().init(shape, dtype, bias)
        return state._replace(v=state.v - self.theta // 2)


class HalfLambda(BitSerial):
    """V_0 = z + lambda / 2, the habit of rate coding."""

    def init(self, shape, dtype, bias=None):
        state = super().init(shape, dtype, bias)
        top = self.theta * (2**self.t_out - 1)
        return state._replace(v=state.v - self.theta // 2 + top // 2)


class Strict(BitSerial):
    """Fires above the threshold only."""

    def _emit(self, state, t):
        threshold = self.theta * self.weight(t)
        fired = (state.v > threshold).astype(np.int8)
        return Step(BitSerialState(state.v - threshold * fired), fired, state.v, fired)


class LeastFirst(BitSerial):
    """Compares with the thresholds in the rising order, theta first."""

    def _emit(self, state, t):
        return super()._emit(state, self.t_out + 1 - t)


class OtherThresholds(BitSerial):
    """lambda / 2**t, which belongs to a step of lambda / 2**T, not to lambda / (2**T - 1)."""

    def _emit(self, state, t):
        unit = 2**self.t_out  # in 2**T-ths, to stay in integers
        threshold = self.theta * (unit - 1) * self.weight(t)
        fired = (state.v * unit >= threshold).astype(np.int8)
        return Step(BitSerialState(state.v - threshold * fired // unit), fired, state.v, fired)


FAULTS = [NoHalfStep, HalfLambda, Strict, LeastFirst, OtherThresholds]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("bits", [2, 3, 4])
def test_every_other_neuron_is_caught(fault, bits):
    z = every_charge(16, bits)
    wrong = level_of(fault(theta=16, t_out=bits), z) != integer_level(z[0], 16, 2**bits - 1)
    assert wrong.any()


def test_strict_comparison_fails_at_ties_only():
    z = every_charge(4, 3)
    wrong = level_of(Strict(theta=4, t_out=3), z) != integer_level(z[0], 4, 7)
    ties = (z[0] % 4 == 2) & (z[0] > 0) & (z[0] < 7 * 4)
    assert_array_equal(wrong, ties)


def test_lower_bits_wait_for_the_last_frame():
    """A carry of the last frame turns the first bit: no bit can be sent before it."""
    neuron = BitSerial(theta=1, t_out=3)
    early = respond(neuron, np.array([3, 0]).reshape(2, 1, 1)).spikes.ravel()
    late = respond(neuron, np.array([3, 1]).reshape(2, 1, 1)).spikes.ravel()
    assert (early.tolist(), late.tolist()) == ([0, 1, 1], [1, 0, 0])


@given(level=whole((2, 1, 4, 4)), bits=st.integers(1, 6))
def test_average_pooling_acts_on_bit_planes(level, bits):
    level = np.clip(np.abs(level), 0, 2**bits - 1)
    planes, pool = encode(level, bits).spikes.astype(float), AvgPool2d(2)
    weights = 2.0 ** np.arange(bits - 1, -1, -1).reshape(-1, 1, 1, 1, 1)
    pooled = np.stack([pool.apply({}, plane) for plane in planes])
    assert_array_equal((weights * pooled).sum(0), pool.apply({}, level.astype(float)))


def test_an_or_of_bit_planes_is_no_maximum():
    """1 and 2: the OR is 3."""
    level = np.array([[1, 2]]).reshape(1, 1, 1, 2)
    planes, pool = encode(level, 2).spikes.astype(float), MaxPool2d((1, 2))
    pooled = sum(w * pool.apply({}, plane) for w, plane in zip((2, 1), planes, strict=True))
    assert (pooled.item(), level.max()) == (3, 2)


def test_worked_example():
    """T = 3: charge 15 of step 4, then a tie, the upper clip, and below zero."""
    rows, neuron = {}, BitSerial(theta=4, t_out=3)
    for charge in (15, 14, 40, -5):
        seen = []
        spikes = respond(
            neuron,
            np.full((1, 1, 1), charge),
            probe=lambda _phase, _current, step: seen.append(step.state.v.item()),  # noqa: B023
        ).spikes
        rows[charge] = (seen, spikes.ravel().tolist())
    assert rows[15] == ([17, 1, 1, 1], [1, 0, 0])
    assert rows[14] == ([16, 0, 0, 0], [1, 0, 0])
    assert rows[40] == ([42, 26, 18, 14], [1, 1, 1])
    assert rows[-5] == ([-3, -3, -3, -3], [0, 0, 0])


def test_values_of_the_worked_example():
    """The same in units of the activation: Delta = 1/2, z = 1.875, level 4, value 2."""
    neuron = BitSerial(theta=0.5, t_out=3)
    spikes = respond(neuron, np.full((1, 1, 1), 1.875)).spikes
    assert neuron.amplitude(3, 1, np.float64).ravel().tolist() == [2, 1, 0.5]
    assert spikes.ravel().tolist() == [1, 0, 0]
