"""The laws, by the names neurons declare them with: each checks one case or raises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.testing import assert_array_equal

from refsnn.neurons import respond, take


def outputs(response):
    """Every array of a response: spikes (if any) and state."""
    spikes = () if response.spikes is None else (response.spikes,)
    return (*spikes, *response.state)


def same(a, b):
    """Bit for bit, dtype included."""
    for one, two in zip(outputs(a), outputs(b), strict=True):
        assert one.dtype == two.dtype
        assert_array_equal(one, two)


def internal_count(neuron, response):
    """The signed count of a neuron that keeps one, else what it sent."""
    if "count" in response.state._fields:
        return response.state.count
    return neuron.decode(response.spikes)


def shifts(neuron, currents):
    """Charge that a neuron adds by itself, a little in every step."""
    if not neuron.semantics.shift:
        return np.zeros((), currents.dtype)
    return len(currents) * neuron.shift(currents.dtype)


def conservation(case, _data):
    """``theta * sum(s) = v(0) + sum(I) - v(T)``, with the shifts in ``sum(I)``."""
    neuron, currents, bias = case
    start = neuron.init(currents.shape[1:], currents.dtype, bias).v
    end = respond(neuron, currents, bias=bias)
    left = start + currents.sum(axis=0) + shifts(neuron, currents) - end.state.v
    assert_array_equal(neuron.theta * internal_count(neuron, end), left)


def split_time(case, data):
    """T frames at once, or T1 frames and then the rest with the state carried over."""
    neuron, currents, bias = case
    cut = data(0, len(currents))
    whole = respond(neuron, currents, bias=bias)
    state, spikes = neuron.init(currents.shape[1:], currents.dtype, bias), []
    for part in (currents[:cut], currents[cut:]):
        if len(part):
            done = respond(neuron, part, state=state)
            state, spikes = done.state, [*spikes, done.spikes]
    if whole.spikes is not None:
        assert_array_equal(np.concatenate(spikes), whole.spikes)
    assert_array_equal(state.v, whole.state.v)


def batch(case, data):
    """A sample does not see the others; `take` gives its state."""
    neuron, currents, bias = case
    row = data(0, currents.shape[1] - 1)
    every = respond(neuron, currents, bias=bias)
    alone = respond(neuron, currents[:, row : row + 1], bias=bias)
    if every.spikes is not None:
        assert_array_equal(every.spikes[:, row : row + 1], alone.spikes)
    for one, two in zip(take(every.state, np.array([row])), alone.state, strict=True):
        assert_array_equal(one, two)


def permutation(case, data):
    """Neurons do not see their place."""
    neuron, currents, bias = case
    order = np.random.default_rng(data(0, 99)).permutation(currents.shape[-1])
    theta = neuron.theta[order] if neuron.theta.ndim else neuron.theta
    moved = respond(replace(neuron, theta=theta), currents[..., order], bias=bias[..., order])
    for one, two in zip(outputs(respond(neuron, currents, bias=bias)), outputs(moved), strict=True):
        assert_array_equal(one[..., order], two)


def rescale(case, data):
    """Multiplying theta and all charges by a power of two changes no spike."""
    neuron, currents, bias = case
    factor = 2.0 ** data(-30, 30)
    currents, bias = currents.astype(np.float64), bias.astype(np.float64)
    plain = respond(neuron, currents, bias=bias)
    scaled = respond(
        replace(neuron, theta=neuron.theta * factor), currents * factor, bias=bias * factor
    )
    assert_array_equal(plain.spikes, scaled.spikes)
    assert_array_equal(plain.state.v * factor, scaled.state.v)


def order(case, data):
    """The order of the frames does not matter."""
    neuron, currents, bias = case
    shuffled = currents[np.random.default_rng(data(0, 99)).permutation(len(currents))]
    one, two = respond(neuron, currents, bias=bias), respond(neuron, shuffled, bias=bias)
    assert_array_equal(one.spikes, two.spikes)


def qcfs_level(case, _data):
    """The count is the QCFS level of the total charge, all spikes first."""
    neuron, currents, bias = case
    spikes = respond(neuron, currents, bias=bias).spikes
    charge = (currents.sum(axis=0) + bias).astype(np.int64)
    level = integer_level(charge, neuron.theta, neuron.t_out)
    clock = np.arange(1, neuron.t_out + 1).reshape(-1, 1, 1)
    assert_array_equal(spikes, level >= clock)


def binary_level(case, _data):
    """The bits are the leading ones of the level of ``2**T - 1`` steps, MSB first."""
    neuron, currents, bias = case
    spikes = respond(neuron, currents, bias=bias).spikes
    charge = (currents.sum(axis=0) + bias).astype(np.int64)
    level = integer_level(charge, neuron.theta, 2**neuron.t_out - 1)
    shifts = np.arange(neuron.t_out - 1, neuron.drop - 1, -1).reshape(-1, 1, 1)
    assert_array_equal(spikes, (level >> shifts) & 1)  # eq: snn_meets_ann.20


def integer_level(charge, theta, levels):
    """``clip(floor(charge / theta + 1/2), 0, levels)`` in integers only."""
    return np.clip((2 * charge + theta) // (2 * theta), 0, levels)


LAWS = {
    law.__name__: law
    for law in (
        conservation,
        split_time,
        batch,
        permutation,
        rescale,
        order,
        qcfs_level,
        binary_level,
    )
}
