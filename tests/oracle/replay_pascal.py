"""Replay of ``pascal.npz``: the authors' neurons and networks. Layout: data/pascal.md."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from ledger import Group, Kind
from networks import Built, Levels, mlp, resnet, vgg

from refsnn.activations import QCFS
from refsnn.ann import Reference, evaluate, references
from refsnn.convert import PascalConversion
from refsnn.engines import run
from refsnn.neurons import Pascal, PascalFirst, Phase, Step, respond
from refsnn.neurons.pascal import TOLERANCE

NOT_YET = "the Adaptive Layerwise metric is not implemented yet"
EXCEPTIONS = dict.fromkeys((r"al_in\d+", r"al_hist\d+", r"al_out\d+"), NOT_YET)
"""Fields that are neither inputs nor compared, by pattern, with the reason."""

OUTPUT = 1e-6
"""Output frames and logits where float32 rounds: stated by the note (order of summation)."""
BN_EPS = {True: 0.0, False: 1e-5}
"""By whether the group is dyadic."""


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
    level = np.rint(group.peek("ann") / theta)
    chosen = np.zeros(len(level), bool)
    chosen[columns] = True
    chosen &= group.dyadic | settled(x.sum(0), theta)
    assert chosen.any()
    assert np.array_equal(counts[chosen], level[chosen])


def settled(charge: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Totals farther from any tie than the authors' tolerance."""
    position = charge / theta + 0.5
    return np.abs(position - np.round(position)) * theta > TOLERANCE * 1.1


class Case(NamedTuple):
    """A network with one list of levels."""

    prefix: str
    levels: Levels
    built: Built
    exact: bool
    """Every float32 sum of it is exact."""


def cases(group: Group) -> Iterator[Case]:
    """The lists of a group: spelt in the names (``L8_2_4``), or in a field ``*_list``."""
    spelt = {m[1]: m[1][1:].split("_") for m in group.names(r"(L\d+(?:_\d+)*)_[a-z]\w*")}
    listed = {m[1]: group.use(m[0]) for m in group.names(r"([a-z]+\d*)_list")}
    for prefix, numbers in {**spelt, **listed}.items():
        levels = [int(number) for number in numbers]
        built = BUILD[group.prefix[0]](group, prefix, levels)
        frames_divide = all(level & (level - 1) == 0 for level in levels)
        yield Case(prefix, levels, built, group.dyadic and frames_divide and pools_divide(built))


def pools_divide(built: Built) -> bool:
    """The areas of all means are powers of two."""
    shapes = built.graph.shapes
    means = [n for n in built.graph.nodes if type(n.op).__name__ == "GlobalAvgPool"]
    areas = [int(np.prod(shapes[n.inputs[0]][1:])) for n in means]
    return all(area & (area - 1) == 0 for area in areas)


def _perceptron(group: Group, _case: str, levels: Levels) -> Built:
    return mlp(group, levels, group.use("thresh"))


def _residual(group: Group, case: str, levels: Levels) -> Built:
    lambdas = group.use("thresh")
    if group.has(f"{case}_if_order"):
        lambdas = lambdas[np.argsort(group.use(f"{case}_if_order"))]
    return resnet(group, levels, lambdas, pool=1, eps=BN_EPS[group.dyadic])


def _vgg(group: Group, _case: str, levels: Levels) -> Built:
    return vgg(group, levels, group.use("thresh"), BN_EPS[group.dyadic])


BUILD = {"C": _perceptron, "D": _residual, "E": _vgg}


def network(group: Group) -> None:
    """C, D, E: source network and spiking network for every list."""
    for case in cases(group):
        ann(group, case)
        snn(group, case)


def ann(group: Group, case: Case) -> None:
    values = evaluate(case.built.graph, group.use("x"))
    layers = references(case.built.graph, values)
    for i, name in enumerate(case.built.acts):
        group.compare(f"{case.prefix}_ann_act{i}", layers[name].a)
        group.compare(f"{case.prefix}_ann_cnt{i}", layers[name].level)
    logits = values[case.built.graph.output]
    group.compare(f"{case.prefix}_ann_logits", logits, 0 if case.exact else OUTPUT)


def snn(group: Group, case: Case) -> None:
    """As released: tolerance, float counters, ``b / T`` in every frame."""  # eq: pascal.3
    spiking = PascalConversion(as_released=True).build(case.built.graph)
    outcome = run(spiking, group.use("x"), record=None)
    for i, name in enumerate(case.built.acts):
        trace = outcome.traces[name]
        group.compare(f"{case.prefix}_snn_cnt{i}", outcome.counts[name])
        group.compare(f"{case.prefix}_snn_spk{i}", trace.fired[trace.phase == "emit"])
    currents = outcome.traces[case.built.graph.output].current
    group.compare(f"{case.prefix}_snn_out_frames", currents, 0 if case.exact else OUTPUT)


def exact_network(group: Group) -> None:
    """Without the tolerance, in float64, batch norm folded: every count is the ANN's level.

    They are those of the file's spiking network too, in every sample none of whose charges is so
    near a tie that the authors' tolerance moves it.
    """
    x = group.use("x").astype(np.float64)
    for case in cases(group):
        graph = case.built.exact()
        spiking, _ = PascalConversion().convert(graph)
        outcome = run(spiking, x)
        layers = references(spiking.graph, evaluate(spiking.graph, x))
        samples = np.ones(len(x), bool)
        for name in () if group.dyadic else case.built.acts:
            clear = settled(outcome.charges[name], spiking.neurons[name].theta)
            samples &= clear.reshape(len(x), -1).all(1)
        for i, name in enumerate(case.built.acts):
            counts = outcome.counts[name]
            assert np.array_equal(counts, levels_in(group, case, i, layers[name]))
            if group.has(f"{case.prefix}_snn_cnt{i}"):
                given = group.peek(f"{case.prefix}_snn_cnt{i}")
                assert np.array_equal(counts[samples], given[samples])


def levels_in(group: Group, case: Case, i: int, own: Reference) -> np.ndarray:
    """The ANN's levels in the file: given, or from its values; else the library's own."""
    if group.has(f"{case.prefix}_ann_cnt{i}"):
        return group.peek(f"{case.prefix}_ann_cnt{i}")
    if group.has(f"{case.prefix}_ann_act{i}"):
        theta = float(group.use("thresh")[i]) / case.levels[i]
        return np.rint(group.peek(f"{case.prefix}_ann_act{i}") / theta)
    return own.level


KINDS = (
    Kind("A", r"A_L(?P<L>\d+)(?:_(?P<kind>[a-z]))?", "x", first_activation, exact_first),
    Kind("B", r"B_T(?P<T1>\d+)_T(?P<T2>\d+)(?:_(?P<kind>[a-z]))?", "x", hidden_neuron),
    Kind("C", r"C(?:_(?P<kind>[a-z]))?", "x", network, exact_network),
    Kind("D", r"D(?:_(?P<kind>[a-z]))?", "x", network, exact_network),
    Kind("E", r"E(?:_(?P<kind>[a-z]))?", "x", network, exact_network),
)
