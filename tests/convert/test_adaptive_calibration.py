"""Adaptive Calibration as a method: what it builds, what it claims, what breaks the claim."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from refsnn.activations import QCFS, Clip, ReLU
from refsnn.activations.leaky import LeakyReLU
from refsnn.ann import activations, logits
from refsnn.calibration import (
    broken_in_integers,
    broken_on_data,
    exits,
    fit_exits,
    layer_bounds,
    summed_logits,
)
from refsnn.convert import AdaptiveCalibration, Calibration, evaluate_snn, with_settings
from refsnn.engines import run, run_stepped
from refsnn.errors import InputError, UnsupportedError
from refsnn.io import load_snn, save_snn
from refsnn.lower import lower
from refsnn.models import small_cnn
from refsnn.neurons import IF, AdaFire

X = np.random.default_rng(0).integers(0, 9, (24, 1, 8, 8)) / 8
Y = np.arange(24) % 4
PLAIN = {"steps": 4, "phi": 3, "search": False}


def network(act=None, seed=0):
    return small_cnn((1, 8, 8), 4, act or ReLU(), seed=seed, width=3)


def converted(graph=None, data=None, **settings):
    method = AdaptiveCalibration(**{**PLAIN, **settings})
    return method, *method.convert(graph or network(), data or Calibration(X, Y))


def test_the_claim_is_held_and_checked_on_data():
    _, snn, report = converted()
    assert report.claim.held is True
    assert report.claim.observed == 0
    assert report.claim.kind == "exact"
    sizes = sum(int(np.prod(snn.graph.shapes[name])) for name in snn.neurons)
    assert report.notes["counts_checked"] == sizes * 4 * len(X)
    assert report.evaluation.wrong_counts is None
    body = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert body["notes"]["phi"] == dict.fromkeys(snn.neurons, 3)


@pytest.mark.parametrize("steps", [4, 8])
def test_level_e_holds_it_without_tolerance(steps):
    _, snn, report = converted(snap=6, steps=steps)
    assert report.evaluation.exactness.level == "E"
    assert broken_on_data(snn, X, 0.0).broken == 0
    assert report.evaluation.layers[0].error["unevenness"]["max_abs"] == 0  # constant drive
    assert_array_equal(run(snn, X).logits, run_stepped(snn, X).logits)


@pytest.mark.parametrize("settings", [{}, {"potential": True}, {"steps": 5, "phi": 1}])
def test_every_output_keeps_its_bound(settings):
    _, snn, report = converted(**settings)
    bounds = layer_bounds(snn, X)  # eq: adaptive_calibration.19
    assert not any(layer.broken for layer in bounds.values())
    assert all(0 < layer.error <= layer.bound for layer in bounds.values())
    assert report.notes["error_and_bound"]["act0"] == [*bounds["act0"][:2]]


def test_constant_drive_is_within_half_a_unit():
    """The first layer, thresholds at the largest activation: nothing is clipped or inherited."""
    _, snn, _ = converted(bias=False, threshold="maximum", channels=False)
    first, unit = layer_bounds(snn, X)["act0"], float(snn.neurons["act0"].theta) / 4
    assert unit / 4 < first.error <= unit / 2 * (1 + 1e-12)
    assert first.bound == pytest.approx(unit / 2)


class Louder(AdaFire):
    """Sends a tenth more than it takes from its membrane."""

    def amplitude(self, frames, ndim, dtype):
        return super().amplitude(frames, ndim, dtype) * 1.1


def test_the_bound_sees_a_fault():
    _, snn, _ = converted(steps=16)
    louder = Louder(**snn.neurons["act0"].settings())
    bad = replace(snn, neurons={**snn.neurons, "act0": louder})
    assert layer_bounds(bad, X)["act0"].broken > 0


class Hard(AdaFire):
    """Forgets what exceeds the burst."""

    def step(self, state, current, phase):
        step = super().step(state, current, phase)
        return step._replace(state=type(state)(np.where(step.fired > 0, 0, step.state.v)))


class Greedy(AdaFire):
    """Ignores its burst limit."""

    def step(self, state, current, phase):
        return AdaFire.step(replace(self, phi=self.phi + 2), state, current, phase)


class Shiftless(AdaFire):
    def step(self, state, current, phase):
        return super().step(state, current - self.shift(current.dtype), phase)


@pytest.mark.parametrize("fault", [Hard, Greedy, Shiftless])
def test_the_claim_sees_a_fault(fault):
    method, snn, _ = converted(steps=8, phi=1)
    neurons = {k: fault(**n.settings()) for k, n in snn.neurons.items()}
    bad = replace(snn, neurons=neurons)
    assert broken_on_data(bad, X).broken > 0
    assert broken_in_integers(neurons["act0"], 8).broken > 0
    claim = method.judge(replace(snn, neurons=neurons), evaluate_snn(bad, X, None))
    assert claim.held is False
    assert method.judge(snn, evaluate_snn(snn, X, None)).held is True


def test_another_neuron_is_no_burst_neuron():
    method, snn, _ = converted()
    swapped = replace(snn, neurons={**snn.neurons, "act3": IF(theta=1.0)})
    assert not method.judge(swapped, evaluate_snn(snn, X, None)).held


def test_the_source_stays_the_reference():
    _, snn, _ = converted()
    _, plain, _ = converted(bias=False)
    graph = plain.graph
    assert_array_equal(logits(snn.ann, X), logits(graph, X))
    moved = [k for k, v in snn.graph.params.items() if not np.array_equal(v, snn.ann.params[k])]
    assert moved == [k for k in snn.graph.params if k.endswith(".bias") and k != "fc1.bias"]


def test_thresholds_are_per_channel_after_convolutions():
    _, snn, _ = converted()
    assert [n.theta.shape for n in snn.neurons.values()] == [(3, 1, 1)] * 3 + [(6, 1, 1), ()]
    _, snn, _ = converted(channels=False)
    assert {n.theta.shape for n in snn.neurons.values()} == {()}


@pytest.mark.parametrize(
    "settings",
    [
        {"threshold": "maximum"},
        {"threshold": "percentile", "percent": 99.0},
        {"rounding": "nearest"},
        {"potential": True, "snap": 5},
        {"search": True, "phi": 2},
        {"compress": True, "images": 8, "divergence_ratio": 2.0},
        {"as_released": True},
        {"batch": 8, "batches": 2},
    ],
    ids=lambda s: next(iter(s)),
)
def test_every_setting_converts_holds_and_is_stored(settings, tmp_path):
    _, snn, report = converted(**settings)
    assert report.claim.held is True
    assert any(n != m for n, m in zip(snn.neurons.values(), REFERENCE.values(), strict=True))
    save_snn(tmp_path / "s.npz", snn)
    back = load_snn(tmp_path / "s.npz")
    assert dict(back.neurons) == dict(snn.neurons)
    assert_array_equal(run(back, X[:4]).logits, run(snn, X[:4]).logits)
    assert_array_equal(logits(back.ann, X[:4]), logits(snn.ann, X[:4]))


REFERENCE = converted()[1].neurons


def test_weights_can_be_calibrated(monkeypatch):
    from refsnn.calibration import calibrate_weights
    from refsnn.convert import adaptive_calibration

    def few(snn, x):
        return calibrate_weights(snn, x, iterations=3, batch=8)

    monkeypatch.setattr(adaptive_calibration, "calibrate_weights", few)
    _, snn, report = converted(weights=True)
    assert report.claim.held
    assert not np.array_equal(snn.graph.params["conv0.weight"], snn.ann.params["conv0.weight"])


def test_it_is_deterministic():
    one, two = (converted(search=True, phi=2, images=8)[1] for _ in "ab")
    assert dict(one.neurons) == dict(two.neurons)
    assert all(np.array_equal(v, two.graph.params[k]) for k, v in one.graph.params.items())


def test_more_steps_come_closer():
    gaps = []
    for steps in (2, 8, 32):
        snn = converted(steps=steps, phi=4)[1]
        gaps.append(np.mean((run(snn, X).logits - logits(snn.ann, X)) ** 2))
    assert gaps[0] > gaps[1] > gaps[2]


def test_a_channel_that_is_never_on_is_dead_and_silent():
    from refsnn.passes import fold_batch_norm

    graph = fold_batch_norm(network())
    bias = np.array(graph.params["conv0.bias"])
    bias[1] = -99.0
    _, snn, report = converted(graph.with_params({"conv0.bias": bias}))
    assert report.notes["dead_channels"] == {"act0": 1}
    assert not run(snn, X).counts["act0"][:, 1].any()
    assert report.claim.held
    program = lower(snn, X[:4])
    assert program.report.to_dict()["held"] is True


def test_integers_equal_floats():
    """Eight-bit weights; thresholds per channel, bursts, shifts."""
    _, snn, _ = converted(search=True, phi=2)
    report = lower(snn, X, Y).report.to_dict()
    assert (report["held"], report["spikes_differ"], report["logits_differ"]) == (True, 0, 0)


def test_leaky_relu_stays_analog_and_is_listed():
    graph = network()
    nodes = [replace(n, op=LeakyReLU(0.1)) if n.name == "act3" else n for n in graph.nodes]
    leaky = type(graph)(graph.input_shape, tuple(nodes), graph.params)
    _, snn, report = converted(leaky)
    assert snn.analog == ("act3",)
    assert "act3" not in snn.neurons
    (entry,) = report.skipped
    assert (entry.node, entry.op) == ("act3", "LeakyReLU")
    assert "analog" in entry.why
    assert report.claim.held


@pytest.mark.parametrize("act", [QCFS(levels=4)])
def test_other_activations_are_refused(act):
    with pytest.raises(UnsupportedError, match="act0: QCFS is not converted"):
        converted(network(act))


def test_a_clip_is_a_relu_with_a_ceiling():
    _, snn, report = converted(network(Clip(lambda_init=2.0)))
    assert report.claim.held
    assert len(snn.neurons) == len(activations(snn.graph)) == 5


@pytest.mark.parametrize("kind", ["entropy", "confidence"])
def test_early_exit_is_fitted_and_measured_on_other_images(kind):
    labels = np.argmax(logits(network(), X), 1)
    tune, test = Calibration(X[:16], labels[:16]), Calibration(X[16:], labels[16:])
    method = AdaptiveCalibration(**{**PLAIN, "steps": 8}, exits=kind, alpha=0.05)
    snn, report = method.convert(network(), tune, test)
    figures = report.notes["exit"]
    bars = fit_exits(snn, tune.x, tune.y, kind, alpha=0.05)
    assert report.notes["exit_thresholds"] == bars.tolist()
    found = exits(summed_logits(snn, test.x), bars, kind)
    assert figures["latency"] == found.step.mean()
    assert figures["accuracy"] == np.mean(found.prediction == test.y)
    assert figures["energy_nj"] <= figures["full_energy_nj"]
    assert (figures["energy_nj"] < figures["full_energy_nj"]) == (figures["latency"] < 8)
    assert figures["full_accuracy"] == report.evaluation.snn_accuracy
    with pytest.raises(InputError, match="fitted to labels"):
        converted(data=Calibration(X), exits=kind)


def test_images_are_needed():
    with pytest.raises(
        InputError,
        match="needs calibration images: thresholds are fitted to them: expected 2 or more",
    ):
        AdaptiveCalibration().convert(network())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps"),
        ({"phi": 0}, "phi"),
        ({"phi": 4, "phi_initial": 2}, "phi_min <= phi <= phi_initial"),
        ({"phi": 1, "phi_min": 2}, "phi_min <= phi"),
        ({"threshold": "best"}, "threshold"),
        ({"rounding": "up"}, "rounding"),
        ({"spike_ratio": 0.0}, "spike_ratio: no budget"),
        ({"divergence_ratio": -1.0}, "divergence_ratio: no budget"),
        ({"phi_initial": 0}, "phi_initial"),
        ({"exits": "soon"}, "exits"),
        ({"stepz": 3}, "did you mean 'steps'"),
        ({"search": 1}, "search"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(InputError, match=message):
        with_settings(AdaptiveCalibration, settings)
