"""The rate coded baselines: half-threshold start, threshold balancing with shift, rate norm."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.dyadic_networks import Shape, graph_of, images
from laws.tiny import one_neuron
from numpy.testing import assert_allclose, assert_array_equal

from refsnn.activations import QCFS, Clip, ReLU
from refsnn.activations.rates import RateNorm, ThresholdReLU
from refsnn.analysis.mean_error import CELLS, DriveError, drive_error, predicted_error
from refsnn.analysis.rate_gap import omega, projection, worst_rate_gap
from refsnn.ann import activations, evaluate, logits
from refsnn.calibration.maxima import largest_inputs
from refsnn.convert import (
    Calibration,
    PotentialInitialization,
    RateNormConversion,
    ThresholdBalancing,
    evaluate_snn,
)
from refsnn.convert.rate_norm import as_clips
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import Graph
from refsnn.neurons import IF, DualThreshold, ShiftedIF, respond

METHODS = (PotentialInitialization, ThresholdBalancing, RateNormConversion)
DATA = Calibration(images(0, 6), np.array([0, 1, 2, 0, 1, 2]))
HALF = Fraction(1, 2)


def network(op, seed=1):
    """A random dyadic network with other activations; RateNorm gets p and M of its own."""
    graph = graph_of(Shape((4,)), seed)
    nodes = tuple(replace(n, op=op) if isinstance(n.op, QCFS) else n for n in graph.nodes)
    params = dict(graph.params)
    for node in activations(graph):
        lam = params.pop(f"{node.name}.lambda")
        if isinstance(op, Clip):
            params[f"{node.name}.lambda"] = lam
        elif isinstance(op, RateNorm):
            params[f"{node.name}.scale"] = np.asarray(1.5)
            params[f"{node.name}.running_max"] = lam
    return Graph(graph.input_shape, nodes, params)


def brute(neuron, steps):
    """The moments with fractions and nothing else, one drive at a time."""
    theta, gaps = Fraction(2 * CELLS * steps), []
    scaled = replace(neuron, theta=np.asarray(int(theta)))
    for z in range(1, int(theta), 2):
        count = respond(scaled, np.full((steps, 1, 1), z)).spikes.sum()
        gaps.append((theta * int(count) / steps - z) / (theta / steps))
    return DriveError(sum(gaps) / len(gaps), sum(g * g for g in gaps) / len(gaps))


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
@pytest.mark.parametrize("start", [Fraction(0), Fraction(1, 4), HALF, Fraction(3, 4)])
def test_moments_are_the_predicted_ones(steps, start):
    """Exactly, in fractions, for every start that is a multiple of an eighth."""
    neuron = IF(theta=1.0, v_init=float(start))
    found = drive_error(neuron, steps)
    assert found == brute(neuron, steps)
    # eq: potential_initialization.12 potential_initialization.13
    assert found == predicted_error(start)
    assert found.mean == start - HALF
    assert found.mean_square == (start - HALF) ** 2 + Fraction(21, 256)


@given(steps=st.integers(1, 24))
def test_moments_of_the_shifted_neuron(steps):
    """After the frames it is meant for the shift is half a threshold; else it is more or less."""
    assert drive_error(ShiftedIF(theta=1.0, t_ref=steps), steps) == predicted_error(HALF)
    assert drive_error(ShiftedIF(theta=1.0, t_ref=2 * steps), steps).mean == -HALF / 2
    assert drive_error(ShiftedIF(theta=1.0, t_ref=steps), 2 * steps).mean > 0


def test_half_a_threshold_is_the_best_start():
    """Bias 0, and a quarter of the mean square of an empty start (1/12 against 1/3)."""
    squares = {k: drive_error(IF(theta=1.0, v_init=k / 8), 4).mean_square for k in range(8)}
    assert min(squares, key=squares.get) == 4
    assert squares[0] - squares[4] == Fraction(1, 4)


def test_moments_at_random():
    """Uniform z, not a grid: within four standard errors of 0 and of 1/12."""
    z = np.random.default_rng(0).uniform(0, 1, 40_000)
    for steps in (2, 4, 8):
        drive = np.broadcast_to(z, (steps, 1, len(z)))
        error = respond(IF(theta=1.0), drive).spikes.sum(0)[0] - steps * z
        deviation = np.sqrt(1 / 12 / len(z))
        assert abs(error.mean()) < 4 * deviation
        assert abs((error**2).mean() - 1 / 12) < 4 * np.sqrt(1 / 180 / len(z))
        empty = respond(IF(theta=1.0, v_init=0.0), drive).spikes.sum(0)[0] - steps * z
        assert abs(empty.mean() + 0.5) < 4 * deviation
        assert abs(empty.mean()) > 40 * deviation


SOURCES = [
    (PotentialInitialization(steps=4), Clip()),
    (PotentialInitialization(steps=4), ReLU()),
    (ThresholdBalancing(steps=4), ReLU()),
    (ThresholdBalancing(steps=4, shift=False), ReLU()),
    (ThresholdBalancing(steps=4), Clip()),
    (ThresholdBalancing(steps=4), ThresholdReLU(theta=2.0)),
    (ThresholdBalancing(steps=4), ThresholdReLU()),
    (ThresholdBalancing(steps=4, shift=False), ThresholdReLU(theta=2.0, t_ref=4)),
    (RateNormConversion(steps=4), ReLU()),
    (RateNormConversion(steps=4, start="half"), Clip()),
    (RateNormConversion(steps=4), RateNorm()),
]


@pytest.mark.parametrize(("method", "op"), SOURCES, ids=str)
def test_claim_is_held(method, op):
    snn, report = method.convert(network(op), DATA)
    assert report.claim.held
    assert report.claim.observed == (0 if method.name != "rate-norm" else report.claim.observed)
    assert report.evaluation.wrong_counts is None
    assert list(snn.neurons) == [node.name for node in activations(snn.graph)]
    assert all(layer.gap_ulp <= 4 for layer in report.evaluation.layers)
    json.dumps(report.to_dict(), allow_nan=False)


@pytest.mark.parametrize("method", [m for m, op in SOURCES if isinstance(op, ReLU)], ids=str)
def test_snapped_networks_run_at_level_e(method):
    _, report = replace(method, snap=6).convert(network(ReLU()), DATA)
    assert report.evaluation.exactness.level == "E"
    assert all(layer.gap_ulp <= 1 for layer in report.evaluation.layers)


FAULTS = [
    (PotentialInitialization(steps=4), Clip(), IF(theta=1.0, v_init=0.0)),
    (PotentialInitialization(steps=4), Clip(), IF(theta=1.0, reset="zero")),
    (ThresholdBalancing(steps=4), ReLU(), IF(theta=1.0, v_init=0.0)),
    (ThresholdBalancing(steps=4), ReLU(), ShiftedIF(theta=1.0, t_ref=2)),
    (ThresholdBalancing(steps=4, shift=False), ReLU(), ShiftedIF(theta=1.0, t_ref=4)),
    (RateNormConversion(steps=4), ReLU(), IF(theta=1.0, reset="zero")),
    (RateNormConversion(steps=4), ReLU(), IF(theta=1.0, v_init=1.5)),
    (RateNormConversion(steps=4, start="half"), ReLU(), IF(theta=1.0, v_init=0.0)),
]


@pytest.mark.parametrize(("method", "op", "neuron"), FAULTS)
def test_claim_sees_a_fault(method, op, neuron):
    snn, report = method.convert(network(op), DATA)
    broken = replace(snn, neurons={**snn.neurons, "act2": neuron})
    claim = method.judge(broken, report.evaluation)
    assert claim.observed > claim.bound
    assert claim.held is False


def test_thresholds_are_the_clips():
    graph = network(Clip())
    snn, _ = PotentialInitialization().convert(graph)
    for name, neuron in snn.neurons.items():
        assert neuron == IF(theta=graph.params[f"{name}.lambda"], v_init=0.5)


def test_thresholds_are_the_largest_inputs():
    graph = network(ReLU())
    values = evaluate(graph, DATA.x)
    snn, report = ThresholdBalancing(steps=8).convert(graph, DATA)
    for node in activations(graph):
        z = np.maximum(values[node.inputs[0]], 0)
        theta = snn.neurons[node.name].theta
        assert theta == z.max()  # eq: threshold_balancing.4
        assert report.notes["thresholds"][node.name] == z.max()
        assert snn.neurons[node.name] == ShiftedIF(theta=theta, t_ref=8)
        got = largest_inputs(graph, DATA.x, [node.name], 90)[node.name]
        assert got == np.percentile(z, 90)


@settings(max_examples=15)
@given(seed=st.integers(0, 99), percentile=st.sampled_from([95.0, 100.0]))
def test_the_order_of_calibration_images_does_not_matter(seed, percentile):
    graph, rng = network(ReLU()), np.random.default_rng(seed)
    names = [node.name for node in activations(graph)]
    one = largest_inputs(graph, DATA.x, names, percentile)
    two = largest_inputs(graph, rng.permutation(DATA.x), names, percentile)
    assert one == two


def test_blocks_of_images_make_no_difference(monkeypatch):
    graph, names = network(ReLU()), ["act0", "act3"]
    whole = [largest_inputs(graph, DATA.x, names, p) for p in (100, 99.9)]
    monkeypatch.setattr("refsnn.memory.MOST", 2)
    assert [largest_inputs(graph, DATA.x, names, p) for p in (100, 99.9)] == whole


def test_a_layer_that_is_never_active_is_told():
    graph = network(ReLU())
    dead = graph.with_params({"conv0.bias": np.full(3, -99.0)})
    with pytest.raises(InputError, match=r"^act0: no neuron of the layer is active"):
        ThresholdBalancing().convert(dead, DATA)
    with pytest.raises(InputError, match="percentile: no percentile"):
        largest_inputs(graph, DATA.x, ["act0"], 0)


def test_rate_norm_is_a_clip_and_a_scale():
    """The same function to a rounding or two, whatever the network around it."""
    for fraction in ("sigmoid", "abs"):
        graph = network(RateNorm(fraction=fraction), seed=4)
        rewritten = as_clips(graph)
        assert {type(n.op) for n in activations(rewritten)} == {Clip}
        assert_allclose(logits(rewritten, DATA.x), logits(graph, DATA.x), rtol=1e-12, atol=1e-12)
        for node in activations(graph):
            vth = node.op.threshold(graph.of(node.name), np.dtype(np.float64))
            assert rewritten.params[f"{node.name}.lambda"] == vth


def test_a_spike_of_a_rate_norm_is_worth_one():
    """rate_norm.6: what reaches the next layer is the rate, not theta times it."""
    graph = network(RateNorm())
    snn, _ = RateNormConversion(steps=256, start="half").convert(graph, DATA)
    evaluation = evaluate_snn(snn, DATA.x, None)
    scale = np.abs(logits(graph, DATA.x)).max()
    assert evaluation.logit_difference < 0.05 * scale
    theta = snn.neurons["act0"].theta
    assert snn.graph.params["act0_rate.weight"] * theta == pytest.approx(1, abs=1e-15)


@given(
    seed=st.integers(0, 999), steps=st.integers(1, 40), theta=st.floats(0.1, 9), n=st.integers(1, 9)
)
def test_projection_is_bounded_by_omega(seed, steps, theta, n):
    """Constant drive from an empty membrane: 0 <= 1 - K(t) <= Omega / t."""
    drive = np.random.default_rng(seed).uniform(0, 1.3 * theta, n)
    rates = np.clip(drive / theta, 0, 1)
    spikes = respond(IF(theta=theta, v_init=0.0), np.broadcast_to(drive, (steps, 1, n))).spikes
    gap = 1 - projection(spikes.mean(0)[0], rates)
    assert -1e-12 <= gap <= omega(rates) / steps + 1e-12  # eq: rate_norm.7 rate_norm.8


def test_omega_falls_with_the_threshold():
    rates = np.array([0.1, 0.2, 0.4])
    assert omega(np.minimum(2 * rates, 1)) == omega(rates) / 2
    assert omega(np.zeros(3)) == np.inf


def test_rate_gaps_on_the_grid():
    """The bounds are met closely: the next grid point would reach them."""
    assert worst_rate_gap([IF(theta=1.0, v_init=0.0)], 5) == 1 - 1 / (2 * CELLS)
    assert worst_rate_gap([IF(theta=1.0)], 5) == 1 / 2 - 1 / (2 * CELLS)
    assert worst_rate_gap([IF(theta=1.0), DualThreshold(theta=1.0, v_init=1.5)], 5) > 1


def test_omega_is_reported():
    _, report = RateNormConversion().convert(network(ReLU()), DATA)
    assert all(value >= 1 for value in report.notes["omega"].values())
    assert list(report.notes["omega"]) == [f"act{i}" for i in range(4)]


@pytest.mark.parametrize(
    "method", [ThresholdBalancing, RateNormConversion, PotentialInitialization]
)
def test_measured_thresholds_need_images(method):
    message = rf"^{method.name}: needs calibration images: the .*: expected 2 or more, got 0"
    with pytest.raises(InputError, match=message):
        method().convert(network(ReLU()))


def test_learned_thresholds_need_none():
    for method, op in (
        (PotentialInitialization(), Clip()),
        (ThresholdBalancing(), ThresholdReLU(theta=1.5)),
        (RateNormConversion(), RateNorm()),
    ):
        _, report = method.convert(network(op))
        assert report.claim.held is None


@pytest.mark.parametrize("method", METHODS)
def test_quantised_networks_are_refused(method):
    with pytest.raises(UnsupportedError, match="^act: .* does not convert QCFS.*use qcfs"):
        method().convert(one_neuron())


def test_both_shifts_are_refused():
    graph = network(ThresholdReLU(theta=2.0, t_ref=8))
    with pytest.raises(UnsupportedError, match="opposite shift: both would cancel; set shift=fal"):
        ThresholdBalancing().convert(graph, DATA)


@pytest.mark.parametrize(
    ("method", "chosen", "message"),
    [
        (RateNormConversion, {"start": "full"}, "start: unknown choice: expected empty or half"),
        (RateNormConversion, {"fraction": 0.0}, "fraction: fraction: expected > 0"),
        (RateNormConversion, {"steps": 0}, "steps: not a number of steps"),
        (ThresholdBalancing, {"steps": -1}, "steps: not a number of steps"),
        (PotentialInitialization, {"steps": 1.5}, "steps: not a number of steps"),
    ],
)
def test_bad_settings(method, chosen, message):
    with pytest.raises(InputError, match=message):
        method(**chosen)


def test_per_channel_thresholds_broadcast():
    graph = graph_of(Shape((4,), per_channel=True), 0)
    nodes = (replace(n, op=Clip()) if isinstance(n.op, QCFS) else n for n in graph.nodes)
    graph = Graph(graph.input_shape, tuple(nodes), graph.params)
    for method in (PotentialInitialization(), ThresholdBalancing()):
        snn, _ = method.convert(graph, DATA)
        assert all(neuron.theta.shape == (3, 1, 1) for neuron in snn.neurons.values())
    thetas = [np.ravel(n.theta) for n in snn.neurons.values()]
    assert_array_equal(thetas[0], graph.params["act0.lambda"])


@pytest.mark.parametrize(("steps", "level"), [(4, "E"), (3, "R"), (6, "R")])
def test_a_shift_that_is_not_dyadic_is_level_r(steps, level):
    _, report = ThresholdBalancing(steps=steps, snap=6).convert(network(ReLU()), DATA)
    assert report.evaluation.exactness.level == level


def test_the_shift_makes_the_grid_finer():
    """A membrane on a grid of theta/(2T) needs its bits: the proof counts them."""
    bits = []
    for shift in (False, True):
        method = ThresholdBalancing(steps=64, snap=6, shift=shift)
        reason = method.convert(network(ReLU()), DATA)[1].evaluation.exactness.reason
        bits.append(int(reason.split()[-2]))
    assert bits[1] > bits[0]
