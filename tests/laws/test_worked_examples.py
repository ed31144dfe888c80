"""The worked examples of the papers' notes, number by number (all dyadic)."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_array_equal

from refsnn.activations import QCFS
from refsnn.ann import evaluate
from refsnn.convert import PascalConversion
from refsnn.engines import run
from refsnn.graph import Graph, Node
from refsnn.neurons import IF, Pascal, respond
from refsnn.ops import Linear


def train(*values):
    """One neuron, one sample."""
    return np.array(values, float).reshape(-1, 1, 1)


def recorded(neuron, currents):
    """(before reset, after reset, fired) of every step, as flat lists, by phase."""
    rows = {}
    response = respond(
        neuron,
        currents,
        probe=lambda phase, _, step: rows.setdefault(phase.name, []).append(
            (step.u.item(), step.state.v.item(), step.fired.item())
        ),
    )
    return rows, response.spikes.ravel().tolist()


def test_pascal_a_inhibitory_spike():
    rows, spikes = recorded(Pascal(theta=0.25, t_out=4), train(0.5, 0.375, -0.75, 0.0625))
    assert rows["integrate"] == [
        (0.625, 0.375, 1),
        (0.75, 0.5, 1),
        (-0.25, -0.25, 0),
        (-0.1875, -0.1875, 0),
    ]
    assert rows["relax"] == [(-0.1875, 0.0625, -1), (0.0625, 0.0625, 0), (0.0625, 0.0625, 0)]
    assert [u for u, _, _ in rows["emit"]] == [1, 1, 1, 1]
    assert spikes == [1, 0, 0, 0]


def test_pascal_a_plain_if_neuron_sends_two():
    _, spikes = recorded(IF(theta=0.25), train(0.5, 0.375, -0.75, 0.0625))
    assert sum(spikes) == 2


def example_b():
    nodes = (
        Node("fc0", Linear(2), ("input",)),
        Node("act0", QCFS(levels=4), ("fc0",)),
        Node("fc1", Linear(2), ("act0",)),
        Node("act1", QCFS(levels=2), ("fc1",)),
        Node("fc2", Linear(1), ("act1",)),
    )
    params = {
        "fc0.weight": [[1, 0.5], [-0.5, 1]],
        "fc0.bias": [0.0625, 1.0625],
        "act0.lambda": 1.0,
        "fc1.weight": [[2, -1.5], [-1, 1]],
        "fc1.bias": [0.25, 0.5],
        "act1.lambda": 2.0,
        "fc2.weight": [[1, 1]],
        "fc2.bias": [0.5],
    }
    return Graph((2,), nodes, {k: np.array(v, float) for k, v in params.items()})


X = np.array([[0.75, -0.25]])


def test_pascal_b_two_layers():
    graph = example_b()
    values = evaluate(graph, X)
    assert values["fc0"].tolist() == [[0.6875, 0.4375]]
    assert values["fc1"].tolist() == [[1.0, 0.25]]
    assert values["fc2"].tolist() == [[1.5]]
    outcome = run(PascalConversion().convert(graph)[0], X, record=None)
    emitted = outcome.traces["act0"].fired[outcome.traces["act0"].phase == "emit"]
    assert emitted[:, 0].T.tolist() == [[1, 1, 1, 0], [1, 1, 0, 0]]
    assert outcome.counts["act1"].tolist() == [[1, 0]]
    assert outcome.logits.tolist() == [[1.5]]


def test_pascal_b_frame_by_frame_as_released():
    """The note follows the released code: the bias comes as b / 4 in every frame."""
    snn = PascalConversion(as_released=True).convert(example_b())[0]
    trace = run(snn, X, record=["act1"]).traces["act1"]
    took = trace.phase == "integrate"
    assert trace.current[took, 0].T.tolist() == [
        [0.1875, 0.1875, 0.5625, 0.0625],
        [0.125, 0.125, -0.125, 0.125],
    ]
    assert trace.u[took, 0].T.tolist() == [[0.6875, 0.875, 1.4375, 0.5], [0.625, 0.75, 0.625, 0.75]]
    assert trace.v[took, 0].T.tolist() == [[0.6875, 0.875, 0.4375, 0.5], [0.625, 0.75, 0.625, 0.75]]
    assert (trace.phase == "relax").sum() == 3
    assert not trace.fired[trace.phase == "relax"].any()
    assert trace.fired[trace.phase == "emit", 0].T.tolist() == [[1, 0], [0, 0]]


def test_qcfs_too_many_spikes():
    rows, spikes = recorded(IF(theta=1.0), train(2, 1.5, -3, 0.25))
    assert rows["fire"] == [(2.5, 1.5, 1), (3.0, 2.0, 1), (-1.0, -1.0, 0), (-0.75, -0.75, 0)]
    assert sum(spikes) == 2


def test_qcfs_too_few_spikes():
    rows, spikes = recorded(IF(theta=1.0), train(-1, -1, 2, 2))
    assert [u for u, _, _ in rows["fire"]] == [-0.5, -1.5, 0.5, 2.5]
    assert rows["fire"][-1][1] == 1.5
    assert sum(spikes) == 1


def test_qcfs_constant_drive_is_exact():
    rows, spikes = recorded(IF(theta=1.0), train(*[0.1875] * 4))
    assert [u for u, _, _ in rows["fire"]] == [0.6875, 0.875, 1.0625, 0.25]
    assert sum(spikes) == 1
    level = QCFS(levels=4).level({"lambda": np.asarray(1.0)}, np.array([0.1875]))
    assert level.tolist() == [1]


def test_qcfs_other_t_than_l():
    """In tenths, so that 0.6 is whole: three spikes of five, against level 2 of 4."""
    rows, spikes = recorded(IF(theta=10.0), train(*[6] * 5))
    assert [u for u, _, _ in rows["fire"]] == [11, 7, 13, 9, 15]
    assert [v for _, v, _ in rows["fire"]] == [1, 7, 3, 9, 5]
    assert sum(spikes) == 3
    level = QCFS(levels=4).level({"lambda": np.asarray(10.0)}, np.array([6.0]))
    assert level.tolist() == [2]


def test_pascal_corrects_both_qcfs_examples():
    """The same charges, whose levels are 1 (of 0.75) and 2 (of 2)."""
    for drive, level in (((2, 1.5, -3, 0.25), 1), ((-1, -1, 2, 2), 2)):
        assert_array_equal(respond(Pascal(theta=1.0, t_out=4), train(*drive)).spikes.sum(0), level)
