"""The integer bit-serial neuron: equal to the float one, to its closed forms, and wide enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

from fixedpoint import InputError, run_neuron
from fixedpoint.models_bit_serial import (
    IntBitSerial,
    accumulator_bits,
    accumulator_bound,
    bit_serial_level,
    wired_level,
)
from refsnn.codings.bits import encode, horner
from refsnn.neurons import BitSerial, respond

CURRENTS = hnp.arrays(np.int64, (3, 5), elements=st.integers(-200, 400))
BITS = st.integers(1, 8)


def whole_level(run, neuron):
    """The integer its frames stand for."""
    return np.tensordot(neuron.frame_weights(len(run.spikes)), run.spikes.astype(np.int64), 1)


@given(currents=CURRENTS, theta=st.integers(1, 40), bits=BITS, data=st.data())
def test_it_is_the_float_neuron(currents, theta, bits, data):
    """Every step: membrane, bit, order. On the dyadic grid of theta / 2."""
    drop = data.draw(st.integers(0, bits - 1))
    neuron = IntBitSerial(theta=2 * theta, v_init=theta, t_out=bits, drop=drop)
    done = run_neuron(neuron, currents, trace=True)
    seen = []
    floating = BitSerial(theta=theta / 64, t_out=bits, drop=drop)
    response = respond(
        floating, currents[:, None] / 128, probe=lambda _p, _c, step: seen.append(step)
    )
    assert_array_equal(done.spikes, response.spikes[:, 0])
    assert_array_equal(done.trace.v, [step.state.v[0] * 128 for step in seen])
    assert_array_equal(done.trace.u, [step.u[0] * 128 for step in seen])
    assert_array_equal(done.trace.count[-1], floating.decode(response.spikes)[0])
    assert_array_equal(whole_level(done, neuron), done.trace.count[-1])


@given(currents=CURRENTS, theta=st.integers(1, 40), bits=BITS)
def test_it_is_the_closed_form(currents, theta, bits):
    """Odd thresholds too: the start is their half, rounded down."""
    neuron = IntBitSerial(theta=theta, v_init=theta >> 1, t_out=bits)
    done = run_neuron(neuron, currents)
    level = bit_serial_level(currents.sum(0), theta, bits)  # eq: snn_meets_ann.21
    assert_array_equal(whole_level(done, neuron), level)
    assert_array_equal(done.count, np.bitwise_count(level))
    exact = [min(max((2 * int(s) + theta) // (2 * theta), 0), 2**bits - 1) for s in currents.sum(0)]
    assert_array_equal(level, exact)


@pytest.mark.parametrize("f", [0, 1, 2, 4])
@pytest.mark.parametrize("bits", [1, 2, 3, 4, 8])
def test_wires_are_enough_for_a_power_of_two(f, bits):
    """Every membrane from -2 D to beyond the upper clip, ties included."""
    charge = np.arange(-2 << f, (2**bits + 2) << f)
    start = (1 << f) >> 1
    assert_array_equal(wired_level(charge + start, f, bits), bit_serial_level(charge, 1 << f, bits))


def test_a_logical_shift_is_wrong():
    """Filling with zeros makes a huge level of a negative membrane."""
    v = np.array([-3], np.int32)
    logical = (v.view(np.uint32) >> 2).astype(np.int64)
    assert np.clip(logical, 0, 7).item() == 7
    assert wired_level(v, 2, 3).item() == 0


class Strict(IntBitSerial):
    """Fires above the threshold only."""

    def step(self, state, current, phase):
        step = super().step(state, current, phase)
        threshold = np.asarray(self.theta) << (self.t_out - phase.t)
        if phase.code != 3 or not (state.v == threshold).any():
            return step
        return step._replace(state=state, spike=np.zeros_like(step.spike))


@pytest.mark.parametrize(
    "wrong",
    [
        IntBitSerial(theta=4, v_init=0, t_out=3),
        IntBitSerial(theta=4, v_init=14, t_out=3),
        IntBitSerial(theta=5, v_init=2, t_out=3),
        Strict(theta=4, v_init=2, t_out=3),
    ],
    ids=["no half step", "half of lambda", "threshold off by one", "strict"],
)
def test_another_neuron_is_caught(wrong):
    charge = np.arange(-8, 40)
    found = [whole_level(run_neuron(wrong, [[c]]), wrong).item() for c in charge]
    assert (found != bit_serial_level(charge, 4, 3)).any()


ROWS = hnp.arrays(np.int64, (3, 4), elements=st.integers(-8, 7))


@given(
    weights=ROWS,
    bias=hnp.arrays(np.int64, 3, elements=st.integers(-60, 60)),
    theta=st.integers(1, 32),
    steps=st.integers(1, 4),
    skip=st.integers(-5, 5),
)
def test_the_bound_is_reached_and_never_passed(weights, bias, theta, steps, skip):
    """The worst input sets all bits where a weight pulls one way: every partial sum stays inside."""
    top = (1 << steps) - 1
    bound = accumulator_bound(weights, bias, theta, steps, top * abs(skip))  # eq: snn_meets_ann.18
    reached = 0
    for row, b in zip(weights, bias, strict=True):
        for sign in (1, -1):
            level = np.where(row * sign > 0, top, 0)
            sums = horner(encode(level, steps), lambda s, w=row: s.astype(np.int64) @ w)
            residual = sign * top * abs(skip)
            end = int(sums[-1]) + int(b) + theta // 2 + residual
            assert max(np.abs(sums).max(), abs(end)) <= bound
            reached = max(reached, abs(end))
    same_sign = (weights >= 0).all() and (bias >= 0).all()
    assert reached == bound or not same_sign


def test_the_format_does_not_bound_a_bias():
    """Four-bit weights of 7, sixteen of them, T = 2, bias 1000: 11 bits hold 1023, the sum 1344."""
    assert accumulator_bits(4, 16, 2) == 11  # eq: snn_meets_ann.17
    weights = np.full((1, 16), 7)
    assert accumulator_bound(weights, [1000], 16, 2) == 1344
    assert accumulator_bound(weights, [1000], 16, 2) > 2**10 - 1


@given(width=st.integers(2, 6), fan_in=st.integers(1, 40), steps=st.integers(1, 5), data=st.data())
def test_the_format_is_enough_under_its_condition(width, fan_in, steps, data):
    low = -(1 << (width - 1))
    worst = np.full((1, fan_in), low)
    room = 1 << (width + (fan_in - 1).bit_length() + steps - 1)
    theta = data.draw(st.integers(1, room))
    bias = data.draw(st.integers(0, room - theta // 2))
    bits = accumulator_bits(width, fan_in, steps)
    assert accumulator_bound(worst, [bias], theta, steps) <= (1 << (bits - 1)) - 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"theta": 0}, "theta: threshold must be positive"),
        ({"t_out": 0}, "t_out: no output frames"),
        ({"drop": 3}, r"drop: cannot drop that many: expected 0\.\.2, got 3"),
        ({"theta": 1 << 60}, "theta: the first threshold leaves int64"),
    ],
)
def test_settings_that_cannot_be(settings, message):
    with pytest.raises(InputError, match=f"^{message}"):
        IntBitSerial(**{"theta": 4, "v_init": 2, "t_out": 3, **settings})
