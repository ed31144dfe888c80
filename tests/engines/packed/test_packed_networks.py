"""Networks on bits and bytes: bit for bit the specification, and every stage does run packed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import integer_networks
import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from integer_networks import COUNTING, STEPPED, networks, packed_run, same_runs

from refsnn.activations import ReLU
from refsnn.analysis.exactness import exactness
from refsnn.engines import run, run_numba
from refsnn.engines.packed import layer as packed_layer
from refsnn.engines.packed import make, neurons
from refsnn.engines.packed.plan import plan_of
from refsnn.engines.packed.send import _planned
from refsnn.graph import Graph, Node
from refsnn.neurons import IF, Readout
from refsnn.ops import Linear
from refsnn.snn import SNN

DTYPES = st.sampled_from([np.float32, np.float64])


def planned(snn, x):
    """The packed layers, by name."""
    return _planned(snn, x, False)[0].layers


@settings(max_examples=120)
@given(case=networks(), dtype=DTYPES)
def test_neurons_that_fire_in_every_frame(case, dtype):
    snn, x = case
    assume(exactness(snn, x.astype(dtype)).level == "E")
    same_runs(run(snn, x.astype(dtype)), packed_run(snn, x.astype(dtype)))


@settings(max_examples=80)
@given(case=networks(COUNTING))
def test_neurons_that_count(case):
    same_runs(run(*case), packed_run(*case))


@given(case=networks((*STEPPED, *COUNTING), tops=(1, 100), alike=True))
def test_every_layer_of_bytes_is_packed(case):
    """From the image on; what int16 needs of a dense kernel is in another test."""
    snn, x = case
    layers = planned(snn, x)
    assert set(layers) == set(snn.neurons)
    assert all(
        link.matrix.weights.dtype == np.int8 for one in layers.values() for link in one.links
    )


@given(case=networks(("LIF",), tops=(3000,)))
def test_int16(case):
    """Layers behind the first, whose weights fit no byte; both kernels."""
    snn, x = case
    layers = planned(snn, x)
    assert set(layers) >= {"act1", "act2", "act3"}
    assert layers["act1"].in_bytes
    wanted = run(snn, x)
    for events in (False, True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                packed_layer.PackedLayer,
                "prefers_events",
                lambda self, _, events=events: events or not self.in_bytes,
            )
            same_runs(wanted, packed_run(snn, x))


@settings(max_examples=30)
@given(case=networks((*STEPPED, *COUNTING), batch=5))
def test_threads(case):
    same_runs(packed_run(*case), packed_run(*case, threads=2))


@settings(max_examples=30)
@given(case=networks(batch=5), batch=st.integers(1, 4))
def test_behind_the_engine(case, batch):
    """`run_numba` in blocks of samples."""
    snn, x = case
    assume(exactness(snn, x).level == "E")
    same_runs(run(snn, x), run_numba(snn, x, totals=True, small=0, batch=batch))


@given(case=networks(tops=(1, 100)))
def test_floats_on_integers(case):
    """Where float32 is exact, the order of a sum does not matter."""
    snn, x = case[0], case[1].astype(np.float32)
    layers = plan_of(snn, x.dtype, None, True).layers
    assert set(layers) >= {"act0", "act1", "act2", "act3"}
    assert [name for name, layer in layers.items() if layer.analog] == ["act0"]
    assume(exactness(snn, x).level == "E")
    same_runs(run(snn, x), packed_run(snn, x, floats=True))


@settings(max_examples=30)
@given(case=networks(("IF",), tops=(100,)), seed=st.integers(0, 99))
def test_floats_move_few_spikes(case, seed):
    """Weights that are not dyadic: the order of a sum can move a spike, and no more."""
    snn, x = case
    rng = np.random.default_rng(seed)
    params = {k: v + rng.normal(size=v.shape) / 99 for k, v in snn.graph.params.items()}
    snn = replace(snn, graph=snn.graph.with_params(params))
    x = x.astype(np.float32)
    assert not set(planned(snn, x)) - {"act0"}
    one, two = run(snn, x), packed_run(snn, x, floats=True)
    for name, counts in one.counts.items():
        assert np.abs(counts - two.counts[name]).sum() <= 0.02 * counts.size * snn.input_frames


@pytest.mark.parametrize("theta", [2.0**60, 2.0**62, 2.0**70])
@pytest.mark.parametrize("bias", [0.0, -(2.0**64)])
def test_numbers_beyond_64_bits(theta, bias):
    """Thresholds that no integer of the kernels holds are left to the other engine."""
    nodes = (
        Node("fc0", Linear(4), ("input",)),
        Node("act0", ReLU(), ("fc0",)),
        Node("fc1", Linear(2, bias=False), ("act0",)),
    )
    params = {
        "fc0.weight": np.ones((4, 3)),
        "fc0.bias": np.full(4, bias),
        "fc1.weight": np.ones((2, 4)),
    }
    snn = SNN(
        Graph((3,), nodes, params), {"act0": IF(theta=np.asarray(theta))}, Readout(kind="sum"), 4
    )
    x = np.ones((1, 3))
    same_runs(run(snn, x), packed_run(snn, x))
    assert run(snn, x).sent["act0"].sum() == 0


@pytest.mark.parametrize("top", [127, 3000])
@pytest.mark.parametrize("inputs", [65_535, 65_536, 70_000])
def test_more_inputs_than_a_list_of_events_can_name(inputs, top):
    """Sixteen bits name 65536 rows; beyond, the dense kernel takes what few spikes there are."""
    rng = np.random.default_rng(inputs)
    nodes = (
        Node("act0", ReLU(), ("input",)),
        Node("fc0", Linear(3, bias=False), ("act0",)),
        Node("act1", ReLU(), ("fc0",)),
        Node("fc1", Linear(2, bias=False), ("act1",)),
    )
    weights = rng.integers(-top, top, (3, inputs), endpoint=True).astype(float)
    params = {"fc0.weight": weights, "fc1.weight": np.ones((2, 3))}
    neurons = {name: IF(theta=np.asarray(theta)) for name, theta in (("act0", 8.0), ("act1", 64.0))}
    snn = SNN(Graph((inputs,), nodes, params), neurons, Readout(kind="sum"), 3)
    x = np.zeros((1, inputs))
    x[0, rng.integers(0, inputs, 40)] = 5
    x[0, -3:] = 5
    layer = planned(snn, x)["act1"]
    assert layer.listable == (inputs < 2**16)
    same_runs(run(snn, x), packed_run(snn, x))


def test_extra_frames_and_traces_are_left_to_the_other_engine():
    snn, x = _one()
    late = replace(snn, extra_frames=2)
    same_runs(run(late, x), run_numba(late, x, totals=True, small=0))
    traced = run_numba(snn, x, totals=True, small=0, record=["act1"])
    same_runs(run(snn, x), traced)
    assert traced.traces["act1"].fired.shape[0] == snn.input_frames


def _one():
    """Some network."""
    found = []

    @settings(max_examples=1, database=None)
    @given(case=networks(("IF",), tops=(100,)))
    def take(case):
        found.append(case)

    take()
    return found[-1]


def caught(cases):
    """Some network of these has another run."""
    plain = {"phases": [Phase.generate], "database": None, "report_multiple_bugs": False}

    @settings(max_examples=30, **plain)
    @given(case=cases)
    def held(case):
        same_runs(run(*case), packed_run(*case))

    with pytest.raises(AssertionError):
        held()


def level_of(change):
    """A neuron's numbers, one of them changed."""
    original = neurons.firing

    def firing(*args):
        made = original(*args)
        return None if made is None else change(made)

    return firing


FAULTS = {
    "level": (
        "refsnn.engines.packed.plan.firing",
        level_of(lambda n: n._replace(level=n.level + 0.125)),
    ),
    "start": (
        "refsnn.engines.packed.plan.firing",
        level_of(lambda n: n._replace(start=n.start - 0.125)),
    ),
    "bias": ("refsnn.engines.packed.plan.firing", level_of(lambda n: n._replace(bias=n.bias * 0))),
    "strict": (
        "refsnn.engines.packed.plan.firing",
        level_of(lambda n: n._replace(strict=not n.strict)),
    ),
    "hard": ("refsnn.engines.packed.plan.firing", level_of(lambda n: n._replace(hard=not n.hard))),
}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_wrong_number_is_caught(name, monkeypatch):
    """Each field of a neuron matters."""
    monkeypatch.setattr(*FAULTS[name])
    caught(networks(tops=(1, 127)))


@pytest.mark.parametrize("part", ["factor", "high byte", "worth"])
def test_a_wrong_weight_is_caught(part, monkeypatch):
    """As is each part of a tap."""
    if part == "factor":
        original = make.scaled

        def scaled(*args):
            made = original(*args)
            if made is None:
                return None
            taps = tuple(tap._replace(factor=tap.factor + 1) for tap in made.taps)
            return made._replace(taps=taps)

        monkeypatch.setattr(make, "scaled", scaled)
    elif part == "high byte":
        original = packed_layer.Matrix.in_bytes
        cut = lambda self: original(self)[-1:]  # noqa: E731
        monkeypatch.setattr(packed_layer.Matrix, "in_bytes", cut)
    else:
        original = make._worth
        monkeypatch.setattr(make, "_worth", lambda *args: original(*args) + 50)
    monkeypatch.setattr(
        packed_layer.PackedLayer, "prefers_events", lambda self, _: not self.in_bytes
    )
    caught(networks(("LIF",), tops=(3000,) if part == "high byte" else (1, 127)))


def test_without_the_compiler():
    """The same networks on the generic kernels."""
    env = os.environ | {
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": os.pathsep.join(
            [os.environ.get("PYTHONPATH", ""), os.path.dirname(__file__)]
        ),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", integer_networks.__file__],
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == [*STEPPED, *COUNTING]
