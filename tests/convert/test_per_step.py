"""Equation 10: a batch norm applied in every step, against the folded bias that enters once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from refsnn.activations import QCFS
from refsnn.codings.bits import encode, horner
from refsnn.convert import SNNMeetsANN
from refsnn.convert.per_step import analog_edges, per_step, shifted_beta
from refsnn.engines import run
from refsnn.errors import UnsupportedError
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.neurons import BitSerial, Readout
from refsnn.ops import Add, AvgPool2d, BatchNorm, Conv2d, GlobalAvgPool, Linear
from refsnn.snn import SNN


def norm(rng, channels):
    """Dyadic, sigma included: with eps 0 every division is exact."""
    return {
        "weight": rng.integers(-4, 5, channels) / 4,
        "bias": rng.integers(-8, 9, channels) / 4,
        "running_mean": rng.integers(-8, 9, channels) / 4,
        "running_var": 4.0 ** rng.integers(-1, 2, channels),
    }


@given(seed=st.integers(0, 999), steps=st.integers(1, 8))
def test_t_applications_add_up_to_one(seed, steps):
    """In T-ths, so that beta_c is exact for every T."""
    rng = np.random.default_rng(seed)
    op, params, bias = BatchNorm(eps=0.0), norm(rng, 3), rng.integers(-4, 5, 3) * 1.0
    currents = rng.integers(-9, 10, (steps, 2, 3)) / 4
    scaled = {
        **params,
        "bias": params["bias"] * steps,
        "running_mean": params["running_mean"] * steps,
    }
    beta = shifted_beta(scaled, 0.0, bias * steps, steps)  # eq: snn_meets_ann.10
    each = {**scaled, "bias": beta}
    # one step sees its own current and the bias in full
    parts = [op.apply(each, (frame + bias) * steps) for frame in currents]
    once = op.apply(params, currents.sum(0) + bias)
    assert_array_equal(np.sum(parts, axis=0), once * steps)  # eq: snn_meets_ann.9


def test_without_the_shift_the_sum_is_off_by_a_constant():
    """(T - 1) (beta - gamma (mu - c) / sigma), per channel."""
    rng = np.random.default_rng(0)
    op, params, bias, steps = BatchNorm(eps=0.0), norm(rng, 3), np.array([1.0, -2.0, 0.5]), 4
    currents = rng.integers(-9, 10, (steps, 2, 3)) / 4
    parts = sum(op.apply(params, frame + bias) for frame in currents)
    gain = params["weight"] / np.sqrt(params["running_var"])
    off = (steps - 1) * (params["bias"] - gain * (params["running_mean"] - bias))
    assert off.all()
    assert_array_equal(parts - op.apply(params, currents.sum(0) + bias), np.stack([off, off]))


@given(seed=st.integers(0, 999), bits=st.integers(1, 5))
def test_horner_wants_all_levels_in_place_of_t(seed, bits):
    """It doubles what came before, so ``2**T - 1`` applications add up to one."""
    rng = np.random.default_rng(seed)
    op, params, top = BatchNorm(eps=0.0), norm(rng, 3), 2**bits - 1
    level = rng.integers(0, top + 1, (2, 3))
    scaled = {k: v if k in ("weight", "running_var") else v * top for k, v in params.items()}

    def applied(steps):
        each = {**scaled, "bias": shifted_beta(scaled, 0.0, 0.0, steps)}
        return horner(encode(level, bits), lambda s: op.apply(each, s * float(top)))[-1]

    once = op.apply(params, level.astype(float)) * top
    assert_array_equal(applied(top), once)
    assert np.allclose(applied(bits), once) == (bits == 1 or not constant(params).any())


def constant(params):
    """What a batch norm gives for 0."""
    gain = params["weight"] / np.sqrt(params["running_var"])
    return params["bias"] - gain * params["running_mean"]


def test_worked_example():
    """gamma 1, sigma 1/2, mu 1/8, beta 3/8, T = 3: beta_c = 0.2916667, steps 2.04, -0.46, 0.29."""
    params = {"weight": [1.0], "bias": [0.375], "running_mean": [0.125], "running_var": [0.25]}
    params = {k: np.array(v) for k, v in params.items()}
    beta = shifted_beta(params, 0.0, 0.0, 3)
    assert beta.item() == pytest.approx(0.2916667, abs=5e-8)
    steps = [
        BatchNorm(eps=0.0).apply({**params, "bias": beta}, np.array([[current]])).item()
        for current in (1.0, -0.25, 0.125)
    ]
    assert steps == pytest.approx([2.0416667, -0.4583333, 0.2916667], abs=5e-8)
    assert sum(steps) == pytest.approx(1.875, abs=1e-15)


def normed_network(seed, levels):
    """Convolutions with and without bias before a batch norm, one norm behind a pool, a shortcut."""
    act = QCFS(levels=levels)
    nodes = (
        Node("conv0", Conv2d(3, 3, padding=1), (INPUT,)),
        Node("bn0", BatchNorm(eps=0.0), ("conv0",)),
        Node("act0", act, ("bn0",)),
        Node("conv1", Conv2d(3, 3, padding=1, bias=False), ("act0",)),
        Node("bn1", BatchNorm(eps=0.0), ("conv1",)),
        Node("act1", act, ("bn1",)),
        Node("conv2", Conv2d(3, 3, padding=1), ("act1",)),
        Node("bn2", BatchNorm(eps=0.0), ("conv2",)),
        Node("short", Conv2d(3, 1), ("act0",)),
        Node("bn3", BatchNorm(eps=0.0), ("short",)),
        Node("add", Add(), ("bn2", "bn3")),
        Node("act2", act, ("add",)),
        Node("conv3", Conv2d(3, 1), ("act2",)),
        Node("pool", AvgPool2d(2), ("conv3",)),
        Node("bn4", BatchNorm(eps=0.0), ("pool",)),
        Node("act3", act, ("bn4",)),
        Node("mean", GlobalAvgPool(), ("act3",)),
        Node("fc", Linear(3), ("mean",)),
    )
    graph, rng = initialise((2, 4, 4), nodes, seed), np.random.default_rng(seed)
    params = {k: rng.integers(-4, 5, v.shape) / 4 for k, v in graph.params.items()}
    for name in ("bn0", "bn1", "bn2", "bn3", "bn4"):
        params |= {f"{name}.{k}": v for k, v in norm(rng, 3).items()}
    for i in range(4):
        params[f"act{i}.lambda"] = np.asarray(levels / 2)
    return graph.with_params(params)


def literally(graph: Graph, steps: int) -> SNN:
    """The paper's route: every batch norm stays, shifted, and is applied in every step."""
    neurons = {
        f"act{i}": BitSerial(
            theta=graph.params[f"act{i}.lambda"] / (2**steps - 1),
            t_out=steps,
            bias_plan="every_frame",
        )
        for i in range(4)
    }
    readout = Readout(bias_plan="every_frame", kind="sum")
    return SNN(per_step(graph, steps), neurons, readout, 1, reference=graph)


@given(seed=st.integers(0, 999), steps=st.sampled_from([1, 2, 4]))
def test_shifted_norms_and_the_folded_form_agree(seed, steps):
    """Bit for bit: levels, spikes, logits (T a power of two, all else dyadic)."""
    graph = normed_network(seed, 2**steps - 1)
    x = np.random.default_rng(seed).integers(-8, 17, (3, 2, 4, 4)) / 8
    folded, _ = SNNMeetsANN(steps=steps).convert(graph)
    one, two = run(literally(graph, steps), x), run(folded, x)
    for name in folded.neurons:
        assert_array_equal(one.counts[name], two.counts[name])
        assert_array_equal(one.charges[name], two.charges[name])
    assert_array_equal(one.logits, two.logits)


def test_an_unshifted_norm_is_caught():
    graph = normed_network(3, 15)
    snn = literally(graph, 4)
    x = np.random.default_rng(3).integers(-8, 17, (3, 2, 4, 4)) / 8
    bare = replace(snn, graph=graph)
    assert not np.array_equal(run(snn, x).logits, run(bare, x).logits)


def test_what_is_shifted():
    """The image comes once: its layers keep their bias. A layer before a norm keeps it, too."""
    graph = normed_network(0, 15)
    changed = per_step(graph, 4)
    kept = {k for k, v in graph.params.items() if np.array_equal(v, changed.params[k])}
    biases = {k for k in graph.params if k.endswith(".bias")}
    assert biases - kept == {
        "bn1.bias",
        "bn2.bias",
        "bn3.bias",
        "conv3.bias",
        "bn4.bias",
        "fc.bias",
    }
    assert set(graph.params) - biases <= kept
    assert_array_equal(changed.params["fc.bias"], graph.params["fc.bias"] / 4)
    assert analog_edges(graph) == {INPUT, "conv0", "bn0"}


def test_where_the_image_meets_a_train_there_is_no_one_t():
    nodes = (
        Node("conv0", Conv2d(2, 1), (INPUT,)),
        Node("act0", QCFS(levels=3), ("conv0",)),
        Node("conv1", Conv2d(2, 1), ("act0",)),
        Node("add", Add(), ("conv1", "conv0")),
        Node("act1", QCFS(levels=3), ("add",)),
        Node("mean", GlobalAvgPool(), ("act1",)),
        Node("fc", Linear(2), ("mean",)),
    )
    graph = initialise((2, 2, 2), nodes, 0)
    with pytest.raises(UnsupportedError, match="add: the image and a train of bits meet"):
        SNNMeetsANN(steps=2, carry_bias="per_step").convert(graph)
    x = np.random.default_rng(0).uniform(-1, 1, (3, 2, 2, 2))
    from refsnn.convert import Calibration

    _, report = SNNMeetsANN(steps=2).convert(graph, Calibration(x))
    assert report.claim.held
