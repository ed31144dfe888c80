"""Lowered networks equal the float engine bit for bit, and a planted fault is seen."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import RATE_POOLS, SEEDS, SIZE, Shape, graph_of, images, shapes
from laws.tiny import one_neuron
from numpy.testing import assert_array_equal

from fixedpoint.program import Program
from fixedpoint.run import run_program
from fixedpoint.synapses import Conv, Dense
from refsnn.activations import QCFS
from refsnn.ann import evaluate, references
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.engines import run
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.lower import lower
from refsnn.lower.measure import measure
from refsnn.ops import (
    Add,
    AvgPool2d,
    Conv2d,
    GlobalAvgPool,
    Linear,
    Pad,
    Scale,
    Slice,
)


def lowerable(**fixed):
    """No maximum pooling: the rest is lowered."""
    return shapes(RATE_POOLS, **{"per_channel": False, **fixed})


def arbitrary(shape, seed):
    """A network with weights that are on no grid at all."""
    graph, rng = graph_of(shape, seed), np.random.default_rng(seed)
    return graph.with_params({k: v * rng.uniform(0.6, 1.4) for k, v in graph.params.items()})


def photos(seed, count=4, on_grid=True):
    rng = np.random.default_rng(seed)
    x = rng.integers(-8, 17, (count, 2, SIZE, SIZE)) / 8
    return x if on_grid else x * np.pi / 4


@given(shape=lowerable(per_channel=True), seed=SEEDS, rate=st.booleans())
def test_thresholds_per_channel(shape, seed, rate):
    """Every channel gets its own membrane step; 16 bits hold weights of unlike channels."""
    method = QCFSConversion(steps=4) if rate else PascalConversion()
    snn = method.convert(arbitrary(shape, seed))[0]
    report = lower(snn, photos(seed), bits=16).report
    assert report.held
    assert rate or report.wrong_counts == 0


@given(shape=lowerable(), seed=SEEDS, bits=st.integers(8, 12), on_grid=st.booleans())
def test_pascal(shape, seed, bits, on_grid):
    x = photos(seed, on_grid=on_grid)
    snn = PascalConversion().convert(arbitrary(shape, seed))[0]
    low = lower(snn, x, bits=bits)
    report = low.report
    assert report.held
    assert report.float_engine_level == "E"
    assert report.wrong_counts == 0
    assert report.weight_bits == bits
    assert report.input_values_changed == 0 or not on_grid
    for name, neuron in low.reference.neurons.items():  # L steps of theta are lambda, to the bit
        assert low.reference.graph.params[f"{name}.lambda"] == neuron.theta * neuron.t_out
    for layer in report.layers:
        assert layer.weight_rounding <= 0.5
        assert layer.bias_rounding <= 0.5
        assert layer.largest_weight <= 2 ** (bits - 1) - 1
        assert all(theta & (theta - 1) == 0 for theta in layer.theta or ())  # eq: integers.5


@given(shape=shapes(RATE_POOLS), seed=SEEDS, rate=st.booleans(), data=st.data())
def test_a_step_for_each_channel_and_a_width_for_each_layer(shape, seed, rate, data):
    method = QCFSConversion(steps=4) if rate else PascalConversion()
    snn = method.convert(arbitrary(shape, seed))[0]
    names = [*snn.neurons, snn.graph.output]
    bits = {name: data.draw(st.integers(10, 16)) for name in names if data.draw(st.booleans())}
    low = lower(snn, photos(seed), bits=bits | {"act0": 12}, per_channel=True)
    assert low.report.held
    assert rate or low.report.wrong_counts == 0
    for layer, built in zip(low.report.layers, low.program.layers, strict=True):
        assert layer.weight_bits == (bits | {"act0": 12}).get(layer.name, 8)
        assert layer.largest_weight < 2 ** (layer.weight_bits - 1)
        assert layer.weight_rounding <= 0.5
        if built.neuron is not None:  # each channel takes the finest step at which its weights fit
            rows = np.max([_largest_of_rows(tap) for tap in built.taps if _weighted(tap)], axis=0)
            assert np.all(2 * rows >= 2 ** (layer.weight_bits - 1) - 2)


def _weighted(tap):
    return any(isinstance(s, Dense | Conv) for s in tap.path)


def _largest_of_rows(tap):
    weight = next(s.weight for s in tap.path if isinstance(s, Dense | Conv))
    return np.abs(weight).reshape(len(weight), -1).max(axis=1)


def test_a_padded_map_keeps_the_value_of_its_spikes():
    """Weights are codes times the source's threshold, also where zeros lie around it."""
    rng = np.random.default_rng(3)
    nodes = [
        Node("conv0", Conv2d(2, 1), (INPUT,)),
        Node("act0", QCFS(levels=4, lambda_init=3.0), ("conv0",)),
        Node("pad", Pad(((0, 0), (1, 1), (1, 1))), ("act0",)),
        Node("conv1", Conv2d(3, 3), ("pad",)),
        Node("act1", QCFS(levels=4), ("conv1",)),
        Node("pool", GlobalAvgPool(), ("act1",)),
        Node("fc", Linear(2), ("pool",)),
    ]
    graph = initialise((2, SIZE, SIZE), nodes, 0).astype(np.float64)
    low = lower(PascalConversion().convert(graph)[0], rng.integers(-8, 17, (4, 2, SIZE, SIZE)) / 8)
    codes, step = low.program.layers[1].taps[0].path[1].weight, low.report.layers[1].delta[0]
    spike = 3.0 / 4
    assert np.abs(codes * step - graph.params["conv1.weight"] * spike).max() <= step / 2


@given(shape=lowerable(), seed=SEEDS, steps=st.integers(1, 6))
def test_qcfs(shape, seed, steps):
    """Rate coding lowers just as exactly; its counts are not the ANN's, and are reported."""
    low = lower(QCFSConversion(steps=steps).convert(arbitrary(shape, seed))[0], photos(seed))
    assert low.report.held
    refs = references(low.reference.graph, evaluate(low.reference.graph, photos(seed)))
    done = run_program(low.program, low.codes(photos(seed)))
    wrong = 0
    for name, layer in done.layers.items():
        levels = low.reference.graph.node(name).op.levels
        wrong += int((layer.counts * levels != refs[name].level * steps).sum())
    assert low.report.wrong_counts == wrong


@given(shape=lowerable(), seed=SEEDS)
def test_every_membrane_is_that_of_the_float_engine(shape, seed):
    """All steps of all hidden layers: current, u, fired, v."""
    x = photos(seed)
    low = lower(PascalConversion().convert(arbitrary(shape, seed))[0], x)
    names = [
        name for name, neuron in low.reference.neurons.items() if type(neuron).__name__ == "Pascal"
    ]
    done = run_program(low.program, low.codes(x), trace=names)
    floats = run(low.reference, x, record=names)
    for name in names:
        ints, float_trace = done.layers[name].trace, floats.traces[name]
        phases = np.array(["fire", "integrate", "relax", "emit"])[ints.phase]
        assert phases.tolist() == float_trace.phase.tolist()
        assert_array_equal(ints.t, float_trace.t)
        assert_array_equal(ints.current, float_trace.current)
        assert_array_equal(ints.u, float_trace.u)
        assert_array_equal(ints.spike, float_trace.fired)
        assert_array_equal(ints.v, float_trace.v)


@given(shape=lowerable(), seed=SEEDS, steps=st.integers(1, 5))
def test_every_membrane_of_rate_coding(shape, seed, steps):
    x = photos(seed)
    low = lower(QCFSConversion(steps=steps).convert(arbitrary(shape, seed))[0], x)
    done = run_program(low.program, low.codes(x), trace=list(low.reference.neurons))
    floats = run(low.reference, x, record=None)
    for name in low.reference.neurons:
        assert_array_equal(done.layers[name].trace.u, floats.traces[name].u)
        assert_array_equal(done.layers[name].trace.v, floats.traces[name].v)


def test_lambda_is_a_whole_number_of_thetas():
    """lambda / (lambda / 7) misses 7 by a bit for one lambda in six: the levels must not."""
    lams = np.random.default_rng(0).uniform(0.5, 8, 40)
    assert (lams / (lams / 7) != 7).any()
    for lam in lams:
        snn = PascalConversion().convert(one_neuron(levels=7, lam=lam))[0]
        low = lower(snn, np.array([[0.25], [1.5], [7.0]]))
        assert low.reference.graph.params["act.lambda"] == 7 * low.reference.neurons["act"].theta
        assert low.report.wrong_counts == 0


@given(seed=SEEDS)
def test_dyadic_networks_lose_nothing(seed):
    """Weights that are integers already: the program is the trained network itself."""
    graph = graph_of(Shape((4, 2), pool="avg"), seed)
    graph = graph.with_params(
        {k: np.full(v.shape, 2.0) for k, v in graph.params.items() if "lambda" in k}
    )
    report = lower(PascalConversion().convert(graph)[0], photos(seed), bits=12).report
    assert report.counts_differ_from_float == 0
    assert all(layer.weight_rounding == 0 for layer in report.layers[:-1])


@given(seed=SEEDS, data=st.data())
def test_one_wrong_weight_is_seen(seed, data):
    """A weight of the program changed by one step; some weights touch no spike, a large step does."""
    x = photos(seed, 8)
    snn = PascalConversion().convert(arbitrary(Shape((4, 2), pool="avg"), seed))[0]
    low = lower(snn, x)
    name = data.draw(st.sampled_from(["act0", "fc"]))
    broken = with_wrong_weight(low.program, name, 1)
    found = measure(broken, low.reference, snn, low.grid, x)
    intact = measure(low.program, low.reference, snn, low.grid, x)
    assert intact.spikes_differ == intact.logits_differ == 0
    membranes = run_program(broken, low.codes(x), trace=["act0"]).layers["act0"].trace.u
    first = run_program(low.program, low.codes(x), trace=["act0"]).layers["act0"].trace.u
    if name == "act0":
        assert (membranes != first).any()
    elif run(low.reference, x).counts["act3"][:, 0, 0, 0].any():
        assert found.logits_differ > 0


def with_wrong_weight(program: Program, name: str, change: int) -> Program:
    """The first weight of a layer, changed."""

    def broken(layer):
        tap, *others = layer.taps
        synapse = tap.path[-1]
        weight = np.array(synapse.weight)
        weight.flat[0] += change
        path = (*tap.path[:-1], replace(synapse, weight=weight))
        return replace(layer, taps=(replace(tap, path=path), *others))

    layers = tuple(broken(layer) if layer.name == name else layer for layer in program.layers)
    return replace(program, layers=layers)


def test_wrong_weights_break_the_report():
    """A weight that is off by one, in each layer in turn, on a fixed network: `held` is lost."""
    x = photos(3, 16)
    snn = PascalConversion().convert(arbitrary(Shape((4,), pool="avg"), 3))[0]
    low = lower(snn, x)
    for layer in low.program.layers:
        # one step is the smallest there is; a few more make sure that some spike moves
        broken = with_wrong_weight(low.program, layer.name, 1 if layer.neuron is None else 40)
        found = measure(broken, low.reference, snn, low.grid, x)
        assert found.spikes_differ + found.logits_differ > 0, layer.name
        if layer.neuron is not None:
            assert found.wrong[layer.name] > 0


def test_every_joint_and_shape_op():
    """Pad, Slice, Scale, groups, stride, dilation, a pooled shortcut, nested adds, global pool."""
    act = {"levels": 3, "lambda_init": 1.5}
    nodes = (
        Node("padded", Pad(((0, 0), (1, 2), (0, 1))), (INPUT,)),
        Node("conv0", Conv2d(4, 3, stride=2, padding=1, groups=2), ("padded",)),
        Node("act0", QCFS(**act), ("conv0",)),
        Node("conv1", Conv2d(4, 3, padding=2, dilation=2), ("act0",)),
        Node("scale", Scale(), ("act0",)),
        Node("inner", Add(), ("conv1", "act0")),
        Node("outer", Add(), ("inner", "scale", "act0")),
        Node("act1", QCFS(levels=2, lambda_init=2.5), ("outer",)),
        Node("cut", Slice((0, 0, 0), (None, None, None), (1, 2, 2)), ("act1",)),
        Node("conv2", Conv2d(4, 1, stride=2), ("act1",)),
        Node("add2", Add(), ("conv2", "cut")),
        Node("act2", QCFS(**act), ("add2",)),
        Node("conv3", Conv2d(4, 2), ("act2",)),
        Node("pool", AvgPool2d(2, stride=1), ("act2",)),
        Node("add3", Add(), ("conv3", "pool")),
        Node("act3", QCFS(levels=5, lambda_init=2.0), ("add3",)),
        Node("mean", GlobalAvgPool(), ("act3",)),
        Node("fc", Linear(3), ("mean",)),
    )
    graph = initialise((2, 6, 6), nodes, 0).astype(np.float64)
    rng = np.random.default_rng(0)
    moved = {k: rng.uniform(-0.5, 0.5, v.shape) for k, v in graph.params.items() if "bias" in k}
    graph = graph.with_params({**moved, "scale.weight": np.asarray(0.7)})
    x = rng.integers(-8, 17, (6, 2, 6, 6)) / 8
    for method in (PascalConversion(), QCFSConversion(steps=3)):
        low = lower(method.convert(graph)[0], x)
        assert low.report.held, method.name
        shortcuts = {layer.name: len(layer.shortcuts) for layer in low.report.layers}
        assert shortcuts == {"act0": 0, "act1": 2, "act2": 1, "act3": 1, "fc": 0}
    assert lower(PascalConversion().convert(graph)[0], x).report.wrong_counts == 0


def test_channels_of_padding_carry_nothing():
    """A shortcut that grows by channels of zeros, and weights that read such channels."""
    rng = np.random.default_rng(5)
    grow = Pad(((1, 2), (0, 0), (0, 0)))
    nodes = (
        Node("conv0", Conv2d(2, 3, padding=1), (INPUT,)),
        Node("act0", QCFS(levels=4, lambda_init=2.0), ("conv0",)),
        Node("conv1", Conv2d(5, 3, padding=1), ("act0",)),
        Node("grown", grow, ("act0",)),
        Node("add", Add(), ("conv1", "grown")),
        Node("act1", QCFS(levels=4, lambda_init=3.0), ("add",)),
        Node("again", grow, ("act1",)),
        Node("conv2", Conv2d(3, 3), ("again",)),
        Node("act2", QCFS(levels=4), ("conv2",)),
        Node("pool", GlobalAvgPool(), ("act2",)),
        Node("fc", Linear(2), ("pool",)),
    )
    graph = initialise((2, SIZE, SIZE), nodes, 0).astype(np.float64)
    x = rng.integers(-8, 17, (4, 2, SIZE, SIZE)) / 8
    low = lower(PascalConversion().convert(graph)[0], x)
    assert low.report.held
    assert low.report.wrong_counts == 0
    scale = low.program.layers[1].taps[1].path[-1].weight.reshape(-1)
    assert np.all(scale[[0, 3, 4]] == 0)
    assert np.all(scale[1:3] > 0)
    unread = low.program.layers[2].taps[0].path[-1].weight[:, [0, 6, 7]]
    assert not np.any(unread)


def test_report_is_json():
    snn = PascalConversion().convert(graph_of(Shape((4,)), 0))[0]
    data = json.loads(json.dumps(lower(snn, photos(0), np.zeros(4, int)).report.to_dict()))
    assert data["held"] is True
    assert set(data["accuracy"]) == {"integer", "requantised_ann", "float_snn"}
    assert data["layers"][0]["bits"]["membrane"] > 0


def test_arguments_are_only_read():
    x = photos(0)
    x.flags.writeable = False
    snn = PascalConversion().convert(graph_of(Shape((4,)), 0))[0]
    before = {k: v.tobytes() for k, v in snn.graph.params.items()}
    lower(snn, x)
    assert {k: v.tobytes() for k, v in snn.graph.params.items()} == before


@given(shape=lowerable(), seed=SEEDS)
def test_requantised_graph_is_close_to_the_trained_one(shape, seed):
    """At 16 bits the levels of the requantised ANN are those of the trained one, nearly all."""
    graph, x = arbitrary(shape, seed), images(seed)
    low = lower(PascalConversion().convert(graph)[0], x, bits=16)
    mine, theirs = (references(g, evaluate(g, x)) for g in (low.reference.graph, graph))
    gaps = np.concatenate([np.ravel(mine[n].level - theirs[n].level) for n in theirs])
    assert np.abs(gaps).max() <= 1
    assert np.mean(gaps != 0) < 0.02
    assert isinstance(low.reference.graph, Graph)
