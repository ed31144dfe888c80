"""Effective steps: the figures of the release, its defect, and the steps neurons really take."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import SEEDS, Shape, graph_of, images, shapes

from refsnn.analysis import RELEASED_RHO, effective_steps, effective_steps_of, neuron_steps
from refsnn.analysis.cost import cost
from refsnn.analysis.effective_steps import fan_in, layer_energy, overhead, rho_of_fan_in
from refsnn.ann import evaluate, references
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.engines import run
from refsnn.errors import InputError

VGG = (8, 4, 4, 1, 4, 4, 1, 1, 1, 1, 1, 4, 8, 8, 8)
RESNET = (4, 4, 4, 1, 4, 4, 4, 1, 4, 1, 1, 1, 1, 1, 1, 1, 4)
RESNET_2 = (4, 2, 4, 1, 4, 2, 2, 1, 4, 2, 2, 1, 4, 1, 1, 1, 4)
RESNET_34 = (16, 16, *(16, 8) * 13, 8, 8, 8, 8, 8)


@pytest.mark.parametrize(
    ("table", "steps", "figure", "digits"),
    [
        ("vgg16-cifar", VGG, 4.5444, 4),
        ("vgg16-cifar", (4,) * 15, 4.211, 3),
        ("vgg16-imagenet", (16,) * 15, 18.50, 2),
        ("resnet18-cifar", RESNET, 3.13616, 5),
        ("resnet18-cifar", RESNET_2, 2.6349, 4),
        ("resnet18-cifar", (4,) * 17, 4.052, 3),
        ("resnet34-imagenet", RESNET_34, 12.93697, 5),
        ("resnet34-imagenet", (16,) * 33, 16.67, 2),
    ],
)
def test_figures_of_the_release(table, steps, figure, digits):
    found = effective_steps(steps, RELEASED_RHO[table], as_released=True)
    assert round(found, digits) == figure  # eq: pascal.21 pascal.23


def test_the_zip_drops_layers_in_silence():
    rho = RELEASED_RHO["resnet18-cifar"]
    assert (len(rho), len(RESNET)) == (10, 17)
    with pytest.raises(InputError, match=r"expected 17 values of rho, got 10; .*as_released"):
        effective_steps(RESNET, rho)
    cut = effective_steps(RESNET, rho, as_released=True)
    assert cut == effective_steps(RESNET[:10], rho)
    assert round(cut * 10 / 17, 3) == 1.845
    assert np.mean(RESNET) < 2.42 < cut


@given(levels=st.integers(1, 64), rho=st.fractions(0, 10, max_denominator=4096))
def test_overhead(levels, rho):
    exact = (1 + (5 * levels - 2) * rho) / (1 + levels * rho)
    assert overhead(levels, float(rho)) == pytest.approx(float(exact), rel=1e-13)  # eq: pascal.22
    units = 5 * levels - 2
    assert layer_energy(units, float(rho)) == pytest.approx(float(1 + units * rho))  # eq: pascal.24
    assert overhead(levels, 0.0) == 1
    assert 1 <= overhead(levels, float(rho)) < 5


def test_the_figure_of_the_first_vgg_layer():
    assert round(overhead(8, rho_of_fan_in(27)), 2) == 2.06
    assert rho_of_fan_in(27) == pytest.approx(float(Fraction(4, 81)))


@pytest.mark.parametrize(
    ("steps", "rho"),
    [((), ()), ((0,), (1.0,)), ((1.5,), (1.0,)), ((1,), (-1.0,)), ((1,), (np.inf,))],
)
def test_bad_input(steps, rho):
    with pytest.raises(InputError):
        effective_steps(steps, rho)


def test_fan_in_of_a_network():
    """2 x 9 taps, 3 x 9, those and a shortcut, and 3 x 9 behind a pool."""
    graph = graph_of(Shape((4, 2, 3)), 0)
    assert [fan_in(graph, f"act{i}") for i in range(4)] == [18, 27, 28, 27]


def test_effective_steps_of_a_network():
    graph = graph_of(Shape((4, 2, 3)), 0)
    found = effective_steps_of(graph, {"act0": 4, "act1": 2})
    by_hand = (4 * overhead(4, 4 / 3 / 18) + 2 * overhead(2, 4 / 3 / 27)) / 2
    assert found.value == pytest.approx(by_hand)
    assert found.mean_steps == 3
    assert "read off" in found.to_dict()["constants"]


@given(shape=shapes(), seed=SEEDS)
def test_steps_of_the_neurons(shape, seed):
    """The formula against the steps a run takes, at any mixture of levels."""
    snn = PascalConversion().convert(graph_of(shape, seed))[0]
    outcome = run(snn, images(seed, 1), record=None)
    for name, steps in neuron_steps(snn).items():
        t_in, t_out = snn.frames[snn.graph.node(name).inputs[0]], snn.frames[name]
        formula = t_in + max(t_in, t_out) - 1 + t_out  # eq: pascal.15
        assert steps == (1 + t_out if name == "act0" else formula)
        assert steps == len(outcome.traces[name].phase)


def test_the_note_of_a_conversion():
    graph = graph_of(Shape((4, 2, 3)), 0)
    snn, report = PascalConversion().convert(graph)
    assert report.notes == {"neuron_steps": neuron_steps(snn)}
    assert report.notes["neuron_steps"] == {"act0": 5, "act1": 9, "act2": 7, "act3": 10}
    snn, report = PascalConversion(energy_model=True).convert(graph)
    wanted = effective_steps_of(snn.graph, {f"act{i}": t for i, t in enumerate((4, 2, 3, 4))})
    assert report.notes["effective_steps"] == wanted.to_dict()
    assert set(neuron_steps(QCFSConversion(steps=5).convert(graph)[0]).values()) == {5}


@given(shape=shapes(), seed=SEEDS)
def test_spikes_are_the_levels(shape, seed):
    graph, x = graph_of(shape, seed), images(seed)
    snn = PascalConversion().convert(graph)[0]
    levels = references(graph, evaluate(graph, x))
    total = sum(int(r.level.sum()) for r in levels.values())
    assert cost(snn, run(snn, x)).spikes * len(x) == pytest.approx(total, abs=1e-9)  # eq: pascal.25
