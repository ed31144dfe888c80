"""Claims are held, and a planted fault breaks each."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import RATE_POOLS, SEEDS, Shape, graph_of, images, shapes

from refsnn.convert import (
    METHODS,
    Calibration,
    Claim,
    PascalConversion,
    QCFSConversion,
    evaluate_snn,
)
from refsnn.convert.qcfs import mean_error
from refsnn.neurons import IF, Pascal


def judged(method, snn, seed=0):
    """The claim about any network, whoever made it."""
    evaluation = evaluate_snn(snn, images(seed, 6), None)
    return method.judge(snn, evaluation), evaluation


def swap(snn, name, neuron):
    return replace(snn, neurons={**snn.neurons, name: neuron})


@given(shape=shapes(), seed=SEEDS)
def test_pascal_claim_is_held_at_level_e(shape, seed):
    claim, evaluation = judged(
        PascalConversion(), PascalConversion().convert(graph_of(shape, seed))[0]
    )
    assert evaluation.exactness.level == "E"
    assert evaluation.wrong_counts == 0
    assert evaluation.logit_difference == 0
    assert evaluation.prediction_changes == 0
    assert claim.observed == 0
    assert claim.held


@given(seed=SEEDS)
def test_pascal_claim_is_held_at_level_r(seed):
    """Arbitrary floats: counts equal (no tie comes up), logits to 1e-12."""
    graph, rng = graph_of(Shape((4, 2, 3)), seed), np.random.default_rng(seed)
    graph = graph.with_params({k: v * rng.uniform(0.5, 1.5) for k, v in graph.params.items()})
    claim, evaluation = judged(PascalConversion(), PascalConversion().convert(graph)[0], seed)
    assert evaluation.exactness.level == "R"
    assert claim.held


class Unsettled(Pascal):
    """Does not correct its count."""

    def schedule(self, t_in):
        return tuple(phase for phase in super().schedule(t_in) if phase.name != "relax")


def faulty(neuron, fault):
    settings = {"theta": neuron.theta, "t_out": neuron.t_out}
    return fault(settings)


PASCAL_FAULTS = {
    "plain IF neuron": lambda s: IF(theta=s["theta"]),
    "no relaxation": lambda s: Unsettled(**s),
    "threshold a grid step off": lambda s: Pascal(theta=s["theta"] * 1.25, t_out=s["t_out"]),
    "one frame fewer": lambda s: Pascal(theta=s["theta"], t_out=s["t_out"] - 1),
}


@pytest.mark.parametrize("fault", sorted(PASCAL_FAULTS))
def test_pascal_claim_sees_a_fault(fault):
    snn = PascalConversion().convert(graph_of(Shape((4,)), 1))[0]
    broken = swap(snn, "act2", faulty(snn.neurons["act2"], PASCAL_FAULTS[fault]))
    claim, evaluation = judged(PascalConversion(), broken)
    assert evaluation.wrong_counts > 0
    assert claim.observed > 0
    assert claim.held is False


def test_pascal_claim_sees_logits_alone():
    """All counts right, one output weight wrong: the logits part, by as little as can be."""
    snn = PascalConversion().convert(graph_of(Shape((4,)), 1))[0]
    evaluation = evaluate_snn(snn, images(0), None)
    off = replace(evaluation, logit_difference=2.0**-40)
    assert PascalConversion().judge(snn, evaluation).held
    assert not PascalConversion().judge(snn, off).held


@pytest.mark.parametrize(("difference", "held"), [(1e-13, True), (1e-11, False)])
def test_pascal_claim_allows_rounding_at_level_r_only(difference, held):
    graph = graph_of(Shape((4,)), 1)
    graph = graph.with_params({k: v * 1.1 for k, v in graph.params.items()})
    snn = PascalConversion().convert(graph)[0]
    evaluation = evaluate_snn(snn, images(0), None)
    assert evaluation.exactness.level == "R"
    off = replace(evaluation, logit_difference=difference)
    assert PascalConversion().judge(snn, off).held is held


def test_released_tolerance_breaks_the_claim_near_a_tie():
    """Charges just below a tie: the released neuron rounds some of them up."""
    from laws.tiny import one_neuron

    graph = one_neuron(levels=3, lam=3.0)
    x = np.array([[0.5 - 4e-5], [1.5 - 4e-5], [2.5 - 4e-5]])
    for released, held in ((False, True), (True, False)):
        method = PascalConversion(as_released=released)
        snn = method.convert(graph)[0]
        # the first layer's neuron does not relax: a hidden one takes its place
        neuron = Pascal(theta=snn.neurons["act"].theta, t_out=3, as_released=released)
        evaluation = evaluate_snn(swap(snn, "act", neuron), x, None)
        assert method.judge(snn, evaluation).held is held


@given(levels=st.integers(1, 16), steps=st.integers(1, 16))
def test_qcfs_mean_error_is_zero_for_all_t_and_l(levels, steps):
    """Theorem 2 of the paper."""
    assert mean_error(IF(theta=1.0), levels, steps) == 0


@given(levels=st.integers(1, 16), steps=st.integers(1, 16))
def test_qcfs_mean_error_of_another_start(levels, steps):
    """v(0) = 0 loses half a spike on the mean: -theta / (2 T), qcfs.11."""
    found = mean_error(IF(theta=1.0, v_init=0.0), levels, steps)
    assert found == pytest.approx(-1 / (2 * steps), abs=1e-12)


@given(shape=shapes(RATE_POOLS), seed=SEEDS, steps=st.integers(1, 6))
def test_qcfs_claim_is_held(shape, seed, steps):
    method = QCFSConversion(steps=steps)
    _, report = method.convert(graph_of(shape, seed), Calibration(images(seed)))
    assert report.claim.kind == "statistical"
    assert report.claim.observed == 0
    assert report.claim.held


@pytest.mark.parametrize("setting", [{"v_init": 0.0}, {"v_init": 1.0}, {"reset": "zero"}])
def test_qcfs_claim_sees_a_fault(setting):
    method = QCFSConversion(steps=4)
    snn = method.convert(graph_of(Shape((4,)), 1))[0]
    broken = swap(snn, "act2", IF(theta=snn.neurons["act2"].theta, **setting))
    claim, _ = judged(method, broken)
    assert claim.observed > 0
    assert claim.held is False


@pytest.mark.parametrize("method", sorted(METHODS))
def test_claims_are_data(method):
    claim = METHODS[method].claim
    assert claim.held is None
    assert claim.kind == "bound" or claim.bound == 0
    assert claim.conditions
    assert json.loads(json.dumps(claim.to_dict()))["held"] is None


def bounded(observed, bound=10.0, kind="bound"):
    claim = Claim(kind=kind, statement="s", reference="r", conditions=(), bound=bound)
    return claim.seen(observed)


@pytest.mark.parametrize(
    ("observed", "held", "loose"),
    [
        (11.0, False, False),
        (10.0, True, False),
        (1.0, True, False),
        (0.99, True, True),
        (0.0, True, True),
    ],
)
def test_a_bound_more_than_ten_times_observed_is_loose(observed, held, loose):
    claim = bounded(observed)
    assert (claim.held, claim.loose) == (held, loose)
    assert claim.to_dict()["loose"] is loose


def test_only_bounds_can_be_loose():
    assert not bounded(0.0, kind="statistical").loose
    assert not bounded(0.0, bound=0.0).loose


def test_seen_changes_nothing_else():
    claim = METHODS["pascal"].claim
    seen = claim.seen(3)
    assert (seen.observed, seen.statement) == (3.0, claim.statement)
    assert claim.observed is None
