"""Read a graph as layers: for each neuron, the sources that feed it and the way they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from refsnn.errors import UnsupportedError
from refsnn.graph import INPUT, Graph, Node
from refsnn.ops import (
    Add,
    AvgPool2d,
    Concat,
    Conv2d,
    Flatten,
    GlobalAvgPool,
    Linear,
    Pad,
    Scale,
    Slice,
)
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
    channels: range | None = None
    """Of a concatenation: the channels of the joined tensor that are this source's."""
    joined: int = 0
    """Channels of the joined tensor."""

    @property
    def weighted(self) -> Node | None:
        """The node with the weights; None of an identity shortcut."""
        return next((node for node in self.nodes if isinstance(node.op, WEIGHTED)), None)

    @property
    def first(self) -> bool:
        """Whether it brings the bias of its weights: of a concatenation, the first part."""
        return self.channels is None or self.channels.start == 0

    def columns(self, inputs: int) -> slice:
        """Inputs of the weighted node, of ``inputs`` in all, that this path feeds."""
        if self.channels is None:
            return slice(None)
        each = inputs // self.joined  # pixels of a channel, where they were flattened
        return slice(self.channels.start * each, self.channels.stop * each)


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
    if isinstance(node.op, Concat):
        return _walk_parts(snn, node, after)
    if isinstance(node.op, Add):
        if after:
            raise _refused(node, "is followed by another operation before the neuron")
        return [path for name in node.inputs for path in _walk(snn, name, (), node.name)]
    if not isinstance(node.op, PASSING + WEIGHTED):
        raise _refused(node, "has no integer form")
    return _walk(snn, node.inputs[0], (node, *after), add)


def _walk_parts(snn: SNN, node: Node, after: tuple[Node, ...]) -> list[Path]:
    """Each part of a concatenation has its own columns of the weights that follow."""
    found, begin, joined = [], 0, snn.graph.shapes[node.name][0]
    for name in node.inputs:
        for path in _walk(snn, name, after, None):
            inner = path.channels or range(snn.graph.shapes[name][0])
            channels = range(begin + inner.start, begin + inner.stop)
            found.append(replace(path, channels=channels, joined=joined))
        begin += snn.graph.shapes[name][0]
    for path in found:
        _check_part(node, path, after)
    return found


def _check_part(node: Node, path: Path, after: tuple[Node, ...]) -> None:
    if path.add is not None or path.weighted not in after:
        raise _refused(node, "joins what is no neuron")
    if isinstance(path.weighted.op, Scale) or getattr(path.weighted.op, "groups", 1) > 1:
        raise _refused(path.weighted, "reads a concatenation without mixing its channels")


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
        fix="lower convolutions, linear layers, pools before weights, residual adds, and "
        "concatenations of neurons before weights",
    )


def check_layers(graph: Graph, paths: Mapping[str, list[Path]]) -> None:
    """Refuse weights that several paths share, and an output that has none of its own."""
    seen: dict[str, str] = {}
    for layer, found in paths.items():
        for path in found:
            node = path.weighted
            if node is None:
                continue
            part = path.channels is not None and seen.get(node.name) == layer
            if node.name in seen and not part:
                raise _refused(node, "is read by more than one neuron or branch")
            seen[node.name] = layer
    for path in paths[graph.output]:
        if path.weighted is None and path.add is None:
            raise _refused(graph.node(graph.output), "is an output without weights")


def layer_edges(graph: Graph, snn: SNN) -> list[tuple[str, str]]:
    """(layer, edge it reads) in order; the readout, named after the output, comes last."""
    edges = [(node.name, node.inputs[0]) for node in graph.nodes if node.name in snn.neurons]
    return [*edges, (graph.output, graph.output)]
