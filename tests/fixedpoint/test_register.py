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
