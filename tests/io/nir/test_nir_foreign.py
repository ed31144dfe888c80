"""Files of other tools: what is read, under which semantics, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from refsnn.engines import run, run_frames
from refsnn.errors import InputError, UnsupportedError
from refsnn.io.nir import CONVENTIONS, load_nir
from refsnn.io.nir.read import network_of
from refsnn.io.nir.tree import NirFile
from refsnn.neurons import LIF
from refsnn.ops import AvgPool2d, Conv2d, Linear

nir = pytest.importorskip("nir")
h5py = pytest.importorskip("h5py")


def ones(*shape, value=1.0):
    return np.full(shape, value)


def if_node(*shape, theta=1.0, r=1.0, reset=0.0):
    return nir.IF(
        r=ones(*shape, value=r),
        v_threshold=ones(*shape, value=theta),
        v_reset=ones(*shape, value=reset),
    )


def lif_node(*shape, tau=1e-3, theta=1.0):
    return nir.LIF(
        tau=ones(*shape, value=tau), r=ones(*shape), v_leak=ones(*shape, value=0.0),
        v_threshold=ones(*shape, value=theta), v_reset=ones(*shape, value=0.0),
    )  # fmt: skip


def written(path, nodes, edges=None, shape=(2,)):
    """A file with an input, these nodes, an output; a chain unless edges are given."""
    names = list(nodes)
    chain = list(zip(["in", *names], [*names, "out"], strict=True))
    every = {"in": nir.Input(np.array(shape)), **nodes, "out": nir.Output(np.array([1]))}
    nir.write(path, nir.NIRGraph(every, chain if edges is None else edges, type_check=False))
    return path


def read(path, semantics="spikingjelly-soft", steps=4, dt=1.0):
    return load_nir(path, semantics, steps, dt, isolated=False)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.nir"


W = np.array([[1.0, 0.5], [-0.5, 0.25], [2.0, 0.0]])


def affine(path):
    return written(path, {"fc": nir.Affine(W, np.array([0.0, 0.5, 0.0])), "if": if_node(3)})


def test_semantics_must_be_chosen(path):
    """The error says what each known tool would mean; the time step and T are asked for too."""
    affine(path)
    with pytest.raises(InputError, match="what its neurons do in a time step") as caught:
        load_nir(path, isolated=False)
    for name, value in CONVENTIONS.items():
        assert f"{name}: {value.summary()}" in str(caught.value)
    with pytest.raises(InputError, match="did you mean 'snntorch'"):
        load_nir(path, "sntorch", isolated=False)
    with pytest.raises(InputError, match="--steps: NIR does not say the number"):
        load_nir(path, "norse", isolated=False)
    with pytest.raises(InputError, match="--steps: not a number of steps"):
        load_nir(path, "norse", 0, isolated=False)
    for dt in (None, 0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InputError, match="if: a time step is needed"):
            load_nir(path, "nir", 4, dt, isolated=False)


def test_every_convention_is_documented(pytestconfig):
    text = (pytestconfig.rootpath / "docs" / "nir.md").read_text(encoding="utf8")
    for name, value in CONVENTIONS.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| {name} | "))
        assert ("v >= theta" in row) == (value.compare == "ge")
        assert ("subtracted" in row) == (value.reset == "subtract")
        assert ("theta subtracted a step later" in row.replace(",", "")) == (
            value.reset_acts == "next_step"
        )
        assert ("spikes a step late" in row) == bool(value.delay)
        assert ("many spikes" in row) == (value.most > 1)
        assert {"euler": "forward", "exact": "exact", "impulse": "impulse"}[
            value.integration
        ] in row.split("|")[2]
        assert (" given " in row) == (value.dt is None)


def test_sinabs_adds_a_part_of_the_current_or_the_whole(path):
    """By hand: tau is one step, current 1; a halving and a whole one tell the two apart."""
    written(path, {"fc": nir.Linear(np.eye(2)), "lif": lif_node(2, tau=1.0, theta=8.0)})
    frames = np.ones((2, 1, 2))
    kept = np.exp(-1.0)  # rounded, as each step after it: tolerances are a few roundings
    for semantics, gain in (("sinabs", 1 - kept), ("sinabs-whole", 1.0), ("rockpool", 1.0)):
        snn = read(path, semantics, steps=2)
        v = run_frames(snn, frames, record=["lif"]).traces["lif"].v[:, 0, 0]
        np.testing.assert_allclose(v, [gain, gain * (kept + 1)], rtol=1e-15)
    slow = read(
        written(path, {"fc": nir.Linear(np.eye(2)), "lif": lif_node(2, tau=4.0, theta=8.0)}),
        "sinabs-whole", steps=2,
    )  # fmt: skip
    v = run_frames(slow, frames, record=["lif"]).traces["lif"].v[0, 0, 0]
    np.testing.assert_allclose(v, 1.0, rtol=1e-15)  # rockpool would add a quarter


def test_spikingjelly_starts_at_its_reset_value(path):
    """By hand: 1.25 fires from 0, and leaves 0.75 from -0.5; without a uniform start: refused."""
    nodes = {"fc": nir.Linear(np.eye(2)), "if": if_node(2, reset=-0.5)}
    frames = np.full((2, 1, 2), 1.25)
    spikes = {}
    for semantics in ("spikingjelly-hard", "spinnaker2"):
        snn = read(written(path, nodes), semantics, steps=2)
        spikes[semantics] = run_frames(snn, frames, record=["if"]).traces["if"].fired[:, 0, 0]
    assert spikes["spikingjelly-hard"].tolist() == [0, 1]
    assert spikes["spinnaker2"].tolist() == [1, 0]
    nodes["if"].v_reset = np.array([-0.5, 0.0])
    with pytest.raises(UnsupportedError, match="start at several parts of theta"):
        read(written(path, nodes), "spikingjelly-hard")


def test_spikes_are_worth_one_and_counted(path):
    """By hand: currents (1, 0), soft reset from 0, T = 4."""
    snn = read(affine(path))
    outcome = run(snn, np.array([[1.0, 0.0]]))
    assert_array_equal(outcome.counts["if"], [[4, 0, 4]])  # the third keeps 4 theta of charge
    assert_array_equal(outcome.logits, [[1.0, 0.0, 1.0]])
    assert snn.notes["tool"] == "SpikingJelly, v_reset=None"
    half = read(written(path, {"fc": nir.Linear(W), "if": if_node(3, theta=0.5)}))
    assert_array_equal(run(half, np.array([[1.0, 0.0]])).sums["if"], [[4.0, 0.0, 4.0]])


def test_resistance_and_time_step(path):
    """SpikingJelly writes r = 1 / dt: a current counts whole. Norse writes 1 and means the same."""
    drive = np.array([[0.5, 0.0]])
    written(path, {"fc": nir.Linear(W), "if": if_node(3, r=1e4)})
    assert_array_equal(run(read(path, dt=1e-4), drive).counts["if"], [[2, 0, 4]])
    written(path, {"fc": nir.Linear(W), "if": if_node(3, r=1.0)})
    assert_array_equal(run(load_nir(path, "norse", 4), drive).counts["if"], [[1, 0, 2]])
    assert_array_equal(run(read(path, dt=1e-4), drive).counts["if"], [[0, 0, 0]])


def test_reset_value_is_read_and_may_be_absent(path):
    """Files of NIR before 1.0 have no v_reset: it is 0. With one, a hard reset goes there."""
    drive = ones(6, 1, 1)
    node = {"fc": nir.Linear(np.array([[0.75]])), "if": if_node(1, theta=1.0, reset=-0.75)}
    written(path, node, shape=(1,))

    def train(semantics="spinnaker2"):
        snn = read(path, semantics, 6)
        return run_frames(snn, drive, record=None).traces["if"].fired.ravel().tolist()

    assert train() == [0, 1, 0, 0, 1, 0]
    assert train("spikingjelly-hard") == [0, 0, 1, 0, 0, 1]  # starts at v_reset
    with h5py.File(path, "a") as file:
        del file["node/nodes/if/v_reset"]
    assert train() == train("spikingjelly-hard") == [0, 1, 0, 1, 0, 1]


def test_every_operation(path):
    rng = np.random.default_rng(0)
    weight = rng.integers(-2, 3, (4, 2, 3, 3)) / 2
    nodes = {
        "conv": nir.Conv2d((4, 4), weight, 1, "same", 1, 1, np.zeros(4)),
        "if": if_node(4, 4, 4),
        "sum": nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "scale": nir.Scale(np.broadcast_to(np.arange(1.0, 5).reshape(4, 1, 1), (4, 2, 2)).copy()),
        "avg": nir.AvgPool2d(np.array([2, 2]), np.array([1, 1]), np.array([0, 0])),
        "flat": nir.Flatten({"input": np.array([4, 1, 1])}, 0, -1),
        "fc": nir.Linear(rng.integers(-2, 3, (3, 4)) / 2),
        "lif": lif_node(3),
    }
    snn = read(written(path, nodes, shape=(2, 4, 4)), "norse", 4, 1e-4)
    ops = [type(node.op).__name__ for node in snn.graph.nodes]
    assert ops == [
        "Conv2d", "ReLU", "AvgPool2d", "Scale", "AvgPool2d", "Flatten", "Linear", "ReLU", "Scale",
    ]  # fmt: skip
    assert snn.graph.node("conv").op == Conv2d(4, (3, 3), (1, 1), (1, 1), (1, 1), 1)
    assert snn.graph.node("sum").op == AvgPool2d((2, 2), (2, 2), (0, 0), 1)
    assert snn.graph.node("fc").op == Linear(3, bias=False)
    assert_array_equal(snn.graph.params["scale.weight"], [1, 2, 3, 4])
    assert isinstance(snn.neurons["lif"], LIF)
    assert np.isclose(snn.neurons["lif"].tau, 10)
    assert run(snn, rng.integers(0, 5, (2, 2, 4, 4)) / 2.0).logits.shape == (2, 3)


def test_edges_into_one_node_are_summed(path):
    eye = np.eye(2)
    nodes = {"a": nir.Linear(eye), "b": nir.Linear(2 * eye), "if": if_node(2), "c": nir.Linear(eye)}
    edges = [
        ("in", "a"), ("in", "b"), ("a", "if"), ("b", "if"), ("if", "c"), ("c", "out"), ("if", "out"),
    ]  # fmt: skip
    snn = read(written(path, nodes, edges))
    assert_array_equal(run(snn, np.array([[0.25, 0.5]])).counts["if"], [[3, 4]])
    assert_array_equal(run(snn, np.array([[0.25, 0.5]])).logits, [[1.5, 2.0]])
    assert snn.graph.node("if_sum").inputs == ("a", "b")


def test_a_node_may_be_called_input(path):
    snn = read(written(path, {"input": nir.Linear(W), "if": if_node(3)}))
    assert_array_equal(run(snn, np.array([[1.0, 0.0]])).counts["if"], [[4, 0, 4]])


CUBA = {"tau_syn": ones(2), "tau_mem": ones(2), "r": ones(2), "v_leak": ones(2)}
UNREAD = {
    "CubaLIF node; it would need a neuron with a synaptic": nir.CubaLIF(
        **CUBA, v_threshold=ones(2), v_reset=ones(2)
    ),
    "CubaLI node": nir.CubaLI(**CUBA),
    "LI node": nir.LI(ones(2), ones(2), ones(2)),
    "I node": nir.I(ones(2)),
    "Threshold node": nir.Threshold(ones(2)),
    "Delay node; it would need a queue": nir.Delay(ones(2)),
    "Conv1d node": nir.Conv1d(2, ones(1, 1, 1), 1, 0, 1, 1, ones(1)),
    "NIRGraph node; it would need subgraphs": nir.NIRGraph(
        {"i": nir.Input(np.array([2])), "o": nir.Output(np.array([2]))}, [("i", "o")]
    ),
    "flattens some of the axes": nir.Flatten({"input": np.array([2])}, 1, -1),
    "weight of more axes": nir.Linear(ones(1, 2, 2)),
    "scale does not fit": nir.Scale(ones(3)),
    "v_threshold does not fit": if_node(3),
    "time constant": lif_node(2, tau=0.5),
    "threshold cannot be used": if_node(2, theta=0.0),
}


@pytest.mark.parametrize("why", sorted(UNREAD))
def test_nodes_that_are_not_read(why, path):
    with pytest.raises(InputError, match=why) as caught:
        read(written(path, {"odd": UNREAD[why]}))
    assert f"{path}, odd" in str(caught.value)


def test_paddings_of_unequal_sides(path):
    for kernel, stride in ((2, 1), (3, 2)):
        node = nir.Conv2d((4, 4), ones(1, 2, kernel, kernel), stride, "same", 1, 1, ones(1))
        with pytest.raises(UnsupportedError, match="padding of unequal sides"):
            read(written(path, {"conv": node}, shape=(2, 4, 4)))
    valid = nir.Conv2d((4, 4), ones(1, 2, 2, 2), 2, "valid", 1, 1, ones(1))
    written(path, {"conv": valid, "if": if_node(1, 2, 2)}, shape=(2, 4, 4))
    assert read(path).graph.shapes["conv"] == (1, 2, 2)


CHAIN = [("in", "a"), ("a", "b"), ("b", "out")]
WRONG_EDGES = {
    "recurrent graph: b|recurrent graph": [*CHAIN, ("b", "a")],
    "recurrent graph": [*CHAIN, ("a", "a")],
    "an edge twice": [*CHAIN, ("a", "b")],
    "does not exist: got c": [*CHAIN, ("c", "b")],
    "b: node without input": [("in", "a"), ("b", "out"), ("a", "out")],
    "b: leads nowhere": [("in", "a"), ("a", "b"), ("a", "out")],
    "out: node without input": [("in", "a"), ("a", "b")],
    "no layers": [("in", "out"), ("in", "a"), ("a", "b")],
    "in, out": [*CHAIN, ("out", "a")],
}


@pytest.mark.parametrize("why", sorted(WRONG_EDGES))
def test_edges_that_cannot_be_used(why, path):
    with pytest.raises(InputError, match=why):
        read(written(path, {"a": nir.Linear(np.eye(2)), "b": if_node(2)}, WRONG_EDGES[why]))


def test_one_input_one_output(path):
    nodes = {"a": nir.Linear(np.eye(2)), "in2": nir.Input(np.array([2]))}
    with pytest.raises(UnsupportedError, match="needs one Input node: got"):
        read(written(path, nodes, [("in", "a"), ("in2", "a"), ("a", "out")]))
    bare = NirFile({"a": {"type": "Linear"}}, [], {})
    with pytest.raises(UnsupportedError, match="needs one Input node"):
        network_of(bare, "norse", 1)


def test_layers_too_large_for_any_machine(path):
    """A few bytes that ask for a map of 10**12 elements: refused before anything is allocated."""
    grown = nir.AvgPool2d(np.array([1, 1]), np.array([1, 1]), np.array([10**6, 10**6]))
    with pytest.raises(InputError, match="pool: layer too large"):
        read(written(path, {"pool": grown, "s": nir.Scale(ones(1))}, shape=(1, 4, 4)))
    with pytest.raises(InputError, match="in: input shape"):
        read(written(path, {"s": nir.Scale(ones(1))}, shape=(2**13, 2**13, 2)))


@pytest.mark.parametrize("shape", [(0,), (-1,), (2, 2, 2, 2), (1.5,), ()])
def test_input_shapes(shape, path):
    with pytest.raises(InputError, match="in: input shape"):
        read(written(path, {"a": nir.Linear(np.eye(2))}, shape=shape))
