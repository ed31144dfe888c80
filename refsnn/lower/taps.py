"""Read a graph as layers: for each neuron, the sources that feed it and the way they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from refsnn.errors import UnsupportedError
from refsnn.graph import INPUT, Graph, Node
from refsnn.ops import Add, AvgPool2d, Conv2d, Flatten, GlobalAvgPool, Linear, Pad, Scale, Slice
from refsnn.snn import SNN

PASSING = (AvgPool2d, GlobalAvgPool, Flatten, Pad, Slice)
WEIGHTED = (Linear, Conv2d, Scale)


@dataclass(frozen=True)
class Path:
    """One way from a source (the input or a neuron) to a layer."""

    source: str
    nodes: tuple[Node, ...]
    add: str | None
    """The node that joins it with other paths, if any: of nested ones the innermost."""

    @property
    def weighted(self) -> Node | None:
        """The node with the weights; None of an identity shortcut."""
        return next((node for node in self.nodes if isinstance(node.op, WEIGHTED)), None)


def paths_into(snn: SNN, edge: str) -> list[Path]:
    """All ways into the layer that reads ``edge``, the main branch first.

    Raises
    ------
    UnsupportedError
        For an operation or an order of operations that has no integer form yet; it names the node.
    """
    found = _walk(snn, edge, (), None)
    for path in found:
        _check(path)
    return found


def _walk(snn: SNN, edge: str, after: tuple[Node, ...], add: str | None) -> list[Path]:
    if edge == INPUT or edge in snn.neurons:
        return [Path(edge, after, add)]
    node = snn.graph.node(edge)
    if isinstance(node.op, Add):
        if after:
            raise _refused(node, "is followed by another operation before the neuron")
        return [path for name in node.inputs for path in _walk(snn, name, (), node.name)]
    if not isinstance(node.op, PASSING + WEIGHTED):
        raise _refused(node, "has no integer form")
    return _walk(snn, node.inputs[0], (node, *after), add)


def _check(path: Path) -> None:
    weighted = [node for node in path.nodes if isinstance(node.op, WEIGHTED)]
    if len(weighted) > 1:
        raise _refused(weighted[1], f"reads {weighted[0].name!r} with no neuron between them")
    if weighted and getattr(weighted[0].op, "per_channel", False):
        raise _refused(weighted[0], "has one weight per channel")
    if weighted and path.nodes[-1] is not weighted[0]:
        raise _refused(path.nodes[-1], "lies between weights and neuron")


def _refused(node: Node, why: str) -> UnsupportedError:
    return UnsupportedError(
        f"{type(node.op).__name__} {why}",
        where=node.name,
        fix="lower convolutions, linear layers, pools before weights, and residual adds",
    )


def check_layers(graph: Graph, paths: Mapping[str, list[Path]]) -> None:
    """Refuse weights that several paths share, and an output that has none of its own."""
    seen: set[str] = set()
    weighted = (path.weighted for found in paths.values() for path in found)
    for node in filter(None, weighted):
        if node.name in seen:
            raise _refused(node, "is read by more than one neuron or branch")
        seen.add(node.name)
    for path in paths[graph.output]:
        if path.weighted is None and path.add is None:
            raise _refused(graph.node(graph.output), "is an output without weights")


def layer_edges(graph: Graph, snn: SNN) -> list[tuple[str, str]]:
    """(layer, edge it reads) in order; the readout, named after the output, comes last."""
    edges = [(node.name, node.inputs[0]) for node in graph.nodes if node.name in snn.neurons]
    return [*edges, (graph.output, graph.output)]
