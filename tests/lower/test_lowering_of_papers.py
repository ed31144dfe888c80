"""Networks of every other method, lowered: the integers equal the float engine bit for bit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.dyadic_networks import RATE_POOLS, SEEDS, SIZE, Shape, graph_of, shapes

from fixedpoint.models_burst import IntBurst
from fixedpoint.models_dual import IntDual
from refsnn.activations import QCFS, ReLU
from refsnn.convert import (
    AdaptiveCalibration,
    Calibration,
    ErrorCompensation,
    SNNMeetsANN,
    ThresholdBalancing,
)
from refsnn.lower import lower
from refsnn.lower.twins import has_whole_shift, rescaled, twin
from refsnn.neurons import AdaFire

FIXED = Shape((4,))


def photos(seed, count=6):
    rng = np.random.default_rng(seed)
    return rng.integers(-8, 17, (count, 2, SIZE, SIZE)) / 8


def with_activation(graph, op):
    """The same network with another activation everywhere."""
    acts = {node.name for node in graph.nodes if isinstance(node.op, QCFS)}
    nodes = tuple(replace(n, op=op) if n.name in acts else n for n in graph.nodes)
    params = graph.params
    if not isinstance(op, QCFS):
        params = {k: v for k, v in params.items() if not k.endswith(".lambda")}
    return type(graph)(graph.input_shape, nodes, params)


FEW = settings(max_examples=20)
"""Each example converts, lowers and runs a network three times."""


def networks():
    return shapes(RATE_POOLS, per_channel=False)


@FEW
@given(shape=networks(), seed=SEEDS, steps=st.sampled_from([2, 3, 4]))
def test_bit_serial(shape, seed, steps):
    graph = with_activation(graph_of(shape, seed), QCFS(levels=2**steps - 1))
    snn = SNNMeetsANN(steps=steps).convert(graph)[0]
    report = lower(snn, photos(seed), bits=14).report
    assert report.held
    assert report.wrong_counts == 0


@FEW
@given(shape=networks(), seed=SEEDS)
def test_dual_threshold_with_extra_frames(shape, seed):
    x = photos(seed)
    snn = ErrorCompensation(steps=4).convert(graph_of(shape, seed), Calibration(x))[0]
    low = lower(snn, x, bits=14)
    assert low.report.held
    assert low.program.extra_frames == snn.extra_frames
    assert any(isinstance(layer.neuron, IntDual) for layer in low.program.layers)


@pytest.mark.parametrize("channels", [True, False])
@pytest.mark.parametrize(("steps", "whole"), [(4, True), (3, False)])
@FEW
@given(seed=SEEDS)
def test_bursts(channels, steps, whole, seed):
    """T = 4: theta / 8 is whole. T = 3: theta / 6 is not, is rounded, and the report says so."""
    graph = with_activation(graph_of(FIXED, seed), ReLU())
    x = photos(seed)
    method = AdaptiveCalibration(steps=steps, search=False, batches=1, channels=channels)
    snn = method.convert(graph, Calibration(x))[0]
    low = lower(snn, x, bits=14)
    assert low.report.held
    lost = [layer.shift_rounding for layer in low.report.layers[:-1]]
    assert all(value == 0 for value in lost) if whole else all(0 < value <= 0.5 for value in lost)
    assert any(isinstance(layer.neuron, IntBurst) for layer in low.program.layers)


def test_a_shifted_neuron_whose_shift_is_rounded():
    graph = with_activation(graph_of(FIXED, 1), ReLU())
    x = photos(1)
    for steps in (5, 8):
        snn = ThresholdBalancing(steps=steps).convert(graph, Calibration(x))[0]
        assert lower(snn, x, bits=12).report.held


def test_a_shift_that_rounds_to_nothing():
    """theta = 2 and T = 8: theta / 16 is less than half a unit, and both networks drop it."""
    neuron = AdaFire(theta=1.0, phi=2, steps=8)
    whole = rescaled("act", neuron, 2, np.asarray(0.5))
    assert not has_whole_shift(neuron, 2)
    assert whole.semantics.shift == 0
    assert twin("act", whole).shift == 0
    assert rescaled("act", neuron, 16, np.asarray(1 / 16)).semantics.shift * 16 == 1
