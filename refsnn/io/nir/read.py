"""NIR files to spiking networks."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from refsnn.activations import ReLU
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT, Graph, Node
from refsnn.io.archive import Reading
from refsnn.io.nir.conventions import Convention, convention
from refsnn.io.nir.flow import MOST_ELEMENTS, Flow, flow_of
from refsnn.io.nir.foreign import FIELDS, Foreign
from refsnn.io.nir.hdf5 import Tree
from refsnn.io.nir.metadata import FORMAT, load_own, own_activation, own_neuron, own_op
from refsnn.io.nir.nodes import Built, build
from refsnn.io.nir.tree import NirFile, read_tree
from refsnn.neurons import Neuron, Readout
from refsnn.neurons.protocol import positive
from refsnn.ops import Add, Scale
from refsnn.snn import SNN
from refsnn.typing import Array, Shape


def load_nir(
    path: str | Path,
    semantics: str | None = None,
    steps: int | None = None,
    dt: float | None = None,
    *,
    isolated: bool = True,
) -> SNN:
    """Read a NIR file.

    Parameters
    ----------
    semantics : str, optional
        Name in `CONVENTIONS`; must be given for a file without ``refsnn.*`` metadata, and must not
        for one with them.
    steps : int, optional
        T, for files without metadata: NIR does not know it.
    dt : float, optional
        Time step in seconds, in place of the convention's own.
    isolated : bool
        See `refsnn.io.nir.tree.read_tree`.

    Returns
    -------
    SNN
        Of a file of ours, what `save_nir` was given (in the normal form of docs/nir.md); else a
        network of `LIF` neurons whose spikes are ones, with a mean readout.

    Raises
    ------
    InputError
        A damaged file; a node, an edge or an array that cannot be used; semantics missing.
    UnsupportedError
        A node type that is not read, recurrence, several inputs or outputs.
    """
    stored = read_tree(path, isolated=isolated)
    with Reading(path):
        return network_of(stored, semantics, steps, dt)


def network_of(
    stored: NirFile, semantics: str | None = None, steps: int | None = None, dt: float | None = None
) -> SNN:
    """The network that the contents of a NIR file say; see `load_nir`."""
    if FORMAT in stored.metadata:
        if semantics is not None or dt is not None:
            fix = "leave both out"
            raise InputError("the file has its own semantics", where="--semantics, --dt", fix=fix)
        return load_own(stored, assembled(stored, None), steps)
    chosen = convention(semantics, "neurons")
    if steps is None:
        fix = "say it, as --steps 16"
        raise InputError("NIR does not say the number of time steps", where="--steps", fix=fix)
    return _foreign(stored, chosen, positive("--steps", steps), dt)


class Assembly:
    """Nodes, parameters and neurons collected so far, and the shape of every edge."""

    def __init__(self, shape: Shape) -> None:
        self.nodes: list[Node] = []
        self.params: dict[str, Array] = {}
        self.neurons: dict[str, Neuron] = {}
        self.shapes: dict[str, Shape] = {INPUT: shape}

    def add(self, name: str, built: Built, *inputs: str) -> str:
        """Add one node; its parameters are checked when the graph is made."""
        with Reading(name):
            shape = built.op.out_shape(*(self.shapes[key] for key in inputs))
            if math.prod(shape) > MOST_ELEMENTS:
                raise InputError("layer too large", expected=f"<= {MOST_ELEMENTS}", got=shape)
            self.shapes[name] = shape
        self.nodes.append(Node(name, built.op, inputs))
        self.params.update({f"{name}.{key}": value for key, value in built.params.items()})
        return name

    def joined(self, name: str, sources: tuple[str, ...]) -> str:
        """The edge that several edges into one node add up to."""
        if len(sources) == 1:
            return sources[0]
        return self.add(_unused(f"{name}_sum", self.shapes), Built(Add(), {}), *sources)

    def graph(self) -> Graph:
        """What was collected, as a graph."""
        return Graph(self.shapes[INPUT], tuple(self.nodes), self.params)


def _foreign(stored: NirFile, chosen: Convention, steps: int, dt: float | None) -> SNN:
    made = assembled(stored, Foreign(chosen, dt))
    graph = made.graph()
    if graph.output in made.neurons:  # spikes are counted by a readout behind a wire
        name = _unused("readout", made.shapes)
        made.add(name, Built(Scale(), {"weight": np.ones(())}), graph.output)
        graph = made.graph()
    notes = {"semantics": chosen.summary(), "tool": chosen.tool}
    return SNN(graph, made.neurons, Readout(), steps, "nir", {}, notes=notes)


def assembled(stored: NirFile, foreign: Foreign | None) -> Assembly:
    """The nodes of a file in the order of their edges; None: a file of ours."""
    flow = flow_of(stored)
    made = Assembly(flow.input_shape)
    edge = {flow.input: INPUT}
    for name in flow.order:
        node, sources = stored[name], tuple(edge[key] for key in flow.sources[name])
        if foreign is None and "refsnn.part_of" in node.get("metadata", {}):
            edge[name] = sources[0]
            continue
        safe = _unused("input_", made.shapes) if name == INPUT else name
        source = made.joined(safe, sources)
        edge[name] = _placed(made, safe, node, source, foreign)
    _finish(made, flow, edge)
    return made


def _placed(made: Assembly, name: str, node: Tree, source: str, foreign: Foreign | None) -> str:
    shape = made.shapes[source]
    if node.get("type") not in FIELDS:
        built = (own_op(node) if foreign is None else None) or build(name, node, shape)
        return made.add(name, built, source)
    with Reading(name):
        if foreign is None:
            built, made.neurons[name] = own_activation(name, node), own_neuron(name, node)
        else:
            built, made.neurons[name] = Built(ReLU(), {}), foreign.neuron(name, node, shape)
    return made.add(name, built, source)


def _finish(made: Assembly, flow: Flow, edge: dict[str, str]) -> None:
    """What goes into the Output node is the last node; several edges into it are added."""
    last = made.joined("output", tuple(edge[key] for key in flow.sources[flow.output]))
    if last == INPUT:
        raise UnsupportedError("the network has no layers", where="edges")
    unread = {node.name for node in made.nodes} - {k for n in made.nodes for k in n.inputs}
    if unread != {last}:
        loose = ", ".join(sorted(unread - {last}))
        raise UnsupportedError("leads nowhere, or past the output", where=loose or last)


def _unused(name: str, taken: dict[str, Shape]) -> str:
    while name in taken:
        name += "_"
    return name
