"""Bit-serial conversion: exact, by both ways to carry a bias, and honest where bits are dropped."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import RATE_POOLS, SEEDS, Shape, graph_of, images, shapes
from laws.tiny import one_neuron
from numpy.testing import assert_array_equal

from refsnn.activations import QCFS, Clip, ReLU
from refsnn.ann import evaluate
from refsnn.codings.bits import ACCUMULATORS, BitTrain
from refsnn.convert import Calibration, SNNMeetsANN, evaluate_snn, with_settings
from refsnn.convert.bit_figures import latency, not_spiking
from refsnn.convert.truncation import truncation_bound
from refsnn.engines import run
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.io import load_snn, save_snn
from refsnn.models import mlp, small_cnn
from refsnn.neurons import BitSerial, Readout
from refsnn.ops import AvgPool2d, Conv2d, GlobalAvgPool, Linear

STEPS = st.integers(1, 4)


def networks(steps, **fixed):
    return shapes(RATE_POOLS, levels=(2**steps - 1,), **fixed)


def converted(steps, data, **settings):
    """A random network at level E, converted and judged on random images."""
    graph = graph_of(data.draw(networks(steps)), data.draw(SEEDS))
    x = Calibration(images(data.draw(SEEDS)))
    return SNNMeetsANN(steps=steps, **settings).convert(graph, x)


@given(steps=STEPS, data=st.data())
def test_the_claim_is_held_at_level_e(steps, data):
    """Pooling, both kinds of shortcut, concatenation, thresholds per channel: bit for bit."""
    _, report = converted(steps, data)
    evaluation = report.evaluation
    assert evaluation.exactness.level == "E"
    assert evaluation.wrong_counts == 0
    assert evaluation.logit_difference == 0
    assert report.claim.kind == "exact"
    assert report.claim.held


@given(seed=SEEDS, steps=STEPS)
def test_the_claim_is_held_at_level_r(seed, steps):
    """Arbitrary floats: levels equal (no tie comes up), logits to 1e-12."""
    graph, rng = graph_of(Shape((2**steps - 1,)), seed), np.random.default_rng(seed)
    graph = graph.with_params({k: v * rng.uniform(0.5, 1.5) for k, v in graph.params.items()})
    _, report = SNNMeetsANN(steps=steps).convert(graph, Calibration(images(seed)))
    assert report.evaluation.exactness.level == "R"
    assert report.claim.held


def same_run(one, two, x, tol=0.0):
    """Equal levels and spikes in every layer, logits within ``tol``."""
    a, b = run(one, x), run(two, x)
    for name in one.neurons:
        assert_array_equal(a.counts[name], b.counts[name])
        assert_array_equal(a.sent[name], b.sent[name])
    assert np.abs(a.logits - b.logits).max() <= tol


@given(steps=st.sampled_from([1, 2, 4]), data=st.data())
def test_both_ways_to_carry_a_bias_agree(steps, data):
    """Bit for bit, where b / T is dyadic."""
    graph = graph_of(data.draw(networks(steps)), data.draw(SEEDS))
    x = images(data.draw(SEEDS))
    folded, _ = SNNMeetsANN(steps=steps).convert(graph)
    per_step, report = SNNMeetsANN(steps=steps, carry_bias="per_step").convert(
        graph, Calibration(x)
    )
    assert report.claim.held
    assert report.evaluation.exactness.level == "E"
    assert_array_equal(per_step.ann.params["fc.bias"], graph.params["fc.bias"])
    assert_array_equal(per_step.graph.params["fc.bias"], graph.params["fc.bias"] / steps)
    assert_array_equal(per_step.graph.params["conv0.bias"], graph.params["conv0.bias"])
    same_run(folded, per_step, x)


@given(seed=SEEDS)
def test_they_agree_for_other_t_away_from_ties(seed):
    """b / 3 is rounded: levels equal, logits to 1e-12."""
    graph, rng = graph_of(Shape((7,)), seed), np.random.default_rng(seed)
    graph = graph.with_params({k: v * rng.uniform(0.5, 1.5) for k, v in graph.params.items()})
    made = [SNNMeetsANN(steps=3, carry_bias=c).convert(graph)[0] for c in ("folded", "per_step")]
    same_run(*made, images(seed), 1e-12)


def test_a_rounded_bias_can_turn_a_tie():
    """The condition of the claim is needed: three times b / 3 misses a tie that b meets."""
    graph = one_neuron(levels=7, lam=7.0)
    nodes = [replace(n, inputs=("act0",)) if n.name == "fc0" else n for n in graph.nodes]
    nodes += [Node("first", Linear(1), (INPUT,)), Node("act0", QCFS(levels=7), ("first",))]
    params = {**graph.params, "first.weight": [[1.0]], "first.bias": [0.0], "act0.lambda": 7.0}
    held = {}
    for carry_bias in ("folded", "per_step"):
        held[carry_bias] = [
            SNNMeetsANN(steps=3, carry_bias=carry_bias)
            .convert(
                Graph(
                    (1,),
                    tuple(nodes),
                    {k: np.array(v) for k, v in {**params, "fc0.bias": [b]}.items()},
                ),
                Calibration(np.arange(8.0).reshape(-1, 1)),
            )[1]
            .claim.held
            for b in np.arange(-5, 5) + 0.5
        ]
    assert all(held["folded"])
    assert not all(held["per_step"])


@given(steps=STEPS, data=st.data())
def test_every_accumulator_gives_the_charge_of_the_network(steps, data):
    """The bits of a layer through its synapses, by each rule: the next layer's charge."""
    chain = shapes(("none", "avg"), levels=(2**steps - 1,), residual=False, concat=False)
    graph = graph_of(data.draw(chain), data.draw(SEEDS))
    snn, x = SNNMeetsANN(steps=steps).convert(graph)[0], images(data.draw(SEEDS))
    outcome = run(snn, x, record=None)
    trace, conv = outcome.traces["act0"], snn.graph.node("conv3")
    source = graph.node(conv.inputs[0])
    theta, params = snn.neurons["act0"].theta, snn.graph.of("conv3")
    silent = {**params, "bias": np.zeros_like(params["bias"])}

    def synapse(bits):
        values = bits * theta
        pooled = values if source.name == "act0" else source.op.apply({}, values)
        return conv.op.apply(silent, pooled)

    train = BitTrain(trace.fired[trace.phase == "emit"].astype(float))
    bias = params["bias"].reshape(-1, 1, 1)
    for order, rule in ACCUMULATORS.values():
        charge = rule(train if order == "msb" else train.reversed(), synapse)[-1] + bias
        assert_array_equal(charge, outcome.charges["act3"])


class Careless(BitSerial):
    """Loses its last bit."""

    def _emit(self, state, t):
        step = super()._emit(state, t)
        lost = step.spikes * (t == self.t_out - self.drop)
        return step._replace(spikes=step.spikes - lost)


class NoHalfStep(BitSerial):
    def init(self, shape, dtype, bias=None):
        state = super().init(shape, dtype, bias)
        return state._replace(v=state.v - np.asarray(self.theta, dtype) / 2)


FAULTS = {
    "last bit lost": lambda n: Careless(theta=n.theta, t_out=n.t_out),
    "no half step": lambda n: NoHalfStep(theta=n.theta, t_out=n.t_out),
    "a bit dropped": lambda n: BitSerial(theta=n.theta, t_out=n.t_out, drop=1),
    "step of lambda / 2**T": lambda n: BitSerial(theta=n.theta * 7 / 8, t_out=n.t_out),
    "bias in every frame": lambda n: replace(n, bias_plan="every_frame"),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_the_claim_sees_a_fault(fault):
    method = SNNMeetsANN(steps=3)
    snn = method.convert(graph_of(Shape((7,)), 1))[0]
    assert method.judge(snn, evaluate_snn(snn, images(0, 6), None)).held
    broken = replace(snn, neurons={**snn.neurons, "act2": FAULTS[fault](snn.neurons["act2"])})
    assert method.judge(broken, evaluate_snn(broken, images(0, 6), None)).held is False


def test_the_claim_sees_logits_alone():
    method = SNNMeetsANN(steps=2)
    snn = method.convert(graph_of(Shape((3,)), 1))[0]
    off = replace(evaluate_snn(snn, images(0), None), logit_difference=2.0**-40)
    assert not method.judge(snn, off).held


@given(steps=st.integers(2, 4), data=st.data())
def test_dropped_bits_stay_within_their_bound(steps, data):
    drop = data.draw(st.integers(1, steps - 1))
    snn, report = converted(steps, data, drop=drop)
    assert report.claim.kind == "bound"
    assert report.claim.held
    assert report.claim.bound == truncation_bound(snn)
    assert {snn.frames[name] for name in snn.neurons} == {steps - drop}


def one_activation(steps, drop):
    """Logit = activation, at every level of one neuron."""
    levels = 2**steps - 1
    graph = one_neuron(levels=levels, lam=float(levels))
    x = np.arange(levels + 1.0).reshape(-1, 1)
    method = SNNMeetsANN(steps=steps, drop=drop)
    return method, *method.convert(graph, Calibration(x)), x


@pytest.mark.parametrize(("steps", "drop"), [(2, 1), (4, 1), (4, 2), (4, 3)])
def test_the_bound_is_reached(steps, drop):
    """One neuron: 2**k - 1 units, and a neuron that loses another bit breaks the claim."""
    method, snn, report, x = one_activation(steps, drop)
    assert report.claim.bound == 2**drop - 1  # eq: snn_meets_ann.22
    assert report.claim.observed == 2**drop - 1
    assert report.evaluation.wrong_counts == (2**steps - 2 ** (steps - drop))
    worse = Careless(theta=snn.neurons["act"].theta, t_out=steps, drop=drop)
    broken = replace(snn, neurons={"act": worse})
    assert method.judge(broken, evaluate_snn(broken, x, None)).held is False


@pytest.mark.parametrize(("weight", "bound"), [(0.5, 2), (-1.5, 2), (1.0, 2), (-1.0, 1)])
def test_the_bound_of_two_layers(weight, bound):
    """A part of a step can cross a tie, so it counts as a whole one; some input reaches it."""
    nodes = [Node("first", QCFS(levels=7), (INPUT,)), Node("fc", Linear(1), ("first",))]
    nodes += [Node("second", QCFS(levels=7), ("fc",)), Node("out", Linear(1), ("second",))]
    params = {"first.lambda": 7.0, "second.lambda": 7.0, "fc.weight": [[weight]]}
    params |= {"out.weight": [[1.0]], "out.bias": [0.0]}
    x, seen = np.arange(8.0).reshape(-1, 1), []
    for bias in np.arange(-4, 14, 0.25):
        given = {k: np.array(v) for k, v in {**params, "fc.bias": [bias]}.items()}
        graph = Graph((1,), tuple(nodes), given)
        _, report = SNNMeetsANN(steps=3, drop=1).convert(graph, Calibration(x))
        assert report.claim.bound == bound
        seen.append(report.claim.observed)
    assert max(seen) == bound


def test_nothing_dropped_has_bound_zero():
    assert truncation_bound(SNNMeetsANN(steps=3).convert(graph_of(Shape((7,)), 3))[0]) == 0


def test_the_error_split_accounts_for_dropped_bits():
    """What truncation takes away is quantisation, not unevenness."""
    _, _, report, _ = one_activation(4, 2)
    (layer,) = report.evaluation.layers
    assert layer.error["quantisation"]["max_abs"] == 3
    assert layer.error["unevenness"]["max_abs"] == 0


def test_levels_must_fill_the_bits():
    with pytest.raises(
        InputError,
        match=r"act0: levels do not fill 3 bits: expected 2\*\*3 - 1 = 7 levels, got 15; "
        r"train with --levels 7, or use steps=4",
    ):
        SNNMeetsANN(steps=3).convert(graph_of(Shape((15,)), 0))
    for levels in (2, 4, 8, 16):  # 2**T steps: the top level would need a bit more
        with pytest.raises(InputError, match="train with --levels 15$"):
            SNNMeetsANN(steps=4).convert(graph_of(Shape((levels,)), 0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "^steps: not a number of steps"),
        ({"steps": 25}, r"too many bits: expected 1\.\.24, got 25"),
        ({"drop": 4}, r"^drop: cannot drop that many bits: expected 0\.\.3, got 4"),
        ({"drop": -1}, "^drop: cannot drop"),
        ({"drop": True}, "drop"),
        ({"carry_bias": "once"}, "carry_bias: .* expected folded or per_step, got 'once'"),
    ],
)
def test_settings_that_cannot_be(settings, message):
    with pytest.raises(InputError, match=message):
        with_settings(SNNMeetsANN, settings)


def test_what_is_refused():
    with pytest.raises(UnsupportedError, match="^pool: MaxPool2d does not commute"):
        SNNMeetsANN(steps=2).convert(graph_of(Shape((3,), pool="max"), 0))
    for op in (ReLU(), Clip()):
        with pytest.raises(UnsupportedError, match="act0: snn-meets-ann converts QCFS networks"):
            SNNMeetsANN().convert(mlp((1, 4, 4), 3, op, seed=0, width=4))


def test_thresholds_and_frames():
    snn, report = SNNMeetsANN(steps=3).convert(graph_of(Shape((7,), per_channel=True), 0))
    for name, neuron in snn.neurons.items():
        assert neuron.theta.shape == (3, 1, 1)
        lam = snn.graph.params[f"{name}.lambda"]
        assert_array_equal(neuron.theta.ravel() * 7, lam)  # eq: snn_meets_ann.3
    assert snn.input_frames == 1
    assert {report.steps[name] for name in snn.neurons} == {3}
    assert snn.readout == Readout(bias_plan="once", kind="sum")
    assert report.semantics["act0"]["weights"] == "binary"


def test_activity_is_the_mean_number_of_set_bits():
    """Spikes a neuron, over all T steps; the silent share is another figure."""
    graph, x = graph_of(Shape((7,)), 5), images(5, 4)
    snn, report = SNNMeetsANN(steps=3).convert(graph, Calibration(x))
    values = evaluate(graph, x)
    levels = [
        graph.node(name).op.level(graph.of(name), values[graph.node(name).inputs[0]])
        for name in snn.neurons
    ]
    bits = np.mean(np.concatenate([np.bitwise_count(n).ravel() for n in levels]))
    assert report.notes["activity"] == pytest.approx(bits, abs=1e-12)  # eq: snn_meets_ann.19
    assert report.notes["sparsity"] == 1 - report.notes["activity"] / 3
    assert "activity" not in SNNMeetsANN(steps=3).convert(graph)[1].notes
    json.dumps(report.to_dict(), allow_nan=False)


def test_latency_of_the_longest_path():
    """Four layers of neurons in a row, T = 3: one step, then three a layer."""
    snn, report = SNNMeetsANN(steps=3).convert(graph_of(Shape((7,)), 0))
    assert report.notes["latency_steps"] == {"sequential": 1 + 3 * 4, "pipelined": 3}
    short, _ = SNNMeetsANN(steps=3, drop=1).convert(graph_of(Shape((7,), residual=False), 0))
    assert latency(short) == {"sequential": 1 + 2 * 2, "pipelined": 2}
    assert not_spiking(snn) == []


def bottleneck():
    """Expand, activate, project without activation, expand again: as of inverted residuals."""
    nodes = (
        Node("expand", Conv2d(4, 1), (INPUT,)),
        Node("act0", QCFS(levels=7), ("expand",)),
        Node("project", Conv2d(2, 1), ("act0",)),
        Node("pool", AvgPool2d(2), ("project",)),
        Node("again", Conv2d(4, 1), ("pool",)),
        Node("act1", QCFS(levels=7), ("again",)),
        Node("mean", GlobalAvgPool(), ("act1",)),
        Node("fc", Linear(3), ("mean",)),
    )
    graph, rng = initialise((2, 4, 4), nodes, 0), np.random.default_rng(0)
    params = {k: rng.integers(-4, 5, v.shape) / 4 for k, v in graph.params.items()}
    return graph.with_params({**params, "act0.lambda": 3.5, "act1.lambda": 7.0})


def test_a_linear_bottleneck_is_exact_and_reported():
    _, report = SNNMeetsANN(steps=3).convert(bottleneck(), Calibration(images(0)))
    assert report.claim.held
    assert report.evaluation.exactness.level == "E"
    assert report.notes["not_spiking"] == ["again"]
    assert report.evaluation.cost.snn_macs > 0
    assert (
        SNNMeetsANN(steps=3, carry_bias="per_step")
        .convert(bottleneck(), Calibration(images(0)))[1]
        .claim.held
    )


@pytest.mark.parametrize("settings", [{}, {"drop": 1}, {"carry_bias": "per_step"}, {"snap": 6}])
def test_a_file_holds_the_network(settings, tmp_path):
    graph = small_cnn((1, 8, 8), 4, QCFS(levels=3, lambda_init=1.0), seed=0, width=3)
    snn, _ = SNNMeetsANN(steps=2, **settings).convert(graph)
    save_snn(tmp_path / "a.npz", snn)
    back, x = load_snn(tmp_path / "a.npz"), np.random.default_rng(0).uniform(0, 1, (4, 1, 8, 8))
    assert dict(back.neurons) == dict(snn.neurons)
    assert dict(back.settings) == {
        "steps": 2, "drop": 0, "carry_bias": "folded", "snap": None, **settings,
    }  # fmt: skip
    same_run(snn, back, x)
    assert_array_equal(back.ann.params["fc1.bias"], snn.ann.params["fc1.bias"])
