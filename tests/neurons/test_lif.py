"""The leaky neuron: every setting against plain Python, and its closed forms."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from refsnn.analysis.exactness import exactness
from refsnn.errors import InputError, UnsupportedError
from refsnn.neurons import IF, LIF, respond
from refsnn.neurons.leak import leak_of
from refsnn.semantics import Semantics

FLOATS = np.float64


def run(neuron, currents, dtype=FLOATS):
    """Spikes and membranes of one neuron."""
    kept = []
    x = np.asarray(currents, dtype)[:, None]
    spikes = respond(neuron, x, probe=lambda _p, _c, step: kept.append(step)).spikes
    return spikes.ravel().tolist(), [step.state.v.item() for step in kept]


def plain(currents, theta, *, leak=0, gain=1, drift=0, compare, reset, acts, delay, v_reset=0, v=0):
    """One number at a time, in fractions."""
    last, sent, left = 0, [], []

    def cut(u, n):
        if not n:
            return u
        return u - theta if reset == "subtract" else v_reset

    for current in currents:
        u = (1 - Fraction(leak)) * v + Fraction(gain) * current + Fraction(drift)  # eq: nir.1
        if acts == "next_step":
            u = cut(u, last)
        fired = int(u >= theta if compare == "ge" else u > theta)
        v = u if acts == "next_step" else cut(u, fired)
        sent.append(last if delay else fired)
        left.append(v)
        last = fired
    return sent, left


MODES = list(product(["ge", "gt"], ["subtract", "to_value"], ["same_step", "next_step"], [0, 1]))
TRAINS = [(3, 1, 0, 5, -4, 6, 6, 0, 0, 2), (2, 2, 2, 2, 2, 2, 2, 2), (9, 0, 0, 0, 9, 9), (-3, 7)]


@pytest.mark.parametrize(("compare", "reset", "acts", "delay"), MODES)
@pytest.mark.parametrize("scheme", ["sum", "euler"])
def test_every_mode(compare, reset, acts, delay, scheme):
    """theta 4, tau 4: all numbers are dyadic, so floats are exact."""
    tau = None if scheme == "sum" else 4.0
    neuron = LIF(
        theta=4, tau=tau, r=2.0, v_leak=-8.0 if tau else 0.0, integration=scheme, compare=compare,
        reset=reset, reset_acts=acts, delay=delay, v_reset=-1.0,
    )  # fmt: skip
    leak, gain = (Fraction(1, 4), Fraction(1, 2)) if tau else (0, 2)  # eq: nir.2 nir.4
    told = {"leak": leak, "gain": gain, "drift": -2 if tau else 0, "v_reset": -1}
    for train in TRAINS:
        wanted = plain(train, 4, compare=compare, reset=reset, acts=acts, delay=delay, **told)
        assert run(neuron, train) == wanted


def test_modes_differ():
    """Each of the sixteen gives its own trains: no setting is ignored."""
    tables = {
        mode: tuple(
            str(
                run(
                    LIF(theta=4, compare=mode[0], reset=mode[1], reset_acts=mode[2], delay=mode[3]),
                    t,
                )
            )
            for t in TRAINS
        )
        for mode in MODES
    }
    assert len(set(tables.values())) == len(MODES)


@given(
    train=st.lists(st.integers(-9, 9), min_size=1, max_size=12),
    compare=st.sampled_from(["ge", "gt"]),
    v_init=st.sampled_from([0.0, 0.5]),
    hard=st.booleans(),
)
def test_without_leak_it_is_the_plain_neuron(train, compare, v_init, hard):
    own = LIF(theta=4, compare=compare, v_init=v_init, reset="to_value" if hard else "subtract")
    other = IF(theta=4, compare=compare, v_init=v_init, reset="zero" if hard else "subtract")
    for dtype in (np.int64, np.float32, np.float64):
        assert run(own, train, dtype) == run(other, train, dtype)


@given(train=st.lists(st.integers(-9, 30), min_size=1, max_size=12), most=st.integers(2, 4))
def test_many_spikes(train, most):
    v, wanted = 0, []
    for current in train:
        v += current
        n = max(0, min(most, v // 4))
        v -= 4 * n
        wanted.append(n)
    neuron = LIF(theta=4, most=most)
    assert run(neuron, train)[0] == wanted
    assert run(neuron, train, np.int64)[0] == wanted
    assert neuron.max_count(5) == 5 * most


def test_floor_of_the_membrane():
    neuron = LIF(theta=4, v_min=-1.0)
    assert run(neuron, [-3, -3, 8, 0])[1] == [-3, -4, 0, 0]
    assert run(LIF(theta=4), [-3, -3, 8, 0])[1] == [-3, -6, 2, 2]


# closed forms

ROUNDED = 1e-12
"""Exponentials, and up to 60 steps of values below 10, are rounded in float64."""


@pytest.mark.parametrize("scheme", ["euler", "exact", "impulse"])
@given(tau=st.floats(1.5, 50), v=st.floats(-1, 1), steps=st.integers(1, 30))
def test_decay(scheme, tau, v, steps):
    neuron = LIF(theta=1e6, tau=tau, integration=scheme, v_leak=0.25, v_init=v / 1e6)
    kept = (1 - 1 / tau) if scheme == "euler" else math.exp(-1 / tau)  # eq: nir.3
    want = 0.25 + (v - 0.25) * kept**steps
    assert_allclose(run(neuron, [0.0] * steps)[1][-1], want, rtol=0, atol=ROUNDED)


@given(tau=st.floats(1.5, 50), current=st.floats(-2, 2), steps=st.integers(1, 60))
def test_constant_drive_tends_to_its_level(tau, current, steps):
    """Exact: ``r I (1 - e**(-t/tau))``; the others have another level or another pace."""
    neuron = LIF(theta=1e6, tau=tau, r=3.0, integration="exact")
    want = 3 * current * -math.expm1(-steps / tau)
    assert_allclose(run(neuron, [current] * steps)[1][-1], want, rtol=0, atol=ROUNDED)


def crossing_by_bisection(v, aim, tau, theta, target):
    """Follow the exponential to theta, restart at the target, follow for the rest of the step."""
    low, high = 0.0, 1.0
    for _ in range(200):
        mid = (low + high) / 2
        low, high = (mid, high) if aim + (v - aim) * math.exp(-mid / tau) < theta else (low, mid)
    return aim + (target - aim) * math.exp(-(1 - low) / tau)


@given(
    v=st.floats(-0.5, 0.95), aim=st.floats(1.5, 60), tau=st.floats(0.8, 40),
    target=st.sampled_from([0.0, -0.5]),
)  # fmt: skip
def test_reset_at_the_crossing(v, aim, tau, target):
    neuron = LIF(
        theta=1.0, tau=tau, integration="exact", reset="to_value", reset_acts="at_crossing",
        v_reset=target, v_init=v, compare="gt",
    )  # fmt: skip
    spikes, left = run(neuron, [aim])
    reached = aim + (v - aim) * math.exp(-1 / tau)
    assert spikes == [int(reached > 1)]
    want = crossing_by_bisection(v, aim, tau, 1.0, target) if reached > 1 else reached
    assert_allclose(left[0], want, rtol=0, atol=ROUNDED)  # eq: nir.5


def test_a_tie_at_the_end_of_a_step_ends_at_the_target():
    neuron = LIF(
        theta=1.0, tau=2.0, integration="exact", reset="to_value", reset_acts="at_crossing",
        v_reset=-0.25,
    )  # fmt: skip
    current = 1 / -math.expm1(-0.5)
    while run(neuron, [current])[0] == [0]:
        current = math.nextafter(current, 9)
    # the crossing is at the end of the step but for the rounding of a logarithm
    assert_allclose(run(neuron, [current])[1], [-0.25], rtol=0, atol=1e-14)


@given(
    train=st.lists(st.integers(-50, 900), min_size=1, max_size=20), bits=st.integers(4, 14),
    tau=st.floats(1.5, 60),
)  # fmt: skip
def test_integer_leak(train, bits, tau):
    """Division truncated towards zero, the lost part rounded down: Python's own integers."""
    lost = math.floor((1 - (1 - 1 / tau)) * 2**bits)
    v, wanted = 0, []
    for current in train:
        kept = abs(v) * (2**bits - lost) // 2**bits  # eq: nir.6
        v = int(math.copysign(kept, v)) + current
        fired = v > 1600
        wanted.append(int(fired))
        v = 0 if fired else v
    neuron = LIF(
        theta=1600, tau=tau, r=tau, integration="euler", compare="gt", reset="to_value",
        v_reset=0, fraction=bits,
    )  # fmt: skip
    if neuron.leak.gain % 1:
        with pytest.raises(InputError, match="an integer run needs whole coefficients"):
            run(neuron, train, np.int64)
        return
    spikes, left = run(neuron, train, np.int64)
    assert (spikes, left[-1]) == (wanted, v)


# what is refused, and what is said

BAD = {
    "a leak needs a time constant and a scheme": [{"tau": 5.0}, {"integration": "exact"}],
    "unknown choice": [{"compare": ">"}, {"reset": "zero"}, {"reset_acts": "late"}],
    "expected > 1 step": [{"tau": 1.0, "integration": "euler"}],
    "expected > 0": [{"tau": [1.0, -2.0], "integration": "exact"}],
    "expected 0 or 1 steps": [{"delay": 2}, {"delay": 0.5}],
    "spikes a step": [
        {"most": 128},
        {"most": 2, "compare": "gt"},
        {"most": 2, "reset": "to_value"},
    ],
    "LIF.most: not a number of steps": [{"most": 0}],
    "the moment of crossing": [
        {"reset_acts": "at_crossing"},
        {"reset_acts": "at_crossing", "reset": "to_value"},
        {"reset_acts": "at_crossing", "integration": "exact", "tau": 2.0},
    ],
    "LIF.v_min: not finite": [{"v_min": np.nan}],
    "LIF.v_init: not finite": [{"v_init": np.inf}],
    "LIF.fraction": [{"fraction": 0}, {"fraction": 31}],
    "LIF.r: setting is not finite": [{"r": np.nan}, {"r": [1.0, np.inf]}],
    "LIF.r: setting is not a number": [{"r": "1"}],
}
CASES = [(why, one) for why, ones in BAD.items() for one in ones]


@pytest.mark.parametrize(("why", "one"), CASES, ids=str)
def test_settings_that_are_refused(why, one):
    with pytest.raises(InputError, match=why):
        LIF(theta=1.0, **one)


def test_an_integer_membrane_cannot_leak_by_a_fraction():
    with pytest.raises(InputError, match="an integer run needs whole coefficients"):
        run(LIF(theta=4, tau=4.0, r=4.0, integration="euler"), [1, 2], np.int64)
    with pytest.raises(InputError, match="an integer run needs whole coefficients"):
        run(LIF(theta=4, r=0.5), [1, 2], np.int64)


def test_semantics():
    neuron = LIF(
        theta=1.0, tau=5.0, integration="euler", compare="gt", reset_acts="next_step", delay=1,
        v_min=-1.0, v_init=0.25,
    )  # fmt: skip
    assert neuron.semantics == Semantics(
        compare="gt", reset_acts="next_step", v_init=0.25, v_min=-1.0, integration="euler", delay=1
    )
    assert LIF(theta=1.0, most=3).semantics.spikes_per_step == 3


def test_worth_of_a_spike():
    amplitude = LIF(theta=np.array([2.0, 3.0]), worth=np.ones(())).amplitude(2, 1, FLOATS)
    assert_array_equal(np.broadcast_to(amplitude, (2, 1, 1)), np.ones((2, 1, 1)))
    assert_array_equal(LIF(theta=np.array([2.0, 3.0])).amplitude(1, 1, FLOATS), [[[2.0, 3.0]]])


def test_no_proof_of_exactness():
    """A membrane that is rounded in every step is never called exact."""
    from laws.tiny import rate_network

    leaky = LIF(theta=1.0, tau=4.0, r=4.0, integration="euler")
    told = exactness(rate_network(4, leaky), np.array([[0.5]]))
    assert (told.level, told.reason[:4]) == ("R", "act:")
    assert exactness(rate_network(4), np.array([[0.5]])).level == "E"


def test_array_settings_are_copies():
    tau = np.array([2.0, 3.0])
    neuron = LIF(theta=1.0, tau=tau, integration="exact")
    tau[0] = 9
    assert neuron.tau[0] == 2.0
    assert not neuron.tau.flags.writeable
    assert leak_of("sum", None, np.asarray(2.0), np.zeros(())).gain == 2.0


def test_unsupported_is_its_own_kind():
    with pytest.raises(UnsupportedError):
        LIF(theta=1.0, reset_acts="at_crossing")
