"""Spiking networks to NIR files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT, Node
from refsnn.io.nir.fields import fields_of
from refsnn.io.nir.hdf5 import Tree
from refsnn.io.nir.metadata import network_metadata, neuron_metadata
from refsnn.io.optional import optional
from refsnn.io.paths import check_target, whole_file
from refsnn.neurons import LIF, Neuron
from refsnn.ops import Add, Dropout
from refsnn.snn import SNN
from refsnn.typing import Array, Shape


def save_nir(path: str | Path, snn: SNN) -> None:
    """Write a spiking network as a NIR file with ``refsnn.*`` metadata.

    Raises
    ------
    UnsupportedError
        A neuron that is no machine with one frame in and one out, or an operation that NIR has
        no node for.
    """
    path = check_target(path)
    tree = nir_of(snn)
    nir = optional("nir", "nir", path)
    nodes = {name: nir.dict2NIRNode(dict(node)) for name, node in tree["nodes"].items()}
    # its type check takes the height of a kernel for its width and forgets groups
    graph = nir.NIRGraph(nodes, tree["edges"], metadata=tree["metadata"], type_check=False)
    with whole_file(path) as scratch:
        nir.write(scratch, graph)


def nir_of(snn: SNN) -> Tree:
    """Nodes, edges and metadata of the NIR graph of a network, as plain values.

    A spike of ours is worth theta, one of NIR is worth one: a Scale node follows each neuron whose
    spikes are not worth one. Time is in steps: ``dt = 1`` and ``r = 1``, so that a current is added
    whole. Add nodes become several edges into whatever reads them, in their order.
    """
    made = _Writer(snn)
    for node in snn.graph.nodes:
        made.place(node)
    last = "output"
    while last in made.nodes:
        last += "_"
    made.nodes[last] = {"type": "Output", "shape": np.array(snn.graph.shapes[snn.graph.output])}
    made.connect(made.ends[snn.graph.output], last)
    return {"nodes": made.nodes, "edges": made.edges, "metadata": network_metadata(snn)}


class _Writer:
    """Nodes and edges so far, and where each edge of our graph ends in NIR."""

    def __init__(self, snn: SNN) -> None:
        self.snn = snn
        shape = np.array(snn.graph.input_shape)
        self.nodes: Tree = {INPUT: {"type": "Input", "shape": shape}}
        self.edges: list[tuple[str, str]] = []
        self.ends: dict[str, tuple[str, ...]] = {INPUT: (INPUT,)}

    def connect(self, sources: tuple[str, ...], name: str) -> None:
        if len(set(sources)) < len(sources):
            raise UnsupportedError("NIR has no edge twice", where=name, fix="scale by 2 instead")
        self.edges += [(source, name) for source in sources]

    def place(self, node: Node) -> None:
        """One node of ours as none, one or two of NIR."""
        sources = tuple(end for name in node.inputs for end in self.ends[name])
        if isinstance(node.op, Dropout):
            self.ends[node.name] = sources
        elif isinstance(node.op, Add):
            _check_add(self.ends, node)
            self.ends[node.name] = sources
        else:
            chain = self._chain(node)
            for name, fields in chain:
                if "/" in name or name in self.nodes:
                    raise InputError("name cannot be a NIR node's", where=name)
                self.connect(sources, name)
                self.nodes[name], sources = fields, (name,)
            self.ends[node.name] = sources

    def _chain(self, node: Node) -> list[tuple[str, Tree]]:
        snn, name = self.snn, node.name
        if name in snn.analog:
            raise UnsupportedError("an activation that stays analog", where=name)
        if name in snn.neurons:
            return _spiking(snn, node)
        shape = snn.graph.shapes[node.inputs[0]]
        fields, extra = fields_of(node, snn.graph.of(name), shape)
        chain = [(name, fields)]
        return chain + [(f"{name}.{key}", {**part, **_part(name)}) for key, part in extra.items()]


def _check_add(ends: dict[str, tuple[str, ...]], node: Node) -> None:
    """Sums are left to right: only a sum on the left keeps its order without its node."""
    for name in node.inputs[1:]:
        if len(ends[name]) > 1:
            raise UnsupportedError(
                "a sum within a sum has no node in NIR", where=node.name, got=name,
                fix="list the inner sum first",
            )  # fmt: skip


def _part(name: str) -> Tree:
    return {"metadata": {"refsnn.part_of": name}}


def _spiking(snn: SNN, node: Node) -> list[tuple[str, Tree]]:
    name, neuron = node.name, snn.neurons[node.name]
    _check_neuron(name, neuron)
    shape = snn.graph.shapes[name]
    metadata = neuron_metadata(neuron, node.op, snn.graph.of(name))
    chain = [(name, {**_membrane(neuron, shape), "metadata": metadata})]
    worth = np.broadcast_to(neuron.amplitude(1, len(shape), np.float64)[0, 0], shape)
    if np.any(worth != 1):
        scale = {"type": "Scale", "scale": np.array(worth), **_part(name)}
        chain.append((f"{name}.amplitude", scale))
    return chain


def _check_neuron(name: str, neuron: Neuron) -> None:
    if not neuron.synchronous:
        raise UnsupportedError(
            f"{type(neuron).__name__} takes a whole train before it sends one",
            where=name,
            fix="NIR nodes take and send in every step: export a rate coded network",
        )


def _membrane(neuron: Neuron, shape: Shape) -> Tree:
    """The IF or LIF node that comes closest."""

    def full(value: Any) -> Array:
        return np.array(np.broadcast_to(np.asarray(value, np.float64), shape))

    fields: Tree = {"r": 1.0, "v_reset": 0.0, "v_threshold": neuron.theta}
    if isinstance(neuron, LIF):
        fields |= {"r": neuron.r, "v_reset": neuron.v_reset}
        if neuron.tau is not None:
            fields |= {"tau": neuron.tau, "v_leak": neuron.v_leak}
    kind = "LIF" if "tau" in fields else "IF"
    return {"type": kind, **{k: full(v) for k, v in fields.items()}}
