"""Graphs: order, shapes, and errors that name the node."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import SEEDS, graph_of, images, shapes
from numpy.testing import assert_array_equal

from refsnn.activations import QCFS, ReLU
from refsnn.ann import evaluate, logits
from refsnn.errors import InputError
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.models import NETWORKS, network
from refsnn.ops import Add, Conv2d, Flatten, Linear


def relu(name, *inputs):
    return Node(name, ReLU(), inputs)


def bad(nodes, message, shape=(4,), params=None):
    with pytest.raises(InputError, match=message):
        Graph(shape, tuple(nodes), params or {})


def test_any_order_becomes_topological():
    nodes = (relu("a", INPUT), relu("b", "a"), Node("c", Add(), ("b", "a")), relu("d", "c"))
    for order in permutations(nodes):
        graph = Graph((4,), order)
        names = [node.name for node in graph.nodes]
        assert names == ["a", "b", "c", "d"]
        assert graph.output == "d"


@given(data=st.data(), size=st.integers(1, 7))
def test_random_graphs_are_ordered(data, size):
    """Every node comes after what it reads; nodes that are ready keep the given order."""
    nodes = []
    for i in range(size):
        sources = [INPUT, *(f"n{j}" for j in range(i))]
        nodes.append(
            Node(f"n{i}", Add(), tuple(data.draw(st.tuples(*[st.sampled_from(sources)] * 2))))
        )
    loose = [n.name for n in nodes if not any(n.name in m.inputs for m in nodes)]
    sink = Node("sink", Add(), (*loose, loose[-1]))
    graph = Graph((2,), tuple(data.draw(st.permutations([*nodes, sink]))))
    seen = {INPUT}
    for node in graph.nodes:
        assert seen.issuperset(node.inputs)
        seen.add(node.name)
    assert graph.output == "sink"
    x = np.ones((1, 2))
    assert_array_equal(evaluate(graph, x)["sink"], evaluate(Graph((2,), (*nodes, sink)), x)["sink"])


def test_given_order_is_kept_where_it_can():
    nodes = (relu("z", INPUT), relu("a", INPUT), Node("s", Add(), ("a", "z")))
    assert [n.name for n in Graph((4,), nodes).nodes] == ["z", "a", "s"]


def test_unknown_input():
    bad([relu("a", INPUT), relu("b", "c")], r"^b: reads an edge that does not exist: got c$")


def test_cycle():
    bad([Node("a", Add(), (INPUT, "b")), relu("b", "a"), relu("c", INPUT)],
        r"^a, b: the graph has a cycle$")  # fmt: skip


def test_node_that_reads_itself():
    bad([relu("a", "a")], r"^a: the graph has a cycle$")


def test_two_outputs():
    bad([relu("a", INPUT), relu("b", INPUT)], r"^graph: a graph has one output: got a, b$")


def test_no_nodes():
    bad([], "^graph: a graph has one output")


@pytest.mark.parametrize("name", [INPUT, ""])
def test_names_that_cannot_be_used(name):
    bad([relu(name, INPUT)], "node names are unique, not empty and not 'input'")


def test_name_used_twice():
    bad([relu("a", INPUT), relu("a", INPUT)], "^a: node names are unique")


@pytest.mark.parametrize(
    ("op", "inputs", "message"),
    [
        (Add(), (INPUT,), r"node 'x' \(Add\): wrong number of inputs: expected two or more, got 1"),
        (ReLU(), (), r"node 'x' \(ReLU\): wrong number of inputs: expected 1, got 0"),
        (ReLU(), (INPUT, INPUT), r"node 'x' \(ReLU\): wrong number of inputs: expected 1, got 2"),
        (Linear(2), (INPUT,), r"node 'x' \(Linear\): needs a vector"),
        (Conv2d(2, 9), (INPUT,), r"node 'x' \(Conv2d\).*the window does not fit the height"),
    ],
)
@pytest.mark.parametrize("make", [Graph, lambda s, n: initialise(s, n, 0)])
def test_operations_that_do_not_fit_name_their_node(make, op, inputs, message):
    with pytest.raises(InputError, match=message):
        make((1, 4, 4), (Node("x", op, inputs),))


def test_add_of_two_shapes():
    nodes = [Node("f", Flatten(), (INPUT,)), Node("s", Add(), ("f", INPUT))]
    bad(nodes, r"node 's' \(Add\): needs two or more inputs of one shape", shape=(1, 2, 2))


def linear(**params):
    return Graph(
        (2,), (Node("fc", Linear(1), (INPUT,)),), {f"fc.{k}": v for k, v in params.items()}
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, r"node 'fc' \(Linear\): parameters do not fit: expected .*weight.* got \{\}"),
        ({"weight": np.zeros((1, 3)), "bias": np.zeros(1)}, r"'fc' .*parameters do not fit"),
        ({"weight": np.zeros((1, 2)), "bias": np.zeros(1), "x": np.zeros(1)}, r"'fc' .*do not fit"),
        (
            {"weight": np.array([[np.nan, 1]]), "bias": np.zeros(1)},
            "fc.weight: weights are not finite",
        ),
        (
            {"weight": np.zeros((1, 2)), "bias": np.array([-np.inf])},
            "fc.bias: weights are not finite",
        ),
    ],
)
def test_parameters_that_do_not_fit(params, message):
    with pytest.raises(InputError, match=message):
        linear(**params)


def test_parameter_of_no_node():
    graph = linear(weight=np.zeros((1, 2)), bias=np.zeros(1))
    with pytest.raises(InputError, match=r"^fc2.weight: parameter of no node"):
        graph.with_params({"fc2.weight": np.zeros((1, 2))})


def test_negative_lambda_names_the_node():
    with pytest.raises(
        InputError, match=r"node 'act' \(QCFS\), lambda: the threshold is not positive"
    ):
        Graph((2,), (Node("act", QCFS(levels=2), (INPUT,)),), {"act.lambda": np.asarray(-1.0)})


def test_parameters_are_read_only_copies():
    weight = np.zeros((1, 2))
    graph = linear(weight=weight, bias=np.zeros(1))
    weight[:] = 7
    assert not graph.params["fc.weight"].any()
    with pytest.raises(ValueError, match="read-only"):
        graph.params["fc.weight"][0, 0] = 1
    with pytest.raises(TypeError):
        graph.params["fc.weight"] = weight


def test_with_params_makes_a_new_graph():
    graph = linear(weight=np.zeros((1, 2)), bias=np.zeros(1))
    moved = graph.with_params({"fc.bias": np.ones(1)})
    assert graph.params["fc.bias"] == 0
    assert moved.params["fc.bias"] == 1
    assert moved.params["fc.weight"].tolist() == [[0, 0]]


def test_parameters_of_a_node_whose_name_starts_another():
    chain = (("a", INPUT), ("a.b", "a"), ("ab", "a.b"))
    nodes = [Node(name, Linear(1, bias=False), (source,)) for name, source in chain]
    params = {f"{node.name}.weight": np.array([[i]]) for i, node in enumerate(nodes)}
    graph = Graph((1,), tuple(nodes), params)
    assert graph.of("a") == {"weight": 0}
    assert graph.of("a.b") == {"weight": 1}


@given(shape=shapes(), seed=SEEDS)
def test_inferred_shapes_are_those_of_the_data(shape, seed):
    graph = graph_of(shape, seed)
    for name, value in evaluate(graph, images(seed)).items():
        assert value.shape[1:] == graph.shapes[name]


def test_consumers():
    nodes = (relu("a", INPUT), relu("b", "a"), Node("s", Add(), ("b", "a")))
    graph = Graph((4,), nodes)
    assert [n.name for n in graph.consumers("a")] == ["b", "s"]
    assert graph.consumers("s") == []


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_initial_parameters_depend_on_the_seed_only(name):
    def make(seed):
        return network(name, (1, 8, 8), 3, QCFS(levels=2), seed).params

    one, two, other = make(1), make(1), make(2)
    assert all(one[k].tobytes() == two[k].tobytes() for k in one)
    assert any(one[k].tobytes() != other[k].tobytes() for k in one)


def test_unknown_network():
    with pytest.raises(InputError, match="unknown network 'mpl'; did you mean 'mlp'"):
        network("mpl", (1, 8, 8), 3, ReLU(), 0)


@given(shape=shapes(), seed=SEEDS, batch=st.integers(1, 4))
def test_evaluation_in_blocks(shape, seed, batch):
    """Level E: the block size moves no bit."""
    graph, x = graph_of(shape, seed), images(seed, 5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("refsnn.memory.MOST", batch)
        assert_array_equal(logits(graph, x), evaluate(graph, x)["fc"])


def test_astype():
    graph = linear(weight=np.ones((1, 2)), bias=np.zeros(1)).astype(np.float32)
    assert {v.dtype for v in graph.params.values()} == {np.dtype(np.float32)}
