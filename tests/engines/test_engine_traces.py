"""What a trace holds, against loops written out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from laws.dyadic_networks import Shape, graph_of, images
from numpy.testing import assert_array_equal

from refsnn.activations import QCFS
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.engines import run, run_stepped
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import Graph, Node
from refsnn.neurons import Readout
from refsnn.ops import Linear

W0, B0 = np.array([[1.0, -0.5], [0.25, 0.75], [-1.0, 0.5]]), np.array([0.25, 0.0, -0.125])
W1, B1 = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]]), np.array([0.125, -0.25])
W2, B2 = np.array([[1.0, -1.0]]), np.array([0.5])
LEVELS, THETA0, THETA1 = (4, 3), 0.25, 0.5
X = np.array([[0.75, -0.5], [1.5, 2.0], [-1.0, 0.25]])


def mlp():
    nodes = (
        Node("fc0", Linear(3), ("input",)),
        Node("act0", QCFS(levels=LEVELS[0]), ("fc0",)),
        Node("fc1", Linear(2), ("act0",)),
        Node("act1", QCFS(levels=LEVELS[1]), ("fc1",)),
        Node("fc2", Linear(1), ("act1",)),
    )
    params = {
        "fc0.weight": W0,
        "fc0.bias": B0,
        "act0.lambda": np.asarray(THETA0 * LEVELS[0]),
        "fc1.weight": W1,
        "fc1.bias": B1,
        "act1.lambda": np.asarray(THETA1 * LEVELS[1]),
        "fc2.weight": W2,
        "fc2.bias": B2,
    }
    return Graph((2,), nodes, params)


def qcfs_by_hand(x, steps):
    """Rows (current, u, fired, v) of both layers and the output, one neuron at a time."""
    lam = (THETA0 * LEVELS[0], THETA1 * LEVELS[1])
    v = [[lam[0] / 2] * 3, [lam[1] / 2] * 2]
    rows, total = {"act0": [], "act1": [], "fc2": []}, 0.0
    for _ in range(steps):
        sent = list(x)
        for layer, (weight, bias) in enumerate(((W0, B0), (W1, B1))):
            row, out = [], []
            for j in range(len(weight)):
                current = sum(weight[j][i] * sent[i] for i in range(len(sent))) + bias[j]
                u = v[layer][j] + current
                fired = 1 if u >= lam[layer] else 0
                v[layer][j] = u - lam[layer] * fired
                row.append((current, u, fired, v[layer][j]))
                out.append(lam[layer] * fired)
            rows[f"act{layer}"].append(row)
            sent = out
        current = sum(W2[0][i] * sent[i] for i in range(2)) + B2[0]
        total += current
        rows["fc2"].append([(current, total, 0, total)])
    return rows, total / steps


def as_rows(trace, sample):
    """The trace of one sample in the form of the loops."""
    columns = (
        trace.current[:, sample],
        trace.u[:, sample],
        trace.fired[:, sample],
        trace.v[:, sample],
    )
    return [
        [tuple(float(c[s, j]) for c in columns) for j in range(columns[0].shape[1])]
        for s in range(len(trace.phase))
    ]


@pytest.mark.parametrize("steps", [1, 4, 5])
@pytest.mark.parametrize("engine", [run, run_stepped])
def test_rate_coded_trace(engine, steps):
    outcome = engine(QCFSConversion(steps=steps).convert(mlp())[0], X, record=None)
    for sample, x in enumerate(X.tolist()):
        rows, logit = qcfs_by_hand(x, steps)
        for name, wanted in rows.items():
            assert as_rows(outcome.traces[name], sample) == wanted
        assert outcome.logits[sample, 0] == logit
    for name, phase in (("act0", "fire"), ("act1", "fire"), ("fc2", "absorb")):
        assert outcome.traces[name].phase.tolist() == [phase] * steps
        assert outcome.traces[name].t.tolist() == list(range(1, steps + 1))


def pascal_layer_by_hand(trains, weight, bias, theta, t_out):
    """One hidden PASCAL layer on the transmitted frames of one sample."""
    columns, spikes = [], []
    t_in = len(trains)
    for j in range(len(weight)):
        v, count, rows, out = theta / 2 + bias[j], 0, [], []
        for frame in trains:
            current = sum(w * s for w, s in zip(weight[j], frame, strict=True))
            u = v + current
            net = 1 if u >= theta else 0
            v, count = u - theta * net, count + net
            rows.append((current, u, net, v))
        for _ in range(max(t_in, t_out) - 1):
            u = v
            net = 1 if u >= theta else (-1 if u < 0 else 0)
            v, count = u - theta * net, count + net
            rows.append((0.0, u, net, v))
        for t in range(1, t_out + 1):
            fired = 1 if count >= t else 0
            rows.append((0.0, count, fired, v))
            out.append(theta * fired)
        columns.append(rows)
        spikes.append(out)
    return [list(row) for row in zip(*columns, strict=True)], list(zip(*spikes, strict=True))


def first_layer_by_hand(x):
    """The first layer: absorb once, then drain."""
    rows, spikes = [], []
    for weights, bias in zip(W0, B0, strict=True):
        current = sum(w * a for w, a in zip(weights, x, strict=True))
        v = THETA0 / 2 + bias + current
        column, out = [(current, v, 0, v)], []
        for _ in range(LEVELS[0]):
            fired = 1 if v >= THETA0 else 0
            column.append((0.0, v, fired, v - THETA0 * fired))
            v -= THETA0 * fired
            out.append(THETA0 * fired)
        rows.append(column)
        spikes.append(out)
    return [list(row) for row in zip(*rows, strict=True)], list(zip(*spikes, strict=True))


def test_pascal_trace():
    outcome = run(PascalConversion().convert(mlp())[0], X, record=None)
    for sample, x in enumerate(X.tolist()):
        first, train = first_layer_by_hand(x)
        assert as_rows(outcome.traces["act0"], sample) == first
        second, train = pascal_layer_by_hand(train, W1, B1, THETA1, LEVELS[1])
        assert as_rows(outcome.traces["act1"], sample) == second
        logit = B2[0] + sum(W2[0][i] * frame[i] for frame in train for i in range(2))
        assert outcome.logits[sample, 0] == logit
    trace = outcome.traces["act1"]
    assert trace.phase.tolist() == ["integrate"] * 4 + ["relax"] * 3 + ["emit"] * 3
    assert trace.t.tolist() == [1, 2, 3, 4, 1, 2, 3, 1, 2, 3]
    assert outcome.traces["act0"].phase.tolist() == ["absorb"] + ["emit"] * 4


def test_summary_agrees_with_the_trace():
    snn = PascalConversion().convert(graph_of(Shape(levels=(4, 2, 3)), 1))[0]
    outcome = run(snn, images(1), record=None)
    for name, neuron in snn.neurons.items():
        trace = outcome.traces[name]
        sent = trace.fired[trace.phase == "emit"].sum(axis=0)
        assert_array_equal(outcome.counts[name], sent)
        assert_array_equal(outcome.sums[name], sent * neuron.theta)


def test_only_named_layers_are_recorded():
    snn = PascalConversion().convert(mlp())[0]
    assert list(run(snn, X).traces) == []
    assert list(run(snn, X, record=["act1"]).traces) == ["act1"]
    assert list(run(snn, X, record=None).traces) == ["act0", "act1", "fc2"]


@pytest.mark.parametrize("engine", [run, run_stepped])
def test_recording_an_unknown_layer_is_an_error(engine):
    with pytest.raises(InputError, match="act9"):
        engine(QCFSConversion().convert(mlp())[0], X, record=["act9"])


def test_layer_wise_neurons_cannot_run_stepped():
    with pytest.raises(
        UnsupportedError, match="act0: a layer-wise neuron cannot run frame by frame"
    ):
        run_stepped(PascalConversion().convert(mlp())[0], X)


@pytest.mark.parametrize("plan", ["every_frame", "once", "spread"])
@pytest.mark.parametrize("kind", ["mean", "sum"])
@pytest.mark.parametrize("engine", [run, run_stepped])
def test_readout_bias_enters_by_its_plan(engine, plan, kind):
    """In both engines: T times in full, once, or T times a T-th. T = 4 keeps all of it exact."""
    from dataclasses import replace

    plain = QCFSConversion(steps=4).convert(mlp())[0]
    snn = replace(plain, readout=Readout(bias_plan=plan, kind=kind))
    without = replace(snn, graph=mlp().with_params({"fc2.bias": np.zeros(1)}))
    factor = (4 if plan == "every_frame" else 1) / (4 if kind == "mean" else 1)
    outcome = engine(snn, X)
    assert_array_equal(outcome.logits - engine(without, X).logits, np.full((3, 1), B2[0] * factor))
    total = 4 if kind == "mean" else 1
    assert_array_equal(outcome.charges["fc2"], outcome.logits * total)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 3)), r"input data: shape does not fit .* expected \('B', 2\), got \(2, 3\)"),
        (np.zeros((2, 2), int), "input data: the network runs on floats"),
        (np.array([[np.nan, 0]]), "input data: data are not finite"),
        (np.zeros((0, 2)), "no samples"),
    ],
)
@pytest.mark.parametrize("engine", [run, run_stepped])
def test_data_that_do_not_fit(engine, x, message):
    with pytest.raises(InputError, match=message):
        engine(QCFSConversion().convert(mlp())[0], x)
