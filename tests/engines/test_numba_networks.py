"""Networks in the compiled engine: bit for bit the NumPy engine, at both levels of exactness."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from laws.dyadic_networks import RATE_POOLS, SEEDS, Shape, graph_of, images, nodes_of, shapes
from laws.tiny import rate_network
from numpy.testing import assert_array_equal

from refsnn.activations import QCFS
from refsnn.analysis.exactness import exactness
from refsnn.convert import METHODS, Calibration, PascalConversion, QCFSConversion
from refsnn.engines import blocked, engine, numba_, run, run_frames, run_numba
from refsnn.engines.stages import stages, takes_total, trains
from refsnn.errors import InputError
from refsnn.graph import INPUT, Node, initialise
from refsnn.models import activation
from refsnn.neurons import IF, BitSerial, Pascal, PascalFirst, Readout
from refsnn.ops import Conv2d, GlobalAvgPool, Linear
from refsnn.snn import SNN

GROUPS = ("counts", "sent", "sums", "charges")
DTYPES = st.sampled_from([np.float32, np.float64])


def same_runs(a, b):
    """Bit for bit, traces included."""
    assert a.logits.dtype == b.logits.dtype
    assert_array_equal(a.logits, b.logits)
    for group in GROUPS:
        one, two = getattr(a, group), getattr(b, group)
        assert list(one) == list(two)
        for name in one:
            assert one[name].dtype == two[name].dtype
            assert_array_equal(one[name], two[name], err_msg=f"{group} of {name}")
    assert list(a.traces) == list(b.traces)
    for name, trace in a.traces.items():
        for field, one, two in zip(trace._fields, trace, b.traces[name], strict=True):
            assert_array_equal(one, two, err_msg=f"{field} of {name}")


def compiled(snn, x, **options):
    return run_numba(snn, x, small=0, **options)


def rough(graph, seed):
    """Weights and thresholds that are not dyadic: level R."""
    rng = np.random.default_rng(seed)
    params = {}
    for name, value in graph.params.items():
        drawn = rng.normal(size=value.shape)
        params[name] = np.asarray(np.abs(drawn) + 0.1 if name.endswith("lambda") else drawn)
    return graph.with_params(params)


CONVERSIONS = st.one_of(
    st.builds(QCFSConversion, steps=st.integers(1, 9)),
    st.builds(PascalConversion, as_released=st.booleans()),
)


@st.composite
def networks(draw, exact):
    """(network, data)."""
    method, seed = draw(CONVERSIONS), draw(SEEDS)
    pools = RATE_POOLS if isinstance(method, QCFSConversion) else ("none", "avg", "max", "global")
    graph = graph_of(draw(shapes(pools)), seed)
    graph, x = (graph, images(seed, 4)) if exact else (rough(graph, seed), images(seed, 4) / 3)
    snn = method.convert(graph)[0]
    if snn.synchronous:
        snn = replace(snn, extra_frames=draw(st.integers(0, 3)))
    return snn, x.astype(draw(DTYPES))


@given(case=networks(exact=True))
def test_level_e(case):
    same_runs(run(*case), compiled(*case))


@given(case=networks(exact=False), batch=st.integers(1, 5), block=st.sampled_from([1, 4000, 2**21]))
def test_level_r(case, batch, block):
    """The same shapes reach every matrix product, however the samples are blocked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocked, "BLOCK_BYTES", block)
        same_runs(run(*case, batch=batch), compiled(*case, batch=batch))


@settings(max_examples=25)
@given(case=networks(exact=False))
def test_threads(case):
    same_runs(run(*case), compiled(*case, threads=2))


@settings(max_examples=25)
@given(case=networks(exact=False), layers=st.sampled_from([None, ("act0",), ("act3", "fc")]))
def test_traces(case, layers):
    same_runs(run(*case, record=layers), compiled(*case, record=layers))


@given(case=networks(exact=True), layers=st.sampled_from([(), (), None, ("act1",)]))
def test_totals_at_level_e(case, layers):
    """One pass on sums; a traced layer gets its train back."""
    snn, x = case
    snn = replace(snn, readout=replace(snn.readout, kind="sum"))  # T need not be a power of two
    layers = layers and [name for name in layers if name in snn.neurons]
    assume(exactness(snn, x).level == "E")
    same_runs(run(snn, x, record=layers), compiled(snn, x, record=layers, totals=True))


@given(seed=SEEDS, steps=st.integers(2, 5))
def test_frames_that_differ(seed, steps):
    snn = QCFSConversion(steps=steps).convert(rough(graph_of(Shape((3, 2)), seed), seed))[0]
    frames = np.stack([images(seed + t) for t in range(steps)])
    same_runs(run_frames(snn, frames), run_frames(snn, frames, send=numba_.sender()))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("steps", [1, 2, 7, 8, 20])
@pytest.mark.parametrize("samples", [1, 2])
def test_one_neuron(samples, steps, dtype):
    """Layers of one number, whose frames NumPy adds up in an order of its own."""
    snn = rate_network(steps, IF(theta=0.3), lam=0.3)
    x = np.random.default_rng(steps).normal(0.2, 0.1, (samples, 1)).astype(dtype)
    same_runs(run(snn, x), compiled(snn, x))


@pytest.mark.parametrize("kind", [np.float16, np.longdouble])
def test_other_floats_are_served_by_numpy(kind):
    snn, x = rate_network(3), np.full((2, 1), 0.375, kind)
    same_runs(run(snn, x), compiled(snn, x))


def by_bits(graph, neuron=BitSerial):
    """Every activation a bit-serial neuron (or another), the readout a sum."""
    made = {}
    for node in graph.nodes:
        if isinstance(node.op, QCFS):
            theta = graph.params[f"{node.name}.lambda"] / node.op.levels
            theta = theta.reshape(-1, 1, 1) if theta.ndim else theta
            made[node.name] = neuron(theta=theta, t_out=node.op.levels)
    return SNN(graph, made, Readout(bias_plan="once", kind="sum"), 1)


@given(shape=shapes(RATE_POOLS), seed=SEEDS)
def test_bits(shape, seed):
    graph, x = graph_of(shape, seed), images(seed)
    snn = by_bits(graph)
    same_runs(run(snn, x), compiled(snn, x))
    assert exactness(snn, x).level == "E"
    same_runs(run(snn, x), compiled(snn, x, totals=True))


@given(seed=SEEDS, steps=st.integers(1, 5))
def test_neurons_that_step_among_neurons_that_do_not(seed, steps):
    """Spike accumulation in front of and behind a neuron whose order of spikes matters."""
    graph = graph_of(Shape((4,), residual=False), seed)
    theta = graph.params["act0.lambda"] / 4
    made = {"act0": Pascal(theta=theta, t_out=4), "act3": IF(theta=theta)}
    snn, x = SNN(graph, made, Readout(), steps), images(seed)
    assert not {"act0"} & trains(snn, stages(snn), lambda _: False)
    made = {"act0": IF(theta=theta), "act3": Pascal(theta=theta, t_out=4)}
    for case in (snn, replace(snn, neurons=made)):
        same_runs(run(case, x), compiled(case, x, totals=True))


def test_a_maximum_over_two_thresholds_is_no_maximum_of_sums():
    """Counts 2 and 1 of thresholds 1 and 3: frame by frame 3 + 1, by their sums 3."""
    graph = graph_of(Shape((2,), residual=False, pool="max"), 0)
    theta = np.random.default_rng(0).integers(1, 9, (3, 4, 4)) / 4
    plain = by_bits(graph, PascalFirst)
    first = replace(plain.neurons["act0"], theta=theta)
    uneven = replace(plain, neurons={**plain.neurons, "act0": first})
    assert any(takes_total(plain, stage) for stage in stages(plain))
    assert not any(takes_total(uneven, stage) for stage in stages(uneven))
    x = images(0)
    same_runs(run(uneven, x), compiled(uneven, x, totals=True))


def test_totals_move_spikes_of_what_depends_on_order(monkeypatch):
    """Why an IF layer is never given its total."""
    graph, x = graph_of(Shape((4,)), 1), images(1)
    snn = QCFSConversion(steps=4).convert(graph)[0]
    assert [s.name for s in stages(snn) if takes_total(snn, s)] == ["fc"]
    monkeypatch.setattr("refsnn.engines.stages.ORDER_FREE", (IF, Readout))
    with pytest.raises(AssertionError):
        same_runs(run(snn, x), compiled(snn, x, totals=True))


def test_a_linear_layer_that_is_cut_is_caught(monkeypatch):
    """The last bits of a product depend on its rows: what `Stage.whole` is for."""
    rng = np.random.default_rng(0)
    nodes = [
        Node("fc0", Linear(300), (INPUT,)),
        Node("act", QCFS(levels=4), ("fc0",)),
        Node("fc1", Linear(10), ("act",)),
    ]
    graph = initialise((700,), nodes, 0)
    x = rng.normal(size=(33, 700)).astype(np.float32)
    snn = QCFSConversion(steps=3).convert(graph)[0]
    monkeypatch.setattr(blocked, "BLOCK_BYTES", 1)
    same_runs(run(snn, x), compiled(snn, x))
    assert all(stage.whole for stage in stages(snn))
    cut = [stage._replace(whole=False) for stage in stages(snn)]
    monkeypatch.setattr(blocked, "stages", lambda _: cut)
    with pytest.raises(AssertionError):
        same_runs(run(snn, x), compiled(snn, x))


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_method(name):
    """As converted by default from a network of the kind its demo trains."""
    source = METHODS[name].source
    op = activation(source["act"], source["levels"])
    nodes = [replace(n, op=op) if isinstance(n.op, QCFS) else n for n in nodes_of(Shape((4,)))]
    graph, x = rough(initialise((2, 4, 4), nodes, 3), 3), images(3, 24) / 3
    snn = METHODS[name]().convert(graph, Calibration(x, np.arange(24) % 3))[0]
    for kind in (np.float32, np.float64):
        outcome = run(snn, x.astype(kind))
        assert any(count.any() for count in outcome.counts.values())
        same_runs(outcome, compiled(snn, x.astype(kind)))


def conv_tower(channels=16, size=24):
    nodes, top = [], INPUT
    for i in range(3):
        nodes.append(Node(f"conv{i}", Conv2d(channels, 3, padding=1), (top,)))
        nodes.append(Node(f"act{i}", QCFS(levels=4), (f"conv{i}",)))
        top = f"act{i}"
    nodes += [Node("mean", GlobalAvgPool(), (top,)), Node("fc", Linear(3), ("mean",))]
    graph = initialise((2, size, size), nodes, 0)
    return graph.with_params({f"act{i}.lambda": np.asarray(2.0) for i in range(3)})


def peak(work):
    """Most bytes in NumPy arrays at a time."""
    gc.collect()
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_memory_is_bounded():
    """Trains of bytes and a few blocks, whatever T; the specification holds trains of floats."""
    graph = conv_tower()
    x = np.random.default_rng(0).random((64, 2, 24, 24)).astype(np.float32)
    snn = QCFSConversion(steps=16).convert(graph)[0]
    compiled(snn, x[:2])
    neurons = 16 * 24 * 24 * 64
    results = neurons * 3 * (8 + 8 + 4 + 4 + 4)  # counts, spikes sent, sums, charges, membranes
    trains = 2 * neurons * 16
    most = peak(lambda: compiled(snn, x))
    assert most < results + trains + 12 * 2**20
    assert peak(lambda: run(snn, x)) > 2 * most


@pytest.mark.parametrize("size", [(1, 1), (2, 4), (7, 9), (32, 32)])
def test_a_global_average_does_not_see_the_other_samples(size):
    """Why it may be cut: NumPy adds up each channel by itself."""
    x = np.random.default_rng(0).normal(size=(6, 3, *size)).astype(np.float32)
    whole = GlobalAvgPool().apply({}, x)
    for lo, hi in ((0, 1), (1, 3), (3, 6)):
        assert_array_equal(GlobalAvgPool().apply({}, x[lo:hi]), whole[lo:hi])
    assert_array_equal(GlobalAvgPool().apply({}, x[:1, :1]), whole[:1, :1])


def test_small_problems_do_not_load_the_compiler(monkeypatch):
    snn = rate_network(4)
    monkeypatch.setattr(numba_, "KERNELS", ())
    monkeypatch.setattr(numba_.blocked, "send", None)
    same_runs(run(snn, np.ones((3, 1))), run_numba(snn, np.ones((3, 1))))
    with pytest.raises(TypeError):
        run_numba(snn, np.ones((3, 1)), small=11)


def test_the_engine_has_a_name():
    assert engine("numba") is run_numba
    with pytest.raises(InputError, match="threads"):
        compiled(rate_network(4), np.ones((3, 1)), threads=0)
