"""The frontier search against all choices, and the tables it chooses from."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from burst_networks import network, relu_net
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

from refsnn.ann import logits
from refsnn.calibration import (
    best_choice,
    compress,
    divergence,
    search_phi,
    search_ratios,
    tables,
)
from refsnn.calibration.sensitivity import phantoms
from refsnn.engines import run
from refsnn.errors import InputError, UnsupportedError
from refsnn.neurons import AdaFire


@st.composite
def two_tables(draw):
    """Loss and cost, (candidates, layers), small whole numbers with many ties."""
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    return tuple(draw(hnp.arrays(np.float64, shape, elements=st.integers(0, 12))) for _ in "ab")


def best_of_all(loss, cost, budget):
    choices = product(range(len(loss)), repeat=loss.shape[1])
    layers = range(loss.shape[1])
    fits = [c for c in choices if sum(cost[k, i] for i, k in enumerate(c)) <= budget]
    return min(
        (sum(loss[k, i] for i, k in zip(layers, c, strict=True)) for c in fits), default=None
    )


@given(case=two_tables(), budget=st.integers(0, 40))
def test_it_is_the_best_of_all_choices(case, budget):
    loss, cost = case
    wanted = best_of_all(loss, cost, budget)
    if wanted is None:
        with pytest.raises(UnsupportedError, match="no choice fits the budget"):
            best_choice(loss, cost, budget)
        return
    plan = best_choice(loss, cost, budget)  # eq: adaptive_calibration.23
    layers = np.arange(loss.shape[1])
    assert loss[plan.choice, layers].sum() == wanted
    assert cost[plan.choice, layers].sum() <= budget
    costs, losses = np.diff(plan.front, axis=0).T
    assert (costs >= 0).all()
    assert (losses < 0).all()


def test_worked_example():
    """Sensitivities and spikes of two layers, phi = 1..4."""
    sens = [[0.0308, 0.1191], [0.0050, 0.0272], [0.0026, 0.0069], [0.0025, 0.0025]]
    spikes = [[5781, 3124], [7979, 4952], [8583, 5697], [8708, 5884]]
    plan = best_choice(np.array(sens), np.array(spikes), 12931)
    assert plan.choice == (1, 1)
    assert plan.front[:, 0].tolist() == [8905, 10733, 11478, 11665, 12931]


@pytest.mark.parametrize("bad", [-1.0, np.nan])
def test_costs_it_is_not_exact_for_are_refused(bad):
    with pytest.raises(InputError, match="negative or not finite"):
        best_choice(np.ones((1, 1)), np.array([[bad]]), 1)
    with pytest.raises(InputError, match="tables do not fit"):
        best_choice(np.ones((1, 2)), np.ones((2, 1)), 1)


def test_divergence():
    """Against the definition, zero for equals, the same under a shift of the logits."""
    a, b = np.array([[0.0, np.log(3)]]), np.array([[0.0, 0.0]])
    p, q = np.array([0.25, 0.75]), np.array([0.5, 0.5])
    kl = [np.sum(x * np.log(x / y)) for x, y in ((p, q), (q, p))]
    assert divergence(a, b) == pytest.approx(sum(kl) / 2)  # eq: adaptive_calibration.22
    assert divergence(a, a) == 0
    assert divergence(a + 5, np.repeat(b, 1, 0)) == pytest.approx(divergence(a, b))


@settings(max_examples=5)
@given(seed=st.integers(0, 20))
def test_tables_change_one_layer_at_a_time(seed):
    """The variants that are not run again would have given the same."""
    snn, x = network(seed, phi=4)
    wanted = [lambda n, k=k: AdaFire(theta=n.theta, phi=k, steps=n.steps) for k in (1, 3, 4)]
    found, target = tables(snn, x, wanted), logits(snn.ann, x)
    for layer, (name, old) in enumerate(snn.neurons.items()):
        for k, variant in enumerate(wanted):
            changed = type(snn)(
                snn.graph, {**snn.neurons, name: variant(old)}, snn.readout, snn.input_frames
            )
            done = run(changed, x)
            assert found.spikes[k, layer] == done.sent[name].sum()
            assert found.divergence[k, layer] == divergence(target, done.logits)


def test_search_of_burst_limits():
    snn, x = network(0, phi=4)
    found = search_phi(snn, x, desired=2)
    rows = [phi - 1 for phi in found.phi.values()]
    layers = np.arange(len(rows))
    assert found.budget == found.tables.spikes[1].sum()
    assert found.tables.spikes[rows, layers].sum() <= found.budget
    loose = search_phi(snn, x, desired=2, ratio=9.0)
    assert loose.tables.divergence[[p - 1 for p in loose.phi.values()], layers].sum() <= (
        found.tables.divergence[rows, layers].sum()
    )


def test_the_budget_row_is_that_of_the_desired_limit():
    """The released row is counted from 1, whatever the least limit."""
    snn, x = network(0, phi=4)
    right = search_phi(snn, x, desired=2, least=2)
    released = search_phi(snn, x, desired=2, least=2, as_released=True)
    assert right.budget == right.tables.spikes[0].sum()
    assert released.budget == released.tables.spikes[1].sum()
    with pytest.raises(InputError, match="no candidate"):
        search_phi(snn, x, desired=5)


def test_search_of_ratios():
    snn, x = network(1, phi=4)
    found = search_ratios(snn, x, candidates=(1, 1.5, 2, 4), ratio=1.5)
    released = search_ratios(snn, x, candidates=(1, 1.5, 2, 4), ratio=1.5, released_order=True)
    assert list(found.ratio) == list(snn.neurons)
    assert list(released.ratio.values()) == list(found.ratio.values())[::-1]
    rows = [(1, 1.5, 2, 4).index(r) for r in found.ratio.values()]
    total = found.tables.divergence[rows, np.arange(len(rows))].sum()
    assert total <= found.budget  # eq: adaptive_calibration.26
    assert found.budget == 1.5 * found.tables.divergence[0].sum()
    smaller = compress(snn, found.ratio)
    for name, ratio in found.ratio.items():  # eq: adaptive_calibration.24
        assert_array_equal(smaller.neurons[name].theta, snn.neurons[name].theta * ratio)
    with pytest.raises(InputError, match="ratios"):
        search_ratios(snn, x, candidates=(2, 3))


def test_compression_costs_resolution():
    """theta = 1, T = 4, current 0.7: ratio 2 sends one spike of 2 in place of three of 1."""
    snn = relu_net(theta=1.0, phi=4)
    x = np.array([[0.7]])
    assert run(snn, x).counts["act"].item() == 3
    done = run(compress(snn, {"act": 2.0}), x)
    assert (done.counts["act"].item(), done.logits.item()) == (1, 0.5)


def test_the_released_counter_counts_what_is_not_sent():
    dead = np.array([True, False])
    u = np.array([[[0.5, 9.0]], [[-0.5, 9.0]]])
    neuron = AdaFire(theta=np.ones(2), phi=3, dead=dead)
    assert phantoms(neuron, u).tolist() == [[[3, 0]], [[0, 0]]]
    assert not phantoms(AdaFire(theta=np.ones(2), phi=3), u).any()
