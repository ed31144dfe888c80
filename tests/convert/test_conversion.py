"""Conversion methods: what they build, what they report, what they refuse."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import Shape, graph_of, images
from laws.tiny import one_neuron
from numpy.testing import assert_array_equal

from refsnn.activations import Clip, ReLU
from refsnn.convert import (
    METHODS,
    Calibration,
    PascalConversion,
    QCFSConversion,
    method_class,
    with_settings,
)
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import Graph, Node, initialise
from refsnn.models import mlp, small_cnn
from refsnn.neurons import IF, Pascal
from refsnn.ops import OPS, Dropout, Flatten, Linear

LABELS = np.array([0, 1, 2])


def calibration(seed=0):
    return Calibration(images(seed), LABELS)


def network(**shape):
    return graph_of(Shape(**{"levels": (4, 2, 3), **shape}), 0)


@given(
    lam=st.floats(0.01, 100),
    levels=st.integers(1, 64),
    steps=st.integers(1, 9),
)
def test_qcfs_threshold_is_lambda(lam, levels, steps):
    """To the bit: (lambda / L) * L is another number for one lambda in six."""
    snn = QCFSConversion(steps=steps).convert(one_neuron(levels=levels, lam=lam))[0]
    assert snn.neurons["act"] == IF(theta=np.asarray(lam))
    assert snn.input_frames == steps


@given(lam=st.floats(0.01, 100), levels=st.integers(1, 64))
def test_pascal_threshold_is_lambda_by_l(lam, levels):
    snn = PascalConversion().convert(one_neuron(levels=levels, lam=lam))[0]
    assert snn.neurons["act"].theta == lam / levels
    assert snn.neurons["act"].t_out == levels
    assert snn.input_frames == 1


def test_thresholds_per_channel_broadcast_over_pixels():
    for method in (QCFSConversion(), PascalConversion()):
        snn = method.convert(network(per_channel=True))[0]
        assert all(neuron.theta.shape == (3, 1, 1) for neuron in snn.neurons.values())


def test_settings_travel_with_the_network():
    assert dict(QCFSConversion(steps=7).convert(network())[0].settings) == {
        "steps": 7,
        "snap": None,
    }
    snn, report = PascalConversion(snap=3).convert(network())
    assert snn.method == report.method == "pascal"
    settings = {"as_released": False, "energy_model": False, "snap": 3}
    assert dict(snn.settings) == report.settings == settings


def test_without_data_nothing_is_claimed():
    _, report = PascalConversion().convert(network())
    assert report.evaluation is None
    assert report.claim.observed is None
    assert report.claim.held is None
    assert report.to_dict()["claim_held"] is None


@pytest.mark.parametrize(
    "method", [QCFSConversion(steps=3), PascalConversion(), PascalConversion(snap=4)]
)
@pytest.mark.parametrize("labels", [None, LABELS])
def test_report_is_json(method, labels):
    snn, report = method.convert(network(), Calibration(images(0), labels))
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert data["steps"] == dict(snn.frames)
    assert data["claim_held"] is True
    assert data["wrong_counts"] == data["evaluation"]["wrong_counts"]
    assert [layer["name"] for layer in data["evaluation"]["layers"]] == list(snn.neurons)
    assert set(data["semantics"]) == {*snn.neurons, "fc"}
    assert (data["evaluation"]["ann_accuracy"] is None) == (labels is None)


def test_steps_of_every_layer():
    _, report = PascalConversion().convert(network())
    assert [report.steps[f"act{i}"] for i in range(4)] == [4, 2, 3, 4]
    _, report = QCFSConversion(steps=6).convert(network())
    assert {report.steps[f"act{i}"] for i in range(4)} == {6}


def with_dropout():
    graph = network(residual=False, pool="none")
    nodes = [replace(n, inputs=("drop",)) if n.name == "conv3" else n for n in graph.nodes]
    return Graph(graph.input_shape, (*nodes, Node("drop", Dropout(0.5), ("act0",))), graph.params)


@pytest.mark.parametrize("method", [QCFSConversion(), PascalConversion()])
def test_dropout_is_listed_as_skipped(method):
    snn, report = method.convert(with_dropout())
    (skipped,) = report.skipped
    assert (skipped.node, skipped.op) == ("drop", "Dropout")
    assert "removed" in skipped.why
    assert "drop" not in {node.name for node in snn.graph.nodes}
    assert method.convert(network())[1].skipped == ()


def test_batch_norm_is_folded_and_data_float64():
    from refsnn.activations import QCFS

    graph = small_cnn((1, 8, 8), 4, QCFS(levels=4, lambda_init=2.0), seed=0, width=3)
    x = np.random.default_rng(0).uniform(0, 1, (4, 1, 8, 8)).astype(np.float32)
    snn, report = PascalConversion().convert(graph, Calibration(x))
    kinds = {type(node.op).__name__ for node in snn.graph.nodes}
    assert "BatchNorm" not in kinds
    assert {p.dtype for p in snn.graph.params.values()} == {np.dtype(np.float64)}
    assert report.claim.held


@pytest.mark.parametrize("method", [QCFSConversion(), PascalConversion()])
@pytest.mark.parametrize("op", [ReLU(), Clip()])
def test_networks_without_levels_are_refused(method, op):
    graph = mlp((1, 4, 4), 3, op, seed=0, width=4)
    kind = type(op).__name__
    with pytest.raises(
        UnsupportedError, match=rf"act0: {method.name} .* expected QCFS, got {kind}"
    ):
        method.convert(graph)


@pytest.mark.parametrize("method", [QCFSConversion(), PascalConversion()])
def test_network_without_activation_is_refused(method):
    nodes = (Node("flat", Flatten(), ("input",)), Node("fc", Linear(2), ("flat",)))
    with pytest.raises(UnsupportedError, match="no activation to convert"):
        method.convert(initialise((1, 2, 2), nodes, 0))


def test_maximum_pooling_is_refused_by_rate_coding_only():
    graph = network(pool="max")
    with pytest.raises(UnsupportedError, match=r"^pool: MaxPool2d does not commute"):
        QCFSConversion().convert(graph)
    _, report = PascalConversion().convert(graph, calibration())
    assert report.claim.held


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_operation_has_a_verdict(method):
    support = METHODS[method].support
    assert set(support) == set(OPS)
    assert all(entry.why for entry in support.values())


def test_methods_have_names():
    assert method_class("pascal") is PascalConversion
    with pytest.raises(InputError, match="unknown method 'pasacl'; did you mean 'pascal'"):
        method_class("pasacl")


def test_settings_by_name():
    assert with_settings(QCFSConversion, {"steps": 8, "snap": 5}) == QCFSConversion(steps=8, snap=5)
    with pytest.raises(InputError, match="qcfs: unknown setting 'step'; did you mean 'steps'"):
        with_settings(QCFSConversion, {"step": 8})


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        (QCFSConversion, "steps", "8"),
        (QCFSConversion, "steps", 8.0),
        (QCFSConversion, "steps", True),
        (PascalConversion, "as_released", 1),
        (PascalConversion, "snap", "4"),
    ],
)
def test_settings_have_types(method, name, value):
    with pytest.raises(InputError, match=name):
        with_settings(method, {name: value})


@pytest.mark.parametrize("steps", [0, -3, 2.5, True])
def test_steps_are_a_whole_number(steps):
    with pytest.raises(InputError, match="^steps: not a number of steps"):
        QCFSConversion(steps=steps)


@pytest.mark.parametrize("bits", range(0, 9))
def test_snapped_network_runs_at_level_e(bits):
    graph = network()
    rng = np.random.default_rng(bits)
    # theta is 1 or more: it does not vanish on any of these grids
    params = {k: v + 6 if k.endswith("lambda") else v for k, v in graph.params.items()}
    graph = graph.with_params({k: v * rng.uniform(1, 1.4) for k, v in params.items()})
    snn, report = PascalConversion(snap=bits).convert(graph, calibration())
    assert report.evaluation.exactness.level == "E"
    assert report.evaluation.logit_difference == 0
    assert report.claim.held
    for name, neuron in snn.neurons.items():
        assert_array_equal(neuron.theta * 2.0**bits % 1, 0)
        assert_array_equal(neuron.theta * neuron.t_out, snn.graph.params[f"{name}.lambda"])
    assert report.notes["snap"]["bits"] == bits
    assert {"accuracy_before_snap", "accuracy_after_snap"} < set(report.notes)
    largest = max(float(np.abs(snn.graph.params[k] - v).max()) for k, v in graph.params.items())
    assert report.notes["snap"]["largest_change"] == largest


def test_the_graph_that_was_given_is_untouched():
    graph = network()
    before = {k: v.tobytes() for k, v in graph.params.items()}
    PascalConversion(snap=3).convert(graph, calibration())
    assert {k: v.tobytes() for k, v in graph.params.items()} == before


def test_neurons_are_those_of_the_method():
    kinds = {type(n) for n in QCFSConversion().convert(network())[0].neurons.values()}
    assert kinds == {IF}
    released = PascalConversion(as_released=True).convert(network())[0]
    assert all(n.as_released for n in released.neurons.values())
    assert isinstance(released.neurons["act1"], Pascal)
    assert released.readout.bias_plan == "spread"
