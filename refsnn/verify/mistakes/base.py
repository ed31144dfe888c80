"""What a known mistake is: a name, a sentence, and the same network with the mistake in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from refsnn.engines import Case, Run, run
from refsnn.graph import Graph, Node
from refsnn.neurons import Neuron, Readout
from refsnn.snn import SNN
from refsnn.typing import Array
from refsnn.verify.naming import Target
from refsnn.verify.replayed import Replayed
from refsnn.verify.rule import Rule, rule_of

Runner = Callable[[SNN, Array], Run]


class Altered(NamedTuple):
    """A network with a mistake in it, and how it is run."""

    snn: SNN
    run: Runner


def traced(snn: SNN, x: Array) -> Run:
    """A run with every layer recorded."""
    return run(snn, x, record=None)


class Reason(NamedTuple):
    """Why a mistake cannot show in some signals, whatever the input on the grid of the case."""

    says: str
    signals: frozenset[str]
    """Names of signals; empty: in none at all."""
    holds: Callable[[Case, tuple[str, ...]], bool] = lambda case, sites: True

    def covers(self, targets: Iterable[Target], sites: tuple[str, ...]) -> bool:
        """Whether it speaks of all these: same sent, same beyond."""
        sent = {"spikes", "values"} <= self.signals
        asked = {at.signal for at in targets if at.layer in sites or not sent}
        return not self.signals or asked <= self.signals


@dataclass(frozen=True)
class Mistake:
    """An entry of the catalogue.

    Parameters
    ----------
    name : str
        Short, with hyphens.
    says : str
        One sentence: what the other implementation does.
    applies : str
        To which neurons or operations.
    reasons : tuple of Reason
        Why it cannot show, where it cannot.
    alters : bool
        Whether the network does anything else; else only what was saved of it is wrong.
    """

    name: str
    says: str
    applies: str
    reasons: tuple[Reason, ...] = ()
    alters: bool = True

    def equivalent(self, case: Case, sites: tuple[str, ...], targets: Sequence[Target]) -> str:
        """Why it cannot show in these signals; empty if it can, or that is not known."""
        good = (r.says for r in self.reasons if r.covers(targets, sites) and r.holds(case, sites))
        return next(good, "")

    def sites(self, case: Case) -> tuple[str, ...]:
        """Names of the layers or nodes in which it can be made."""
        return _sites(self, case)

    def find(self, case: Case) -> tuple[str, ...]:
        """The same, worked out anew."""
        raise NotImplementedError(type(self).__name__)

    def made(self, case: Case, sites: tuple[str, ...]) -> Altered:
        """The case's network with the mistake at these sites."""
        raise NotImplementedError(type(self).__name__)


@lru_cache(maxsize=4096)
def _sites(mistake: Mistake, case: Case) -> tuple[str, ...]:
    """Remembered: both are frozen, and a diagnosis asks often."""
    return mistake.find(case)


@dataclass(frozen=True)
class NeuronMistake(Mistake):
    """A mistake in what a neuron does: its rule, changed.

    Parameters
    ----------
    change : callable
        Rule to the wrong rule; None where it does not apply, or changes nothing.
    """

    change: Callable[[Rule], Rule | None] = lambda rule: None

    def find(self, case: Case) -> tuple[str, ...]:
        """Layers whose rule it changes; the output layer is one."""
        layers = {**case.snn.neurons, case.snn.graph.output: case.snn.readout}
        return tuple(name for name, neuron in layers.items() if self._wrong(neuron) is not None)

    def _wrong(self, neuron: Neuron) -> Rule | None:
        rule = rule_of(neuron)
        return None if rule is None else self.change(rule)

    def made(self, case: Case, sites: tuple[str, ...]) -> Altered:
        """Neurons replaced by replays of the wrong rule."""
        snn, neurons = case.snn, dict(case.snn.neurons)
        for name in set(sites) & set(neurons):
            wrong = self._wrong(neurons[name])
            assert wrong is not None
            neurons[name] = Replayed(theta=neurons[name].theta, base=neurons[name], rule=wrong)
        readout = snn.readout
        if snn.graph.output in sites:
            readout = self._readout(readout)
        return Altered(replace(snn, neurons=neurons, readout=readout), traced)

    def _readout(self, readout: Readout) -> Readout:
        wrong = self._wrong(readout)
        assert wrong is not None
        return replace(readout, bias_plan=wrong.bias_plan)


NodeChange = Callable[[Case, Graph, Node], Mapping[str, Array] | Node | None]
"""New parameters of a node, or another node; None where it does not apply, or changes nothing."""


@dataclass(frozen=True)
class NodeMistake(Mistake):
    """A mistake in an operation: other weights, or another operation."""

    change: NodeChange = lambda case, graph, node: None

    def find(self, case: Case) -> tuple[str, ...]:
        """Nodes that it changes."""
        return tuple(node.name for node in case.snn.graph.nodes if self._differs(case, node))

    def _differs(self, case: Case, node: Node) -> bool:
        graph = case.snn.graph
        changed = self.change(case, graph, node)
        if changed is None or isinstance(changed, Node):
            return changed is not None
        own = graph.of(node.name)
        return any(not np.array_equal(value, own[key]) for key, value in changed.items())

    def made(self, case: Case, sites: tuple[str, ...]) -> Altered:
        """The graph with those nodes changed."""
        graph = case.snn.graph
        nodes, params = list(graph.nodes), dict(graph.params)
        for i, node in enumerate(graph.nodes):
            changed = self.change(case, graph, node) if node.name in sites else None
            if isinstance(changed, Node):
                nodes[i] = changed
            elif changed is not None:
                params |= {f"{node.name}.{key}": value for key, value in changed.items()}
        wrong = Graph(graph.input_shape, tuple(nodes), params)
        return Altered(replace(case.snn, graph=wrong, reference=None), traced)


@dataclass(frozen=True)
class RunMistake(Mistake):
    """A mistake in how the network is run: the same network, another runner."""

    runner: Runner = traced
    needs: Callable[[Case], bool] = lambda case: True

    def find(self, case: Case) -> tuple[str, ...]:
        """The whole network, which has no name."""
        return ("",) if self.needs(case) else ()

    def made(self, case: Case, sites: tuple[str, ...]) -> Altered:
        """The network itself."""
        return Altered(case.snn, self.runner)
