"""Replay of ``pascal.npz``, the networks: C, D and E. Layout: data/pascal.md."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from oracle import ties
from oracle.ledger import Group
from oracle.networks import Built, Levels, mlp, resnet, vgg

from refsnn.ann import Reference, evaluate, references
from refsnn.convert import PascalConversion
from refsnn.engines import run

OUTPUT = 1e-6
"""Output frames and logits where float32 rounds: stated in data/*.md (order of summation)."""
BN_EPS = {True: 0.0, False: 1e-5}
"""By whether the group is dyadic."""


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
            charge, theta = outcome.charges[name], spiking.neurons[name].theta
            samples &= ties.clear(charge, theta, ties.SLACK).reshape(len(x), -1).all(1)
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
