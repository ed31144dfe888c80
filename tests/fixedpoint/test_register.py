"""The membrane register, the two-phase neuron and the wired one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from fixedpoint import InputError, IntIF, IntPascal, run_neuron
from fixedpoint.models_accumulate import IntAccumulate
from fixedpoint.models_bit_serial import IntBitSerial, IntBitSerialWired
from fixedpoint.models_burst import IntBurst
from fixedpoint.models_dual import IntDual
from fixedpoint.register import Register

MODES = ("saturate", "saturate_sym", "wrap")


def held(total, width, mode):
    """In unbounded integers, independent of the array code."""
    low, high = -(2 ** (width - 1)), 2 ** (width - 1) - 1
    if mode == "wrap":
        return (total - low) % 2**width + low
    return max(low + (mode == "saturate_sym"), min(high, total))


def stepped(train, theta, v, width, mode, phi=1, shift=0):
    """One burst neuron, one number at a time."""
    rows = []
    for current in train:
        total = v + current + shift
        u = held(total, width, mode)
        spikes = min(phi, max(0, u // theta))
        v = u - theta * spikes
        rows.append((u, spikes, v, int(u != total)))
    return rows


def rows_of(neuron, train):
    trace = run_neuron(neuron, np.array(train), trace=True).trace
    return list(zip(trace.u, trace.spike, trace.v, trace.saturated, strict=True))


@pytest.mark.parametrize("mode", MODES)
def test_every_train_of_a_small_register(mode):
    neuron = IntIF(theta=3, v_init=1, membrane=Register(4, mode))
    for train in product(range(-7, 8, 2), repeat=3):
        assert rows_of(neuron, train) == stepped(train, 3, 1, 4, mode)


@given(
    train=st.lists(st.integers(-200, 200), min_size=1, max_size=12),
    theta=st.integers(1, 100),
    phi=st.integers(1, 5),
    data=st.data(),
    mode=st.sampled_from(MODES),
)
def test_a_register_holds_what_unbounded_integers_say(train, theta, phi, data, mode):
    shift = data.draw(st.integers(0, theta))
    neuron = IntBurst(theta=theta, v_init=-5, phi=phi, shift=shift, membrane=Register(8, mode))
    assert rows_of(neuron, train) == stepped(train, theta, -5, 8, mode, phi, shift)


@given(train=st.lists(st.integers(-20, 20), min_size=1, max_size=10), theta=st.integers(1, 30))
def test_a_register_that_is_wide_enough_changes_nothing(train, theta):
    for make in (
        lambda m: IntIF(theta=theta, v_init=theta // 2, membrane=m),
        lambda m: IntPascal(theta=theta, v_init=theta // 2, t_out=4, membrane=m),
        lambda m: IntAccumulate(theta=theta, v_init=theta // 2, t_out=4, membrane=m),
        lambda m: IntBitSerial(theta=theta, v_init=theta // 2, t_out=3, membrane=m),
        lambda m: IntDual(theta=theta, v_init=theta // 2, membrane=m),
    ):
        free, bound = (run_neuron(make(m), np.array(train), trace=True)
                       for m in (None, Register(10)))  # fmt: skip
        assert_array_equal(free.spikes, bound.spikes)
        assert_array_equal(free.trace.v, bound.trace.v)
        assert not bound.trace.saturated.any()


def test_error_names_the_value():
    neuron = IntIF(theta=3, v_init=1, membrane=Register(4, "error"))
    with pytest.raises(InputError, match=r"expected -8\.\.7, got 9"):
        run_neuron(neuron, np.array([8]))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Register(1),
        lambda: Register(63),
        lambda: Register(8, "saturate_zero"),
        lambda: Register(8, "satturate"),
        lambda: IntIF(theta=8, v_init=0, membrane=Register(4)),
        lambda: IntIF(theta=7, v_init=-9, membrane=Register(4)),
    ],
)
def test_what_cannot_be_a_register(make):
    with pytest.raises(InputError):
        make()


@given(
    train=st.lists(st.integers(-40, 40), min_size=1, max_size=10),
    theta=st.integers(1, 30),
    t_out=st.integers(1, 9),
    start=st.integers(-40, 40),
)
def test_the_two_phase_neuron_sends_the_train_of_the_three_phase_one(train, theta, t_out, start):
    two, three = (
        run_neuron(cls(theta=theta, v_init=start, t_out=t_out), np.array(train))
        for cls in (IntAccumulate, IntPascal)
    )
    assert_array_equal(two.spikes, three.spikes)


@given(
    train=st.lists(st.integers(-90, 90), min_size=1, max_size=6),
    f=st.integers(0, 6),
    bits=st.integers(1, 6),
    start=st.integers(-40, 40),
)
def test_the_wired_neuron_sends_the_train_of_the_comparing_one(train, f, bits, start):
    wired, compared = (
        run_neuron(cls(theta=1 << f, v_init=start, t_out=bits), np.array(train), trace=True)
        for cls in (IntBitSerialWired, IntBitSerial)
    )
    assert_array_equal(wired.spikes, compared.spikes)
    assert_array_equal(wired.trace.count, compared.trace.count)
    assert wired.v_end == start + sum(train)  # its membrane rests


def test_wires_need_a_power_of_two():
    with pytest.raises(InputError, match="a power of two"):
        IntBitSerialWired(theta=12, v_init=6, t_out=3)


def stepped_in_phases(train, theta, v, t_out, width, mode):
    """One PASCAL neuron, one number at a time: emitted train, clipped sums."""
    count, clipped = 0, 0
    relax = [0] * (max(len(train), t_out) - 1)
    for row, current in enumerate([*train, *relax]):
        u = held(v + current, width, mode)
        clipped += u != v + current
        net = int(u >= theta) - int(row >= len(train) and u < 0)
        v, count = u - theta * net, count + net
    return [int(count >= t) for t in range(1, t_out + 1)], clipped


@pytest.mark.parametrize("mode", MODES)
def test_every_train_of_a_small_register_with_phases(mode):
    """PASCAL as it is written down; the two-phase neurons keep the clipped sum and spend it."""
    register = Register(4, mode)
    for train in product(range(-7, 8, 2), repeat=3):
        given = {"theta": 3, "v_init": 1, "t_out": 2, "membrane": register}
        run = run_neuron(IntPascal(**given), np.array(train))
        assert (list(run.spikes), run.saturated) == stepped_in_phases(train, 3, 1, 2, 4, mode)
        v, clipped = 1, 0
        for current in train:
            kept = held(v + current, 4, mode)
            v, clipped = kept, clipped + (kept != v + current)
        two, bits = (run_neuron(cls(**given), np.array(train)) for cls in TWO_PHASES)
        assert (two.count, two.saturated) == (min(2, max(0, v // 3)), clipped)
        assert 2 * bits.spikes[0] + bits.spikes[1] == min(3, max(0, v // 3))
        assert bits.saturated == clipped


TWO_PHASES = (IntAccumulate, IntBitSerial)


@pytest.mark.parametrize("trace", [True, False])
def test_clipped_sums_are_counted(trace):
    trains = np.array([[7, -8], [7, -8], [7, -8]])
    run = run_neuron(IntIF(theta=7, v_init=0, membrane=Register(4)), trains, trace=trace)
    assert run.saturated == 2  # -16 and -24 in the second neuron; the first one fires at 7
    free = run_neuron(IntIF(theta=7, v_init=0), trains, trace=trace)
    assert free.saturated == 0


@pytest.mark.parametrize(
    "fault",
    [
        lambda total, signed, width, mode: np.clip(
            total, 1 - 2 ** (width - 1), 2 ** (width - 1) - 1
        ),
        lambda total, signed, width, mode: np.clip(total, -(2 ** (width - 1)), 2 ** (width - 1)),
        lambda total, signed, width, mode: np.maximum(total, -(2 ** (width - 1))),
        lambda total, signed, width, mode: total,
    ],
)
def test_a_planted_fault_in_the_register_is_found(monkeypatch, fault):
    monkeypatch.setattr("fixedpoint.register.bring_in_range", fault)
    with pytest.raises(AssertionError):
        test_every_train_of_a_small_register("saturate")


def test_the_closed_form_is_lost_where_the_register_clips():
    """What the words "as long as it never overflows" are for."""
    train = np.array([7, 7, 7, -7, -7])
    free, bound = (
        run_neuron(IntPascal(theta=3, v_init=1, t_out=5, membrane=m), train)
        for m in (None, Register(4))
    )
    assert bound.saturated
    assert free.count != bound.count
