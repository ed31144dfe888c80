"""Replay of ``qcfs.npz``, the networks: C (linear) and D (residual). Layout: data/qcfs.md."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from oracle import ties
from oracle.ledger import Group
from oracle.networks import Built, Levels, activations, mlp, resnet

from refsnn.ann import evaluate, references
from refsnn.convert import QCFSConversion
from refsnn.engines import run
from refsnn.passes import fold_batch_norm
from refsnn.snn import SNN

MEMBRANE = 5e-5
"""v_end of non-dyadic networks: the file beside the data states it, for another library's order of summation."""
OUTPUT = 1e-6
"""Output currents and logits of non-dyadic networks, for the same reason."""
POOL = 2
"""The stem's average pool, converted from a max pool of this side."""
BN_EPS = 1e-5
MEAN = re.compile(r"B(?:_[a-z])?_ann_mean_L(\d+)")
"""The names of these fields tell the values of T the file is about."""


def perceptron(group: Group) -> None:
    """C: linear layers."""
    lambdas = group.use("theta")
    acts = len(lambdas)
    ann(group, lambda levels: mlp(group, levels, lambdas), acts)
    snn(group, mlp(group, [1] * acts, lambdas))


def convolutional(group: Group) -> None:
    """D: convolutions, batch norm, residual blocks."""
    lambdas = thresholds(group)

    def build(levels: Levels) -> Built:
        return resnet(group, levels, lambdas, POOL, BN_EPS)

    ann(group, build, len(lambdas))
    folding(group, build, len(lambdas))
    built = build([1] * len(lambdas))
    if group.has("act_names"):
        assert list(group.use("act_names")) == built.acts
    network = snn(group, built)
    if learned(group) is not None:
        theta = [network.neurons[name].theta for name in built.acts]
        group.compare("theta", np.array(theta, np.float32))


def learned(group: Group) -> np.ndarray | None:
    """The lambdas of the modules, in the order of the activations, if the file has them."""
    names = group.use("act_names") if group.has("act_names") else activations(group)
    if not all(group.has(f"p_{name}.up") for name in names):
        return None
    return np.array([group.use(f"p_{name}.up").item() for name in names], np.float32)


def thresholds(group: Group) -> np.ndarray:
    """Those, else the thresholds of the neurons."""
    lambdas = learned(group)
    return group.use("theta") if lambdas is None else lambdas


def ann(group: Group, build: Callable[[Levels], Built], acts: int) -> None:
    """The source network at every L the file has."""
    for levels in sorted({int(m[1]) for m in group.names(r"annL(\d+)_\w+")}):
        built = build([levels] * acts)
        values = evaluate(built.graph, group.use("x"))
        layers = references(built.graph, values)
        for i, name in enumerate(built.acts):
            group.compare(f"annL{levels}_cnt{i}", layers[name].level)
        group.compare(f"annL{levels}_logits", values[built.graph.output], close(group, OUTPUT))


def folding(group: Group, build: Callable[[Levels], Built], acts: int) -> None:
    """Folded weights and biases, and the network made of them."""
    folded = fold_batch_norm(build([1] * acts).graph).astype(np.float32)
    for name in group.names(r"fold_(.+\.(?:weight|bias))"):
        group.compare(name[0], folded.params[name[1]], OUTPUT)
    for name in group.names(r"fold_annL(\d+)_logits"):
        graph = fold_batch_norm(build([int(name[1])] * acts).graph)
        values = evaluate(graph, group.use("x"))
        group.compare(name[0], values[graph.output], close(group, OUTPUT))


def close(group: Group, tol: float) -> float:
    """The stated tolerance; none where float32 is exact: dyadic values and no batch norm."""
    norms = any(group.names(r"p_.+\.running_var"))
    return 0.0 if group.dyadic and not norms else tol


def snn(group: Group, built: Built) -> SNN:
    """The spiking network: every spike, count, membrane and output current."""
    steps = frames(group)
    plain = QCFSConversion(steps=steps).build(built.graph)
    neurons = {name: replace(neuron, as_released=True) for name, neuron in plain.neurons.items()}
    network = replace(plain, neurons=neurons)
    outcome = run(network, group.use("x"), record=None)
    for i, name in enumerate(built.acts):
        trace = outcome.traces[name]
        spiking(group, i, trace.fired)
        group.compare(f"v_end{i}", trace.v[-1], close(group, MEMBRANE))
    currents = outcome.traces[built.graph.output].current
    group.compare("snn_out", currents, close(group, OUTPUT))
    return network


def spiking(group: Group, i: int, fired: np.ndarray) -> None:
    """Spikes of one layer, packed, and their counts after some steps."""
    group.compare(f"snn_spk{i}", np.packbits(fired.astype(np.uint8)))
    group.compare(f"snn_shape{i}", np.array(fired.shape))
    if group.has(f"snn_cum{i}"):
        counts = fired.cumsum(0, dtype=np.int64)
        group.compare(f"snn_cum{i}", counts[np.array(times(group, i, len(fired))) - 1])


def frames(group: Group) -> int:
    """T, from whichever field tells it."""
    if group.has("snn_out"):
        return len(group.peek("snn_out"))
    if group.has("snn_shape0"):
        return int(group.peek("snn_shape0")[0])
    return max(times(group, 0, 2 ** (len(group.peek("snn_cum0")) - 1)))


def times(group: Group, i: int, steps: int) -> list[int]:
    """The steps at which counts were taken: the file's own values of T, else powers of two."""
    rows = len(group.peek(f"snn_cum{i}"))
    named = {int(m[1]) for m in map(MEAN.fullmatch, group.ledger.fields) if m}
    doubling = [2**k for k in range(steps.bit_length())]
    for candidate in (sorted(named), doubling, list(range(1, steps + 1))):
        if len(candidate) == rows and candidate[-1] <= steps:
            return candidate
    raise AssertionError(f"{group.prefix}_snn_cum{i}: cannot tell the steps of its {rows} rows")


def exact_perceptron(group: Group) -> None:
    exact_spikes(group, mlp(group, [1] * len(lambdas := group.use("theta")), lambdas))


def exact_convolutional(group: Group) -> None:
    lambdas = thresholds(group)
    exact_spikes(group, resnet(group, [1] * len(lambdas), lambdas, POOL, BN_EPS))


def exact_spikes(group: Group, built: Built) -> None:
    """The library's own neurons in float64, batch norm folded: the same spikes.

    A sample in which some membrane of a non-dyadic network comes within `ties.NEAR` of its
    threshold is left out: there float32 decides by its roundings.
    """
    network, _ = QCFSConversion(steps=frames(group)).convert(built.exact())
    outcome = run(network, group.use("x").astype(np.float64), record=None)
    samples = np.ones(len(group.use("x")), bool)
    for name in () if group.dyadic else built.acts:
        gap = np.abs(outcome.traces[name].u / network.neurons[name].theta - 1)
        samples &= gap.min(axis=(0, *range(2, gap.ndim))) > ties.NEAR
    assert samples.any()
    for i, name in enumerate(built.acts):
        fired = outcome.traces[name].fired
        if group.has(f"snn_spk{i}"):
            given = np.unpackbits(group.peek(f"snn_spk{i}"), count=fired.size).reshape(fired.shape)
            assert np.array_equal(fired[:, samples], given[:, samples])
        if group.has(f"snn_cum{i}"):
            counts = fired.cumsum(0)[np.array(times(group, i, len(fired))) - 1]
            assert np.array_equal(counts[:, samples], group.peek(f"snn_cum{i}")[:, samples])
