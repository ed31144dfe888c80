"""Error compensation: exact once settled, honest where it is not."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.dyadic_networks import RATE_POOLS, SEEDS, Shape, graph_of, images, shapes
from laws.tiny import one_neuron
from numpy.testing import assert_array_equal

from refsnn.activations import QCFS, Clip, ReLU
from refsnn.analysis import exactness
from refsnn.analysis.settling import enough_extra_frames, frames_to_settle
from refsnn.convert import Calibration, ErrorCompensation, evaluate_snn, with_settings
from refsnn.convert.error_compensation import with_levels
from refsnn.engines import run, run_stepped
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import Graph
from refsnn.io import load_snn, save_snn
from refsnn.models import mlp
from refsnn.neurons import IF, DualThreshold, variant

LABELS = np.array([0, 1, 2, 0, 1, 2])


def dyadic(shape, seed, steps):
    """All activations at T levels, thetas ``lambda`` dyadic: level E when T is a power of two."""
    return graph_of(shape._replace(levels=(steps,)), seed, tie_lambda=False)


def converted(seed=1, steps=4, **changes):
    method = ErrorCompensation(steps=steps, **changes)
    graph = dyadic(Shape((steps,)), seed, steps)
    return method, *method.convert(graph, Calibration(images(seed, 6), LABELS))


@settings(max_examples=20)
@given(shape=shapes(RATE_POOLS), seed=SEEDS, steps=st.sampled_from([1, 2, 4]))
def test_claim_is_held_at_level_e(shape, seed, steps):
    """Every layer ends with the counts of the ANN with L = T."""
    method = ErrorCompensation(steps=steps)
    _, report = method.convert(dyadic(shape, seed, steps), Calibration(images(seed)))
    evaluation = report.evaluation
    assert evaluation.exactness.level == "E"
    assert report.claim.kind == "exact"
    assert report.notes["settles"]
    assert evaluation.wrong_counts == 0  # eq: error_compensation.29
    assert evaluation.logit_difference == 0
    assert report.claim.held


@settings(max_examples=20)
@given(seed=SEEDS, steps=st.sampled_from([2, 4]), others=SEEDS)
def test_enough_extra_frames_are_enough_for_any_image(seed, steps, others):
    """Converted without images: the proven number, held on images it never saw."""
    method = ErrorCompensation(steps=steps)
    snn, report = method.convert(dyadic(Shape((steps,)), seed, steps))
    bound = enough_extra_frames(snn)
    assert snn.extra_frames == report.notes["extra_frames"] == bound == 3 * steps
    x = 4 * images(others)
    assert evaluate_snn(snn, x, None).wrong_counts == 0  # eq: error_compensation.33
    assert frames_to_settle(snn, x, bound) <= bound


@settings(max_examples=20)
@given(seed=SEEDS, steps=st.integers(2, 5), levels=st.integers(1, 6))
def test_claim_is_held_at_level_r_and_from_other_levels(seed, steps, levels):
    """Arbitrary floats, a source with L != T: the reference is the network with L = T."""
    graph, rng = graph_of(Shape((levels,)), seed), np.random.default_rng(seed)
    graph = graph.with_params({k: v * rng.uniform(0.5, 1.5) for k, v in graph.params.items()})
    snn, report = ErrorCompensation(steps=steps).convert(graph, Calibration(images(seed)))
    assert {n.op.levels for n in snn.ann.nodes if isinstance(n.op, QCFS)} == {steps}
    assert report.evaluation.exactness.level == "R"
    assert report.claim.held


def clipped(graph):
    """The first reading of the paper: the same network with a plain clip."""
    nodes = (replace(n, op=Clip()) if isinstance(n.op, QCFS) else n for n in graph.nodes)
    return Graph(graph.input_shape, tuple(nodes), graph.params)


def test_both_readings_give_the_same_network():
    graph, data = dyadic(Shape((4,)), 3, 4), Calibration(images(3, 6), LABELS)
    quantised, one = ErrorCompensation().convert(graph, data)
    plain, two = ErrorCompensation().convert(clipped(graph), data)
    assert plain.graph.nodes == quantised.graph.nodes == with_levels(graph, 4).nodes
    assert dict(plain.neurons) == dict(quantised.neurons)
    assert one.claim.held
    assert two.claim.held
    accuracies = one.notes.pop("source_accuracy"), two.notes.pop("source_accuracy")
    assert one.notes == two.notes
    assert accuracies[0] == one.evaluation.ann_accuracy


FAULTS = {
    "plain IF neuron": lambda theta: IF(theta=theta),
    "no memory": lambda theta: DualThreshold(theta=theta, cap=4, memory=False),
    "wrong start": lambda theta: DualThreshold(theta=theta, cap=4, v_init=0.0),
    "no cap": lambda theta: DualThreshold(theta=theta),
    "negative threshold": lambda theta: DualThreshold(theta=theta, cap=4, theta_negative=0.5),
    "threshold off": lambda theta: DualThreshold(theta=theta * 1.25, cap=4),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_claim_sees_a_fault(fault):
    method, snn, report = converted(seed=2)
    assert report.claim.held
    broken = {n: FAULTS[fault](neuron.theta) for n, neuron in snn.neurons.items()}
    evaluation = evaluate_snn(replace(snn, neurons=broken), images(2, 6), None)
    assert evaluation.wrong_counts > 0
    assert method.judge(snn, evaluation).held is False


def test_too_few_extra_frames_are_told():
    """What these images need, and one frame fewer."""
    _, _, report = converted()
    need = report.notes["extra_frames_these_images_need"]
    assert 1 < need == report.notes["extra_frames"] < report.notes["extra_frames_always_enough"]
    _, snn, fewer = converted(extra=need - 1)
    assert snn.extra_frames == need - 1
    assert not fewer.notes["settles"]
    assert fewer.claim.kind == "exact"
    assert fewer.claim.held is False
    assert converted(extra=need)[2].claim.held
    assert converted(extra=need + 5)[2].claim.held


@pytest.mark.parametrize(
    "chosen",
    [
        {"extra": 0},
        {"theta_negative": 0.5},
        {"memory": False},
        {"cap": False},
        {"cap": False, "extra": 3},
        *({"variant": name} for name in ("plain", "fast-snn", "snm", "inference-scale", "weak")),
    ],
)
def test_otherwise_the_claim_is_statistical(chosen):
    method, snn, report = converted(**chosen)
    assert not method.exact
    assert snn.extra_frames == chosen.get("extra", 0)
    assert report.notes["settles"] is False
    assert report.claim.kind == "statistical"
    assert report.claim.observed == 0
    assert report.claim.held
    assert report.evaluation.wrong_counts > 0


def test_the_statistical_claim_sees_a_fault():
    method, snn, report = converted(extra=0)
    broken = replace(snn, neurons={**snn.neurons, "act2": DualThreshold(theta=1.0, v_init=0.25)})
    claim = method.judge(broken, report.evaluation)
    assert claim.observed > 0
    assert claim.held is False


def test_one_frame_is_exact_without_extra_ones():
    method, snn, report = converted(steps=1, extra=0)
    assert (method.exact, snn.extra_frames) == (True, 0)
    assert report.claim.kind == "exact"
    assert report.claim.held


def test_st_bif_is_the_reference():
    _, one, _ = converted(variant="st-bif")
    _, two, _ = converted()
    assert dict(one.neurons) == dict(two.neurons)
    assert one.extra_frames == two.extra_frames


def test_the_split_with_and_without_compensation():
    _, _, report = converted()
    plain, unsettled = report.notes["plain_neurons"], report.notes["no_extra_frames"]
    assert plain["wrong_counts"] > unsettled["wrong_counts"] > 0
    for figures in (plain, unsettled):
        error = figures["mean_abs_error"]
        assert error["act0"] == dict.fromkeys(error["act0"], 0.0)  # constant drive is exact
        assert sum(part["unevenness"] for part in error.values()) > 0
        assert all(part["quantisation"] == part["clipping"] == 0 for part in error.values())
    assert plain["accuracy"] is not None
    for layer in report.evaluation.layers:
        assert all(part["max_abs"] == 0 for part in layer.error.values())
    json.dumps(report.to_dict(), allow_nan=False)


@given(seed=SEEDS)
def test_two_frames_never_fire_too_often(seed):
    """Without extra frames every error of a layer is a missing spike, given its own input."""
    graph, x = dyadic(Shape((2,)), seed, 2), images(seed)
    snn = ErrorCompensation(steps=2, extra=0).convert(graph)[0]
    outcome = run(snn, x)
    for name, neuron in snn.neurons.items():
        want = np.clip(np.floor(outcome.charges[name] / neuron.theta + 0.5), 0, 2)
        assert (outcome.counts[name] <= want).all()  # eq: error_compensation.32


@settings(max_examples=20)
@given(seed=SEEDS)
def test_frame_by_frame_is_layer_by_layer(seed):
    graph, x = dyadic(Shape((4,)), seed, 4), images(seed)
    snn = ErrorCompensation().convert(graph)[0]
    one, two = run(snn, x), run_stepped(snn, x)
    assert_array_equal(one.logits, two.logits)
    for name in snn.neurons:
        assert_array_equal(one.counts[name], two.counts[name])
        assert_array_equal(one.sent[name], two.sent[name])


def test_settling_never_ends_without_a_memory():
    """A free neuron with negative charge fires until the charge is gone; then it rests, too."""
    graph = one_neuron(levels=4, lam=1.0)
    snn = ErrorCompensation().convert(graph)[0]
    free = replace(snn, neurons={"act": DualThreshold(theta=1.0, memory=False)})
    x = np.array([[-9.0]])
    assert frames_to_settle(snn, x, 50) == 0
    assert frames_to_settle(free, x, 50) == 32
    assert frames_to_settle(free, x, 31) is None
    swinging = replace(snn, neurons={"act": DualThreshold(theta=1.0, strict_negative=False)})
    assert frames_to_settle(swinging, np.array([[0.125]]), 99) is None


def test_deeper_networks_need_more():
    assert enough_extra_frames(ErrorCompensation().convert(one_neuron())[0]) == 0
    _, snn, _ = converted(steps=2)
    assert enough_extra_frames(snn) == 2 * 3


def test_a_stored_network_runs_as_before(tmp_path):
    _, snn, _ = converted()
    save_snn(tmp_path / "s.npz", snn)
    back = load_snn(tmp_path / "s.npz")
    assert (back.extra_frames, dict(back.settings)) == (snn.extra_frames, dict(snn.settings))
    assert_array_equal(run(back, images(1)).logits, run(snn, images(1)).logits)


@pytest.mark.parametrize("op", [ReLU()])
def test_networks_without_a_ceiling_are_refused(op):
    graph = mlp((1, 4, 4), 3, op, seed=0, width=4)
    message = "act0: error-compensation does not convert ReLU.*no clipping threshold"
    with pytest.raises(UnsupportedError, match=message):
        ErrorCompensation().convert(graph)


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"steps": 0}, "steps: not a number of steps"),
        ({"extra": -1}, "extra: not a number of frames: expected >= 0, got -1"),
        ({"variant": "duel"}, "unknown variant 'duel'; did you mean 'dual'"),
        ({"variant": "snm", "memory": False}, "variant = snm: a variant brings its own neuron"),
        ({"theta_negative": -1.0}, "theta_negative: cannot be used"),
        ({"theta_negative": "low"}, "theta_negative: setting of another type"),
        ({"thresh": 1}, "unknown setting 'thresh'"),
    ],
)
def test_bad_settings(chosen, message):
    with pytest.raises(InputError, match=message):
        with_settings(ErrorCompensation, chosen)


def test_it_says_what_is_not_known():
    """Where a reader sees it: report, class, page."""
    assert "body not read" in ErrorCompensation.paper
    assert "could not be read" in ErrorCompensation.__doc__
    assert "reconstructed" in ErrorCompensation.title
    assert "could not be read" in DualThreshold.__doc__
    assert variant("dual", np.ones(())) == DualThreshold(theta=np.ones(()))


def test_the_proof_of_exactness_counts_spikes_of_both_signs():
    """A cap bounds the net count, not what is sent and taken back in many extra frames."""
    _, snn, report = converted(steps=4, snap=6)
    few, many = (exactness(replace(snn, extra_frames=k), images(1)) for k in (0, 4000))
    assert few.level == many.level == report.evaluation.exactness.level == "E"
    assert int(many.reason.split()[-2]) >= int(few.reason.split()[-2]) + 9
