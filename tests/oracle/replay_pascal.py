"""Replay of ``pascal.npz``: the authors' neurons. Layout: data/pascal.md."""

from typing import NamedTuple

import numpy as np
from oracle import replay_pascal_nets as nets
from oracle import ties
from oracle.ledger import Group, Kind

from fixedpoint import pascal_count
from refsnn.activations import QCFS
from refsnn.analysis.exactness import dyadic_bits
from refsnn.analysis.layerwise import layerwise
from refsnn.neurons import Pascal, PascalFirst, Phase, Step, respond

EXCEPTIONS: dict[str, str] = {}
"""Fields that are neither inputs nor compared, by pattern, with the reason: none."""
METRIC = 1e-12
"""Powers and means of five numbers in float64; bit for bit where it was tried."""


class Steps(NamedTuple):
    """What a probe saw."""

    phases: list[Phase]
    steps: list[Step]

    def __call__(self, phase: Phase, _current: np.ndarray | None, step: Step) -> None:
        self.phases.append(phase)
        self.steps.append(step)

    def compared(self, theta: np.ndarray) -> np.ndarray:
        """Argument of the authors' spike function: what was compared, less the threshold."""
        return np.stack([step.u - theta for step in self.steps])

    def fired(self) -> np.ndarray:
        """Its results: the positive spikes."""
        return np.stack([step.fired > 0 for step in self.steps])


def first_activation(group: Group) -> None:
    """A: the activation of the analog image and its train."""
    levels, x, lam = group.number("L"), group.use("x"), group.use("thresh")
    theta, seen = lam / np.float32(levels), Steps([], [])
    neuron = PascalFirst(theta=theta, t_out=levels, as_released=True, clip_at=lam)
    spikes = respond(neuron, x[None], probe=seen).spikes  # eq: pascal.4
    drained = slice(1, None)  # the one absorbing step comes before
    group.compare("ann", released(levels, lam, x))  # eq: pascal.1
    group.compare("snn", spikes * theta)
    group.compare("trace_in", seen.compared(theta)[drained])
    group.compare("trace_spk", seen.fired()[drained])


def released(levels: int, lam: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The authors' activation."""
    return QCFS(levels, as_released=True).apply({"lambda": lam}, z[None])[0]


def hidden_neuron(group: Group) -> None:
    """B: integrate, relax, emit."""
    t_out, x, lam = group.number("T2"), group.use("x"), group.use("thresh")
    theta, seen = lam / np.float32(t_out), Steps([], [])
    assert len(x) == group.number("T1")
    neuron = Pascal(theta=theta, t_out=t_out, as_released=True)
    spikes = respond(neuron, x, probe=seen).spikes
    group.compare("ann", released(t_out, lam, x.sum(0)))  # eq: pascal.1
    group.compare("cnt", spikes)  # eq: pascal.9
    group.compare("snn_sum", (spikes * theta).sum(0))
    group.compare("trace_in", seen.compared(theta))  # eq: pascal.5 pascal.8
    group.compare("trace_spk", seen.fired())  # eq: pascal.6 pascal.7
    near = int(group.use("n_neartie")) if group.has("n_neartie") else 0
    exact_level(group, Pascal(theta=theta, t_out=t_out), lam, columns=slice(0, x.shape[1] - near))


def exact_first(group: Group) -> None:
    levels, lam = group.number("L"), group.use("thresh")
    neuron = PascalFirst(theta=lam / np.float32(levels), t_out=levels)
    exact_level(group, neuron, lam, columns=slice(None))


def exact_level(
    group: Group, neuron: Pascal | PascalFirst, lam: np.ndarray, columns: slice
) -> None:
    """Theorem (10): without the tolerance, the count is the level the file's ANN value has.

    Non-dyadic totals that lie on a tie up to rounding are left out.
    """
    x = group.use("x").astype(np.float64)
    x = x if x.ndim == 2 else x[None]
    theta = float(lam) / neuron.t_out
    counts = respond(type(neuron)(theta=theta, t_out=neuron.t_out), x).spikes.sum(0)
    level = QCFS(neuron.t_out).level({"lambda": lam.astype(np.float64)}, x.sum(0)[None])[0]
    if group.has("ann"):
        level = np.rint(group.peek("ann") / theta)
    chosen = np.zeros(len(level), bool)
    chosen[columns] = True
    exact = group.dyadic and dyadic_bits(np.array(theta)) is not None
    chosen &= exact | ties.clear(x.sum(0), theta, ties.SLACK)
    assert chosen.any()
    assert np.array_equal(counts[chosen], level[chosen])  # eq: pascal.10
    if exact:
        assert np.array_equal(counts[chosen], closed_form(x.sum(0)[chosen], theta, neuron.t_out))


def closed_form(charge: np.ndarray, theta: float, t_out: int) -> np.ndarray:
    """The same in integers, on the grid that holds every total and the threshold."""
    bits = dyadic_bits(np.append(charge, theta))
    assert bits is not None
    codes = np.ldexp(charge, bits).astype(np.int64)
    return pascal_count(codes, int(np.ldexp(theta, bits)), t_out)  # eq: pascal.13


def layerwise_metric(group: Group) -> None:
    """AL: histogram, agreement, moments and metric of every sample of activations."""
    for match in group.names(r"in(\d+)"):
        found = layerwise(group.use(match[0]))
        group.compare(f"hist{match[1]}", found.histogram)
        out = [found.agreement, found.kurtosis, found.skewness, found.bimodality, found.metric]
        group.compare(f"out{match[1]}", np.array(out), METRIC)


KINDS = (
    Kind("A", r"A_L(?P<L>\d+)(?:_(?P<kind>[a-z]))?", "x", first_activation, exact_first),
    Kind("B", r"B_T(?P<T1>\d+)_T(?P<T2>\d+)(?:_(?P<kind>[a-z]))?", "x", hidden_neuron),
    Kind("C", r"C(?:_(?P<kind>[a-z]))?", "x", nets.network, nets.exact_network),
    Kind("D", r"D(?:_(?P<kind>[a-z]))?", "x", nets.network, nets.exact_network),
    Kind("E", r"E(?:_(?P<kind>[a-z]))?", "x", nets.network, nets.exact_network),
    Kind("AL", "al", r"in\d+", layerwise_metric),
)
