"""A network as a frozen graph of operations, in topological order, with its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.base import Op
from refsnn.typing import Array, Shape

INPUT = "input"
"""Name of the edge that carries the data."""


@dataclass(frozen=True)
class Node:
    """One operation and the names of the edges it reads."""

    name: str
    op: Op
    inputs: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Graph:
    """A feed-forward network.

    Parameters
    ----------
    input_shape : tuple of int
        Shape of one sample, e.g. (C, H, W).
    nodes : tuple of Node
        In any order; stored in topological order. The last one is the output.
    params : mapping
        ``"node.parameter"`` to array. Stored read-only.

    Raises
    ------
    InputError
        For a name used twice, an unknown input, a cycle, more than one output, shapes or
        parameters that do not fit, or parameters that are not finite. The message names the node.
    """

    input_shape: Shape
    nodes: tuple[Node, ...]
    params: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "input_shape", tuple(int(n) for n in self.input_shape))
        object.__setattr__(self, "nodes", _in_order(self.nodes))
        object.__setattr__(self, "params", _frozen(self.params))
        self._check()

    def _check(self) -> None:
        outputs = [n.name for n in self.nodes if not self.consumers(n.name)]
        if len(outputs) != 1:
            raise InputError("a graph has one output", where="graph", got=", ".join(outputs))
        known_shapes = self.shapes
        for node in self.nodes:
            shapes = [known_shapes[name] for name in node.inputs]
            with _Naming(node):
                node.op.check_params(self.of(node.name), *shapes)
        known = {node.name for node in self.nodes}
        for name, value in self.params.items():
            if name.rpartition(".")[0] not in known:
                raise InputError("parameter of no node", where=name)
            if not np.all(np.isfinite(value)):
                raise InputError(
                    "weights are not finite", where=name, fix="train again or mend the file"
                )

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """Sample shape of every edge."""
        shapes = {INPUT: self.input_shape}
        for node in self.nodes:
            with _Naming(node):
                _check_arity(node)
                shapes[node.name] = node.op.out_shape(*(shapes[name] for name in node.inputs))
        return MappingProxyType(shapes)

    @property
    def output(self) -> str:
        """Name of the last node."""
        return self.nodes[-1].name

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    def node(self, name: str) -> Node:
        """The node of this name."""
        return self._by_name[name]

    def consumers(self, name: str) -> list[Node]:
        """Nodes that read the edge ``name``."""
        return [node for node in self.nodes if name in node.inputs]

    def of(self, name: str) -> dict[str, Array]:
        """Parameters of one node, without the prefix."""
        return dict(self._by_node.get(name, {}))

    @cached_property
    def _by_node(self) -> dict[str, dict[str, Array]]:
        """Parameters of every node."""
        found: dict[str, dict[str, Array]] = {}
        for key, value in self.params.items():
            node, _, name = key.rpartition(".")
            found.setdefault(node, {})[name] = value
        return found

    def with_params(self, params: Mapping[str, Array]) -> Graph:
        """The same graph with some parameters replaced."""
        return replace(self, params={**self.params, **params})

    def astype(self, dtype: type[np.floating]) -> Graph:
        """The same graph with parameters of another float type."""
        return self.with_params({k: v.astype(dtype) for k, v in self.params.items()})


def initialise(input_shape: Shape, nodes: Iterable[Node], seed: int) -> Graph:
    """A graph with fresh parameters (PCG64 of ``seed``, drawn in topological order)."""
    rng = np.random.default_rng(seed)
    shapes: dict[str, Shape] = {INPUT: tuple(input_shape)}
    params: dict[str, Array] = {}
    ordered = _in_order(tuple(nodes))
    for node in ordered:
        inputs = [shapes[name] for name in node.inputs]
        with _Naming(node):
            _check_arity(node)
            shapes[node.name] = node.op.out_shape(*inputs)
            fresh = node.op.init_params(rng, *inputs)
        params.update({f"{node.name}.{key}": value for key, value in fresh.items()})
    return Graph(tuple(input_shape), ordered, params)


def _frozen(params: Mapping[str, Array]) -> Mapping[str, Array]:
    out = {}
    for name, value in params.items():
        value = np.array(value)
        value.flags.writeable = False
        out[name] = value
    return MappingProxyType(out)


def _check_arity(node: Node) -> None:
    wanted = node.op.n_inputs
    fits = len(node.inputs) >= 2 if wanted is None else len(node.inputs) == wanted
    if not fits:
        expected = "two or more" if wanted is None else wanted
        raise InputError("wrong number of inputs", expected=expected, got=len(node.inputs))


def _in_order(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Topological order that keeps the given order where it can."""
    names = [node.name for node in nodes]
    for name in names:
        if names.count(name) > 1 or name == INPUT or not name:
            raise InputError("node names are unique, not empty and not 'input'", where=name)
    ordered: list[Node] = []
    ready = {INPUT}
    waiting = list(nodes)
    while waiting:
        node = next((n for n in waiting if ready.issuperset(n.inputs)), None)
        if node is None:
            raise _stuck(waiting, set(names))
        waiting.remove(node)
        ordered.append(node)
        ready.add(node.name)
    return tuple(ordered)


def _stuck(waiting: list[Node], names: set[str]) -> InputError:
    for node in waiting:
        for name in node.inputs:
            if name not in names and name != INPUT:
                return InputError("reads an edge that does not exist", where=node.name, got=name)
    return InputError("the graph has a cycle", where=", ".join(n.name for n in waiting))


class _Naming:
    """Put the node's name in front of errors raised by its operation."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, InputError):
            node = f"node {self.node.name!r} ({type(self.node.op).__name__})"
            raise error.within(node) from error
