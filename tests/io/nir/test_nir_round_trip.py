"""What is exported to NIR comes back: the same spikes, soft reset and all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.dyadic_networks import RATE_POOLS, SEEDS, Shape, graph_of, images, shapes
from laws.strategies import SETTINGS, neurons
from laws.tiny import rate_network
from numpy.testing import assert_array_equal

from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.engines import run
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT, Graph, Node
from refsnn.io.nir import CONVENTIONS, load_nir, nir_of, save_nir
from refsnn.io.nir.read import network_of
from refsnn.io.nir.tree import NirFile
from refsnn.neurons import IF, LIF, NEURONS, Readout
from refsnn.ops import Add, AvgPool2d, Conv2d, Dropout, Flatten, Linear, Upsample
from refsnn.ops import Scale as ScaleOp
from refsnn.preprocessing import Preprocessing
from refsnn.snn import SNN

nir = pytest.importorskip("nir")
X = images(0)
STEPWISE = sorted(kind for kind, cls in NEURONS.items() if cls.synchronous and kind != "Readout")


def stored(snn):
    """The contents of the file that would be written, without the file."""
    tree = as_read(nir_of(snn))
    return NirFile(tree["nodes"], tree["edges"], tree["metadata"])


def as_read(value):
    """As a reader gives it: numbers are arrays of no axes."""
    if isinstance(value, dict):
        return {name: as_read(item) for name, item in value.items()}
    return value if isinstance(value, str | list) else np.asarray(value)


@pytest.fixture(scope="session")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("nir") / "net.nir"


def rate(graph, **settings):
    return QCFSConversion(**{"steps": 4, **settings}).convert(graph)[0]


def same_runs(one, two, x):
    """Every spike, membrane and logit, bit for bit."""
    a, b = run(one, x, record=None), run(two, x, record=None)
    assert_array_equal(a.logits, b.logits)
    assert list(a.traces) == list(b.traces)
    for name, trace in a.traces.items():
        for left, right in zip(trace, b.traces[name], strict=True):
            assert_array_equal(left, right)


@settings(max_examples=30)
@given(shape=shapes(RATE_POOLS, concat=False), seed=SEEDS, short=st.booleans())
def test_soft_reset_survives_a_file(path, shape, seed, short):
    graph = graph_of(shape, seed)
    snn = rate(graph.astype(np.float32) if short else graph)
    save_nir(path, snn)
    back = load_nir(path, isolated=False)
    assert all(neuron.reset == "subtract" for neuron in back.neurons.values())
    assert dict(back.neurons) == dict(snn.neurons)
    assert back.semantics == {**snn.semantics}
    assert (back.readout, back.input_frames) == (snn.readout, snn.input_frames)
    same_runs(snn, back, images(seed))


@pytest.mark.parametrize("kind", STEPWISE)
@given(data=st.data(), steps=st.integers(1, 5), extra=st.sampled_from([0, 2]))
def test_every_stepwise_neuron(kind, data, steps, extra):
    neuron = data.draw(neurons(kind))
    neuron = replace(neuron, theta=neuron.theta.ravel()[:1])
    snn = replace(rate_network(steps, neuron), extra_frames=extra)
    back = network_of(stored(snn))
    assert back.neurons["act"] == neuron
    assert back.extra_frames == extra
    same_runs(snn, back, np.array([[1.0], [3.5], [-2.0]]))


def test_every_stepwise_neuron_has_a_strategy():
    assert set(STEPWISE) <= set(SETTINGS)
    assert {"IF", "LIF", "AdaFire", "DualThreshold", "ShiftedIF"} == set(STEPWISE)


def test_in_a_process_of_its_own(path):
    snn = rate(graph_of(Shape(levels=(4,)), 3))
    save_nir(path, snn)
    same_runs(snn, load_nir(path), X)


def test_leaky_neuron_through_a_file(path):
    neuron = LIF(
        theta=np.float32(0.7), tau=5.0, r=5.0, v_leak=0.1, integration="exact", compare="gt",
        reset="to_value", v_reset=np.array([0.25]), worth=np.ones(()),
    )  # fmt: skip
    save_nir(path, rate_network(6, neuron))
    back = load_nir(path)
    assert back.neurons["act"] == neuron
    assert nir.read(path).nodes["act"].tau == 5.0
    same_runs(rate_network(6, neuron), back, np.array([[1.0], [3.5]]))


def test_all_that_belongs_to_a_network(path):
    snn = rate(graph_of(Shape(levels=(4,)), 3))
    snn = replace(
        snn, preprocessing=Preprocessing(scale=1 / 16), notes={"a": [1, None]},
        readout=Readout(kind="sum", bias_plan="spread"),
    )  # fmt: skip
    save_nir(path, snn)
    back = load_nir(path, steps=4)
    for name in ("preprocessing", "notes", "readout", "method", "settings", "analog"):
        assert getattr(back, name) == getattr(snn, name)
    with pytest.raises(InputError, match="--steps: the file says T: expected 4, got 5"):
        load_nir(path, steps=5, isolated=False)
    with pytest.raises(InputError, match="the file has its own semantics"):
        load_nir(path, semantics="norse", isolated=False)


def test_the_package_reads_it_as_standard_nir(path):
    """Types, thresholds and shapes as the specification has them; spikes are worth one there."""
    snn = rate(graph_of(Shape(levels=(4,), pool="global", per_channel=True), 1))
    save_nir(path, snn)
    graph = nir.read(path)
    assert {type(n).__name__ for n in graph.nodes.values()} == {
        "Input", "Conv2d", "IF", "Scale", "AvgPool2d", "Flatten", "Affine", "Output",
    }  # fmt: skip
    theta = np.broadcast_to(snn.neurons["act1"].theta, (3, 4, 4))
    assert_array_equal(graph.nodes["act1"].v_threshold, theta)
    assert_array_equal(graph.nodes["act1.amplitude"].scale, theta)
    assert ("conv2", "act2") in graph.edges
    assert ("act0.amplitude", "act2") in graph.edges
    said = graph.nodes["act1"].metadata
    assert (said["refsnn.reset"], said["refsnn.compare"], said["refsnn.v_init"]) == (
        "subtract", "ge", 0.5,
    )  # fmt: skip
    assert graph.metadata["refsnn.steps"] == 4


def network(*nodes, shape=(2, 4, 4), params=None):
    graph = Graph(shape, tuple(nodes), params or {})
    theta = np.asarray(1.0)
    from refsnn.ann import activations

    return SNN(graph, {n.name: IF(theta=theta) for n in activations(graph)}, Readout(), 3)


def relu():
    from refsnn.activations import ReLU

    return ReLU()


def test_operations_of_every_kind(path):
    rng = np.random.default_rng(0)
    nodes = (
        Node("c", Conv2d(4, (3, 2), (1, 2), (1, 1), (1, 2), groups=2, bias=False), (INPUT,)),
        Node("a", relu(), ("c",)),
        Node("d", Dropout(0.5), ("a",)),
        Node("s", ScaleOp(per_channel=True), ("d",)),
        Node("t", ScaleOp(), ("a",)),
        Node("sum", Add(), ("s", "t", "a")),
        Node("p", AvgPool2d(2, 1, divisor=1), ("sum",)),
        Node("b", relu(), ("p",)),
        Node("f", Flatten(), ("b",)),
        Node("l", Linear(3, bias=False), ("f",)),
    )
    shapes_of = Graph((2, 4, 4), nodes[:1], {"c.weight": np.zeros((4, 1, 3, 2))}).shapes
    flat = 4 * (shapes_of["c"][1] - 1) * (shapes_of["c"][2] - 1)
    params = {
        "c.weight": rng.integers(-4, 5, (4, 1, 3, 2)) / 4,
        "s.weight": np.array([0.5, 1.0, -1.0, 2.0]),
        "t.weight": np.asarray(0.25),
        "l.weight": rng.integers(-4, 5, (3, flat)) / 4,
    }
    snn = network(*nodes, params=params)
    save_nir(path, snn)
    same_runs(snn, load_nir(path), X)


REFUSED = {
    "no node for Upsample": lambda: network(
        Node("p", Upsample(2), (INPUT,)), Node("f", Flatten(), ("p",))
    ),
    "divide by their area": lambda: network(
        Node("p", AvgPool2d(2, divisor=3), (INPUT,)), Node("f", Flatten(), ("p",))
    ),
    "edge twice": lambda: network(
        Node("a", relu(), (INPUT,)), Node("s", Add(), ("a", "a")), Node("f", Flatten(), ("s",))
    ),
    "a sum within a sum": lambda: network(
        Node("a", relu(), (INPUT,)),
        Node("b", relu(), ("a",)),
        Node("s", Add(), ("a", "b")),
        Node("u", Add(), ("b", "s")),
        Node("f", Flatten(), ("u",)),
    ),
    "name cannot be": lambda: network(Node("a/b", Flatten(), (INPUT,))),
    "takes a whole train": lambda: PascalConversion().convert(graph_of(Shape(levels=(4,)), 0))[0],
}


@pytest.mark.parametrize("why", sorted(REFUSED))
def test_what_nir_cannot_say_is_refused(why, path):
    snn = REFUSED[why]()
    with pytest.raises(InputError, match=why):
        save_nir(path, snn)


def test_analog_activations_are_refused():
    snn = network(Node("a", relu(), (INPUT,)), Node("f", Flatten(), ("a",)))
    with pytest.raises(UnsupportedError, match="a: an activation that stays analog"):
        nir_of(replace(snn, neurons={}, analog=("a",)))


# planted faults: what becomes of a soft reset elsewhere, and of edited files


def test_without_the_metadata_the_reset_is_lost():
    """The same nodes under a hard reset give other spikes, under a soft one from 0 as well."""
    snn = rate(graph_of(Shape(levels=(4,), residual=False), 3))
    file = stored(snn)
    bare = {k: {f: v for f, v in n.items() if f != "metadata"} for k, n in file.nodes.items()}
    ours = run(snn, X).counts
    for name in ("spikingjelly-hard", "spikingjelly-soft"):
        other = network_of(NirFile(bare, file.edges, {}), name, 4, 1.0)
        assert set(other.neurons) == set(ours)
        found = run(other, X).counts
        assert any(not np.array_equal(found[k], ours[k]) for k in ours)


def edited(change):
    snn = rate(graph_of(Shape(levels=(4,), pool="global"), 3))
    file = stored(snn)
    change(file)
    with pytest.raises(InputError) as caught:
        network_of(file)
    return str(caught.value)


def change_node(node, field, value):
    def change(file):
        file.nodes[node] = {**file.nodes[node], field: value}

    return change


def change_said(node, field, value):
    def change(file):
        said = {**file.nodes[node]["metadata"], field: value}
        file.nodes[node] = {**file.nodes[node], "metadata": said}

    return change


EDITS = {
    "act1.v_threshold": change_node("act1", "v_threshold", np.full((3, 4, 4), 9.0)),
    "act1.amplitude.scale": change_node("act1.amplitude", "scale", np.full((3, 4, 4), 9.0)),
    "act1.v_reset": change_node("act1", "v_reset", np.ones((3, 4, 4))),
    "global.kernel_size": change_node("global", "kernel_size", np.array([2, 2])),
    "global.flat.end_dim": change_node("global.flat", "end_dim", 1),
    "stored semantics": change_said("act1", "refsnn.compare", "gt"),
    "unknown neuron": change_said("act1", "refsnn.neuron", "Izhikevich"),
    "not JSON": change_said("act1", "refsnn.activation", "{"),
    "unknown format": lambda file: file.metadata.update({"refsnn.format": 2}),
    "leads nowhere": lambda file: file.edges.remove(("conv2", "act2")),
    "edges and refsnn": lambda file: file.edges.append(("conv1", "act1.amplitude")),
}


@pytest.mark.parametrize("told", sorted(EDITS))
def test_nodes_and_metadata_must_agree(told):
    assert told in edited(EDITS[told])


def test_conventions_have_their_say():
    """No two conventions that differ in a field give one neuron."""
    made = {
        name: CONVENTIONS[name].lif_neuron(
            np.ones(()), np.asarray(1e-3), np.ones(()), np.zeros(()), np.zeros(()), 1e-4
        )
        for name in CONVENTIONS
    }
    for one in made:
        for two in made:
            fields = [f"{CONVENTIONS[n].whole}{made[n].semantics}" for n in (one, two)]
            assert (fields[0] == fields[1]) == (made[one] == made[two])
