"""Replay of ``qcfs.npz``: the authors' activation, IF neuron and networks. Layout: data/qcfs.md."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from ledger import Group, Kind
from networks import Built, Levels, mlp, resnet

from refsnn.activations import QCFS
from refsnn.ann import evaluate, references
from refsnn.convert import QCFSConversion
from refsnn.engines import run
from refsnn.neurons import IF, Step, respond
from refsnn.passes import fold_batch_norm
from refsnn.snn import SNN

EXCEPTIONS: dict[str, str] = {}
"""Fields that are neither inputs nor compared, by pattern, with the reason."""

GRADIENT = 3e-7
"""dy/dlambda: automatic differentiation sums the same terms in another order of roundings."""
UNIT_SLOPE = 6e-8
"""dy/dz: the note states this deviation from 1, where dividing by L is not exact."""
MEMBRANE = 5e-5
"""v_end of non-dyadic networks: the note states it, for another library's order of summation."""
OUTPUT = 1e-6
"""Output currents and logits of non-dyadic networks, for the same reason."""
POOL = 2
"""The stem's average pool, converted from a max pool of this side."""
BN_EPS = 1e-5
NEAR_TIE = 1e-5
"""In units of theta: closer than this, float32 cannot tell which side of a tie it is on."""
MEAN = re.compile(r"B(?:_[a-z])?_ann_mean_L(\d+)")
"""The names of these fields tell the values of T the file is about."""


def power_of_two(n: int) -> bool:
    return n & (n - 1) == 0


def activation(group: Group) -> None:
    """A: value and gradients, elementwise (each element is given a threshold of its own)."""
    levels, z = group.number("L"), group.use("z")
    params = {"lambda": np.broadcast_to(group.use("lambda"), z.shape)}
    op = QCFS(levels, gradient="floor_first", as_released=True)
    y, saved = op.forward(params, z[None])  # eq: qcfs.1
    (dz,), grads = op.backward(params, saved, np.ones_like(y))  # eq: qcfs.3
    exact_step = power_of_two(levels)
    group.compare("y", y[0])
    group.compare("dydz", dz[0], 0 if exact_step else UNIT_SLOPE)
    group.compare("dydlambda", grads["lambda"], 0 if exact_step and group.dyadic else GRADIENT)


def neuron(group: Group) -> None:
    """B: one IF neuron per column."""
    x, theta = group.use("x"), group.use("theta")
    steps: list[Step] = []
    released = IF(theta=theta, as_released=True)
    spikes = respond(released, x, probe=lambda _phase, _current, step: steps.append(step)).spikes
    group.compare("spk", spikes)  # eq: qcfs.4 qcfs.5
    group.compare("v_norm", np.stack([step.state.v for step in steps]))  # eq: qcfs.6
    for name in group.names(r"ann_mean_L(\d+)"):
        levels = int(name[1])
        mean = x[:levels].mean(0, dtype=np.float64).astype(np.float32)
        value = QCFS(levels, as_released=True).apply({"lambda": theta}, mean[None])
        group.compare(name[0], value[0])
    if group.has("n_const"):
        constant_drive(x[:, : int(group.use("n_const"))], spikes, theta, exact=group.dyadic)
    if group.has("n_var"):
        start = int(group.peek("n_const")) if group.has("n_const") else 0
        columns = slice(start, start + int(group.use("n_var")))
        conservation(x[:, columns].astype(np.float64), float(theta))


def constant_drive(x: np.ndarray, spikes: np.ndarray, theta: np.ndarray, exact: bool) -> None:
    """Eq. (11) after every step: the count of a constant drive is the T-level activation.

    On a tie, non-dyadic float32 sums may fall on either side: such columns are left out there.
    """
    assert np.all(x == x[0])
    for steps in range(1, len(x) + 1):
        position = steps * x[0].astype(np.float64) / float(theta) + 0.5
        level = np.clip(np.floor(position), 0, steps)  # eq: qcfs.9
        settled = exact | (np.abs(position - np.round(position)) > NEAR_TIE)
        counts = spikes[:steps, : x.shape[1]].sum(0)
        assert np.array_equal(counts[settled], level[settled])


def conservation(x: np.ndarray, theta: float) -> None:
    """Charge in is spikes out plus what the membrane gained, for drives that vary in time."""
    response = respond(IF(theta=theta), x)
    left = response.state.v - theta / 2
    np.testing.assert_allclose(
        theta * response.spikes.sum(0) + left, x.sum(0), rtol=1e-12, atol=1e-12
    )


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
    theta = [network.neurons[name].theta for name in built.acts]
    group.compare("theta", np.array(theta, np.float32))


def thresholds(group: Group) -> np.ndarray:
    """Learned lambdas in the order of the activations: from the modules, else from ``theta``."""
    if group.has("act_names") and group.has(f"p_{group.peek('act_names')[0]}.up"):
        return np.array([group.use(f"p_{name}.up")[0] for name in group.use("act_names")])
    return group.use("theta")


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
    """The stated tolerance; none where float32 is exact."""
    return 0.0 if group.dyadic else tol


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

    A sample in which some membrane of a non-dyadic network comes within `NEAR_TIE` of its
    threshold is left out: there float32 decides by its roundings.
    """
    network, _ = QCFSConversion(steps=frames(group)).convert(built.exact())
    outcome = run(network, group.use("x").astype(np.float64), record=None)
    samples = np.ones(len(group.use("x")), bool)
    for name in () if group.dyadic else built.acts:
        gap = np.abs(outcome.traces[name].u / network.neurons[name].theta - 1)
        samples &= gap.min(axis=(0, *range(2, gap.ndim))) > NEAR_TIE
    assert samples.any()
    for i, name in enumerate(built.acts):
        fired = outcome.traces[name].fired
        if group.has(f"snn_spk{i}"):
            given = np.unpackbits(group.peek(f"snn_spk{i}"), count=fired.size).reshape(fired.shape)
            assert np.array_equal(fired[:, samples], given[:, samples])
        if group.has(f"snn_cum{i}"):
            counts = fired.cumsum(0)[np.array(times(group, i, len(fired))) - 1]
            assert np.array_equal(counts[:, samples], group.peek(f"snn_cum{i}")[:, samples])


KINDS = (
    Kind("A", r"A_L(?P<L>\d+)(?:_(?P<kind>[a-z]))?", "z", activation),
    Kind("B", r"B(?:_(?P<kind>[a-z]))?", "x", neuron),
    Kind("C", r"C(?:_(?P<kind>[a-z]))?", "x", perceptron, exact_perceptron),
    Kind("D", r"D(?:_(?P<kind>[a-z]))?", "x", convolutional, exact_convolutional),
)
