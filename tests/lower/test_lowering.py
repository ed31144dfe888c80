"""Lowered networks equal the float engine bit for bit, and a planted fault is seen."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import RATE_POOLS, SEEDS, SIZE, Shape, graph_of, images, shapes
from numpy.testing import assert_array_equal

from fixedpoint.program import Program
from fixedpoint.run import run_program
from refsnn.activations import QCFS
from refsnn.ann import evaluate, references
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.engines import run
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.lower import lower
from refsnn.lower.measure import measure
from refsnn.neurons import IF, Readout
from refsnn.ops import (
    Add,
    AvgPool2d,
    Conv2d,
    Flatten,
    GlobalAvgPool,
    Linear,
    MaxPool2d,
    Pad,
    Scale,
    Slice,
)


def lowerable(**fixed):
    """No concatenation, no maximum pooling, one threshold a layer: the rest is lowered."""
    return shapes(RATE_POOLS, concat=False, per_channel=False, **fixed)


def arbitrary(shape, seed):
    """A network with weights that are on no grid at all."""
    graph, rng = graph_of(shape, seed), np.random.default_rng(seed)
    return graph.with_params({k: v * rng.uniform(0.6, 1.4) for k, v in graph.params.items()})


def photos(seed, count=4, on_grid=True):
    rng = np.random.default_rng(seed)
    x = rng.integers(-8, 17, (count, 2, SIZE, SIZE)) / 8
    return x if on_grid else x * np.pi / 4


@given(shape=lowerable(), seed=SEEDS, bits=st.integers(8, 12), on_grid=st.booleans())
def test_pascal(shape, seed, bits, on_grid):
    x = photos(seed, on_grid=on_grid)
    snn = PascalConversion().build(arbitrary(shape, seed))
    low = lower(snn, x, bits=bits)
    report = low.report
    assert report.held
    assert report.float_engine_level == "E"
    assert report.wrong_counts == 0
    assert report.weight_bits == bits
    assert report.input_values_changed == 0 or not on_grid
    for layer in report.layers:
        assert layer.weight_rounding <= 0.5
        assert layer.bias_rounding <= 0.5
        assert layer.largest_weight <= 2 ** (bits - 1) - 1
        assert layer.theta is None or layer.theta & (layer.theta - 1) == 0


@given(shape=lowerable(), seed=SEEDS, steps=st.integers(1, 6))
def test_qcfs(shape, seed, steps):
    """Rate coding lowers just as exactly; its counts are not the ANN's, and are reported."""
    low = lower(QCFSConversion(steps=steps).build(arbitrary(shape, seed)), photos(seed))
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
    low = lower(PascalConversion().build(arbitrary(shape, seed)), x)
    names = [name for name, neuron in low.reference.neurons.items() if type(neuron).__name__ == "Pascal"]
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
    low = lower(QCFSConversion(steps=steps).build(arbitrary(shape, seed)), x)
    done = run_program(low.program, low.codes(x), trace=list(low.reference.neurons))
    floats = run(low.reference, x, record=None)
    for name in low.reference.neurons:
        assert_array_equal(done.layers[name].trace.u, floats.traces[name].u)
        assert_array_equal(done.layers[name].trace.v, floats.traces[name].v)


@given(seed=SEEDS)
def test_dyadic_networks_lose_nothing(seed):
    """Weights that are integers already: the program is the trained network itself."""
    graph = graph_of(Shape((4, 2), pool="avg"), seed)
    graph = graph.with_params({k: np.full(v.shape, 2.0) for k, v in graph.params.items() if "lambda" in k})
    report = lower(PascalConversion().build(graph), photos(seed), bits=12).report
    assert report.counts_differ_from_float == 0
    assert all(layer.weight_rounding == 0 for layer in report.layers[:-1])


@given(seed=SEEDS, data=st.data())
def test_one_wrong_weight_is_seen(seed, data):
    """A weight of the program changed by one step; some weights touch no spike, a large step does."""
    x = photos(seed, 8)
    snn = PascalConversion().build(arbitrary(Shape((4, 2), pool="avg"), seed))
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
    snn = PascalConversion().build(arbitrary(Shape((4,), pool="avg"), 3))
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
        low = lower(method.build(graph), x)
        assert low.report.held, method.name
        shortcuts = {layer.name: len(layer.shortcuts) for layer in low.report.layers}
        assert shortcuts == {"act0": 0, "act1": 2, "act2": 1, "act3": 1, "fc": 0}
    assert lower(PascalConversion().build(graph), x).report.wrong_counts == 0


def refused(graph, message, method=None, x=None):
    x = photos(0) if x is None else x
    with pytest.raises(UnsupportedError, match=message):
        lower((method or PascalConversion()).build(graph), x)


def chain(*ops, shape=(2, 4, 4)):
    """Operations in a row, a convolution and an activation before them and two after them."""
    nodes = [Node("conv0", Conv2d(3, 1), (INPUT,)), Node("act0", QCFS(levels=4), ("conv0",))]
    for i, op in enumerate(ops):
        nodes.append(Node(f"op{i}", op, (nodes[-1].name,)))
    nodes += [Node("act1", QCFS(levels=4), (nodes[-1].name,)), Node("flat", Flatten(), ("act1",))]
    nodes.append(Node("fc", Linear(2), ("flat",)))
    return initialise(shape, nodes, 0).astype(np.float64)


def test_refuses_concatenation():
    refused(graph_of(Shape((4,), concat=True), 0), "concat: Concat has no integer form")


def test_refuses_maximum_pooling():
    refused(graph_of(Shape((4,), pool="max"), 0), "pool: MaxPool2d has no integer form")


def test_refuses_two_weighted_operations_in_a_row():
    refused(chain(Conv2d(3, 1), Conv2d(3, 1)), "op1: Conv2d reads 'op0' with no neuron between them")


def test_refuses_a_pool_between_weights_and_neuron():
    refused(chain(Conv2d(3, 1), AvgPool2d(2)), "op1: AvgPool2d lies between weights and neuron")


def test_refuses_an_operation_after_an_add():
    nodes = (
        Node("conv0", Conv2d(3, 1), (INPUT,)),
        Node("act0", QCFS(levels=4), ("conv0",)),
        Node("conv1", Conv2d(3, 1), ("act0",)),
        Node("add", Add(), ("conv1", "act0")),
        Node("pool", AvgPool2d(2), ("add",)),
        Node("act1", QCFS(levels=4), ("pool",)),
        Node("flat", Flatten(), ("act1",)),
        Node("fc", Linear(2), ("flat",)),
    )
    graph = initialise((2, 4, 4), nodes, 0).astype(np.float64)
    refused(graph, "add: Add is followed by another operation before the neuron")


def test_refuses_thresholds_per_channel():
    refused(graph_of(Shape((4,), per_channel=True), 0), "act0: thresholds per channel")


def test_refuses_scales_per_channel():
    """As integers they would broadcast along the wrong axis of a square image, in silence."""
    refused(chain(Scale(per_channel=True)), "op0: Scale has one weight per channel")


def test_refuses_released_arithmetic():
    refused(graph_of(Shape((4,)), 0), "act0: as-released", PascalConversion(as_released=True))


def test_refuses_released_if_neurons():
    snn = QCFSConversion().build(graph_of(Shape((4,)), 0))
    released = {name: IF(theta=n.theta, as_released=True) for name, n in snn.neurons.items()}
    with pytest.raises(UnsupportedError, match="act0: as-released"):
        lower(replace(snn, neurons=released), photos(0))


def test_refuses_a_bias_that_is_spread():
    """b / T is no integer."""
    snn = QCFSConversion().build(graph_of(Shape((4,)), 0))
    with pytest.raises(UnsupportedError, match="fc: .*spread"):
        lower(replace(snn, readout=Readout(bias_plan="spread")), photos(0))


def test_refuses_weights_that_two_layers_share():
    """One convolution read by two neurons would need two integer scales."""
    nodes = (
        Node("conv0", Conv2d(3, 1), (INPUT,)),
        Node("act0", QCFS(levels=4, lambda_init=1.0), ("conv0",)),
        Node("act1", QCFS(levels=4, lambda_init=3.0), ("conv0",)),
        Node("conv1", Conv2d(3, 1), ("act0",)),
        Node("add", Add(), ("conv1", "act1")),
        Node("act2", QCFS(levels=4), ("add",)),
        Node("flat", Flatten(), ("act2",)),
        Node("fc", Linear(2), ("flat",)),
    )
    refused(initialise((2, 4, 4), nodes, 0).astype(np.float64), "conv0: Conv2d is read by more than one neuron")


def test_refuses_an_output_without_weights():
    nodes = (
        Node("conv0", Conv2d(3, 1), (INPUT,)),
        Node("act0", QCFS(levels=4), ("conv0",)),
        Node("mean", GlobalAvgPool(), ("act0",)),
    )
    refused(initialise((2, 4, 4), nodes, 0).astype(np.float64), "mean: GlobalAvgPool is an output without")


def test_refuses_weights_too_large_for_the_threshold():
    graph = graph_of(Shape((4,)), 0)
    big = graph.with_params({"conv1.weight": graph.params["conv1.weight"] * 1e4})
    refused(big, "act1: weights are too large for the threshold")


@pytest.mark.parametrize("bits", [1, 17, 0])
def test_weight_widths_that_cannot_be_used(bits):
    snn = PascalConversion().build(graph_of(Shape((4,)), 0))
    with pytest.raises(InputError, match=r"bits: weights cannot be that wide: expected 2\.\.16"):
        lower(snn, photos(0), bits=bits)


def test_report_is_json():
    snn = PascalConversion().build(graph_of(Shape((4,)), 0))
    data = json.loads(json.dumps(lower(snn, photos(0), np.zeros(4, int)).report.to_dict()))
    assert data["held"] is True
    assert set(data["accuracy"]) == {"integer", "requantised_ann", "float_snn"}
    assert data["layers"][0]["bits"]["membrane"] > 0


def test_arguments_are_only_read():
    x = photos(0)
    x.flags.writeable = False
    snn = PascalConversion().build(graph_of(Shape((4,)), 0))
    before = {k: v.tobytes() for k, v in snn.graph.params.items()}
    lower(snn, x)
    assert {k: v.tobytes() for k, v in snn.graph.params.items()} == before


@given(shape=lowerable(), seed=SEEDS)
def test_requantised_graph_is_close_to_the_trained_one(shape, seed):
    """At 16 bits the levels of the requantised ANN are those of the trained one, nearly all."""
    graph, x = arbitrary(shape, seed), images(seed)
    low = lower(PascalConversion().build(graph), x, bits=16)
    mine, theirs = (references(g, evaluate(g, x)) for g in (low.reference.graph, graph))
    for name in theirs:
        assert np.mean(mine[name].level != theirs[name].level) < 0.02
    assert isinstance(low.reference.graph, Graph)
