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
    extra_frames : int
        Frames of silence after it, without bias, for neurons that settle (synchronous only).
    reference : Graph, optional
        The ANN it is held to, where that is not ``graph``: a method that calibrates biases changes
        the synapses, not what they are compared with. Same nodes.
    analog : tuple of str
        Activations that stay analog, evaluated frame by frame: not spiking, and reported so.
    notes : mapping
        What the method measured or searched when it made the network; plain JSON values.
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
    extra_frames: int = 0
    reference: Graph | None = None
    analog: tuple[str, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "neurons", MappingProxyType(dict(self.neurons)))
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))
        object.__setattr__(self, "notes", MappingProxyType(dict(self.notes)))
        object.__setattr__(self, "input_frames", positive("input frames", self.input_frames))
        object.__setattr__(self, "analog", tuple(self.analog))
        _check_neurons(self)
        _check_reference(self)
        for node in self.graph.nodes:
            _check_node(self, node)
        assert self.frames[self.graph.output] > 0

    @property
    def ann(self) -> Graph:
        """The network it is held to."""
        return self.graph if self.reference is None else self.reference

    @cached_property
    def frames(self) -> Mapping[str, int]:
        """Number of frames T of every edge, extra ones not counted."""
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


def _check_neurons(snn: SNN) -> None:
    wanted = {node.name for node in activations(snn.graph)}
    if wanted != set(snn.neurons) | set(snn.analog) or set(snn.neurons) & set(snn.analog):
        raise InputError(
            "every activation needs a neuron or is analog, and nothing else has one",
            where="SNN", expected=sorted(wanted), got=sorted([*snn.neurons, *snn.analog]),
        )  # fmt: skip


def _check_reference(snn: SNN) -> None:
    if snn.ann.nodes != snn.graph.nodes or snn.ann.input_shape != snn.graph.input_shape:
        raise InputError("reference has other nodes than the network", where="SNN")
    if snn.extra_frames < 0:
        raise InputError("negative", where="extra frames", expected=">= 0", got=snn.extra_frames)
    if snn.extra_frames and not snn.synchronous:
        raise UnsupportedError(
            "extra frames need neurons that give a frame per frame", where="extra frames"
        )


def _check_node(snn: SNN, node: Node) -> None:
    if node.op.affine or node.name in snn.neurons or node.name in snn.analog:
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
