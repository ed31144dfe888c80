"""A spiking network as a frozen value: a graph, a neuron per activation, a readout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from refsnn.ann import activations
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT, Graph, Node
from refsnn.neurons import Neuron, Readout
from refsnn.neurons.protocol import positive
from refsnn.ops import MaxPool2d
from refsnn.preprocessing import Preprocessing
from refsnn.semantics import Semantics


@dataclass(frozen=True, eq=False)
class SNN:
    """A converted network.

    Parameters
    ----------
    graph : Graph
        The ANN it stands for: its affine nodes are the synapses; each activation node is
        replaced by the neuron of the same name. Evaluated as an ANN it is the reference.
    neurons : mapping
        Activation node to neuron.
    readout : Readout
        What adds up the output currents.
    input_frames : int
        How often the analog image is presented: T for synchronous neurons, once otherwise.
    method, settings
        What made it.
    preprocessing : Preprocessing, optional
        How raw images become network input.
    """

    graph: Graph
    neurons: Mapping[str, Neuron]
    readout: Readout
    input_frames: int
    method: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    preprocessing: Preprocessing | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "neurons", MappingProxyType(dict(self.neurons)))
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))
        object.__setattr__(self, "input_frames", positive("input frames", self.input_frames))
        _check_neurons(self.graph, self.neurons)
        for node in self.graph.nodes:
            _check_node(self, node)
        assert self.frames[self.graph.output] > 0

    @cached_property
    def frames(self) -> Mapping[str, int]:
        """Number of frames T of every edge."""
        frames = {INPUT: self.input_frames}
        for node in self.graph.nodes:
            incoming = [frames[name] for name in node.inputs]
            if node.name in self.neurons:
                frames[node.name] = self.neurons[node.name].frames_out(incoming[0])
                continue
            if len(set(incoming)) > 1 and self.synchronous:
                raise UnsupportedError(
                    "trains of unequal length meet", where=node.name, got=incoming,
                    fix="use the same T in every layer, or a layer-wise method",
                )  # fmt: skip
            frames[node.name] = incoming[0]
        return MappingProxyType(frames)

    @property
    def synchronous(self) -> bool:
        """Every neuron gives one output frame per input frame."""
        return all(neuron.synchronous for neuron in self.neurons.values())

    @property
    def semantics(self) -> dict[str, Semantics]:
        """The conventions of every neuron, and of the readout under the output's name."""
        found = {name: neuron.semantics for name, neuron in self.neurons.items()}
        return {**found, self.graph.output: self.readout.semantics}


def _check_neurons(graph: Graph, neurons: Mapping[str, Neuron]) -> None:
    wanted = {node.name for node in activations(graph)}
    if wanted != set(neurons):
        raise InputError(
            "every activation needs a neuron, and nothing else has one",
            where="SNN", expected=sorted(wanted), got=sorted(neurons),
        )  # fmt: skip


def _check_node(snn: SNN, node: Node) -> None:
    if node.op.affine or node.name in snn.neurons:
        return
    if isinstance(node.op, MaxPool2d) and _reads_thermometer(snn, node):
        return
    raise UnsupportedError(
        f"{type(node.op).__name__} does not commute with a sum over frames",
        where=node.name,
        fix="use average pooling, or put max pooling right after a neuron with thermometer trains",
    )


def _reads_thermometer(snn: SNN, node: Node) -> bool:
    """A frame-wise maximum of thermometer trains is the thermometer of the maximum (an OR)."""
    source = node.inputs[0]
    if source in snn.neurons:
        return snn.neurons[source].thermometer
    return (
        source != INPUT
        and isinstance(snn.graph.node(source).op, MaxPool2d)
        and _reads_thermometer(snn, snn.graph.node(source))
    )
