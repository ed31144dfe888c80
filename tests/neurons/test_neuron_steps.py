"""One step of every neuron, over every 4-bit membrane, threshold, input and mode."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from refsnn.neurons import IF, Pascal, PascalFirst, Phase, Readout
from refsnn.neurons.integrate_fire import IFState
from refsnn.neurons.pascal import PascalState
from refsnn.neurons.pascal_first import PascalFirstState
from refsnn.neurons.readout import ReadoutState

SIGNED, THETAS = range(-8, 8), range(1, 16)
DTYPES = (np.int64, np.float32, np.float64)
GRID = list(product(SIGNED, THETAS, SIGNED))
"""Membrane, threshold, input."""


def columns(dtype):
    v, theta, current = (np.array(c, dtype) for c in zip(*GRID, strict=True))
    return v, theta, current


def if_step(v, theta, current, compare, reset):
    """The neuron in plain Python, one number at a time."""
    u = v + current
    fires = u > theta or (compare == "ge" and u == theta)
    if not fires:
        return u, 0, u
    return u, 1, (u - theta if reset == "subtract" else 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("compare", ["ge", "gt"])
@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_if(dtype, compare, reset):
    v, theta, current = columns(dtype)
    neuron = IF(theta=theta, compare=compare, reset=reset)
    step = neuron.step(IFState(v), current, Phase("fire", True, True, 1, 1))
    wanted = [if_step(*case, compare, reset) for case in GRID]
    got = zip(step.u.tolist(), step.spikes.tolist(), step.state.v.tolist(), strict=True)
    assert list(got) == wanted
    assert_array_equal(step.fired, step.spikes)
    assert step.state.v.dtype == dtype


def test_if_modes_differ():
    """All four modes give different tables, so none of them is ignored."""
    tables = {
        (c, r): tuple(if_step(*case, c, r) for case in GRID)
        for c in ("ge", "gt")
        for r in ("subtract", "zero")
    }
    assert len(set(tables.values())) == 4


def pascal_step(v, theta, current, phase):
    """(u, net, v) in plain Python."""
    u = v + current
    if u >= theta:
        return u, 1, u - theta
    if phase == "relax" and u < 0:
        return u, -1, u + theta
    return u, 0, u


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["integrate", "relax"])
def test_pascal_moves(dtype, name):
    v, theta, current = columns(dtype)
    neuron = Pascal(theta=theta, t_out=1)
    count = np.arange(len(v)) % 16 - 8
    given = current if name == "integrate" else None
    step = neuron.step(PascalState(v, count), given, Phase(name, given is not None, False, 1, 1))
    wanted = [pascal_step(a, t, c if given is not None else 0, name) for a, t, c in GRID]
    got = zip(step.u.tolist(), step.fired.tolist(), step.state.v.tolist(), strict=True)
    assert list(got) == wanted
    assert step.spikes is None
    assert_array_equal(step.state.count - count, step.fired)


@pytest.mark.parametrize("t", range(1, 8))
def test_pascal_emits(t):
    """Every 4-bit count; the membrane rests."""
    count = np.arange(-8, 8)
    v = np.full(count.shape, 3.0)
    step = Pascal(theta=2, t_out=7).step(
        PascalState(v, count), None, Phase("emit", False, True, t, 7)
    )
    assert step.spikes.tolist() == [1 if n >= t else 0 for n in range(-8, 8)]
    assert_array_equal(step.u, count)
    assert_array_equal(step.state.v, v)
    assert_array_equal(step.state.count, count)


@pytest.mark.parametrize("dtype", DTYPES)
def test_pascal_first_absorbs_and_emits(dtype):
    v, theta, current = columns(dtype)
    neuron = PascalFirst(theta=theta, t_out=1)
    took = neuron.step(PascalFirstState(v), current, Phase("absorb", True, False, 1, 1))
    assert took.spikes is None
    assert_array_equal(took.state.v, v + current)
    assert not took.fired.any()
    gave = neuron.step(took.state, None, Phase("emit", False, True, 1, 1))
    wanted = [pascal_step(*case, "emit") for case in GRID]
    got = zip(gave.u.tolist(), gave.spikes.tolist(), gave.state.v.tolist(), strict=True)
    assert list(got) == wanted


@pytest.mark.parametrize("dtype", DTYPES)
def test_readout_adds(dtype):
    v, _, current = columns(dtype)
    step = Readout().step(ReadoutState(v), current, Phase("absorb", True, False, 1, 1))
    assert_array_equal(step.state.v, v + current)
    assert step.spikes is None
    assert not step.fired.any()
