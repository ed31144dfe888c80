"""The graph that grows while a file is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from refsnn.errors import InputError
from refsnn.graph import INPUT, Graph, Node
from refsnn.io.onnx.call import Call
from refsnn.io.onnx.file import LARGEST
from refsnn.io.onnx.tensors import Tensor
from refsnn.ops import BatchNorm, Flatten, Op, Reshape, Transpose
from refsnn.typing import Array, Shape

ANY_BATCH = 251
"""Stands for a number of samples the file leaves open: a prime that no layer has by accident."""


@dataclass
class Builder:
    """What was read so far."""

    batch: int
    """Samples that the arithmetic of shapes is done with."""
    tensors: dict[str, Tensor] = field(default_factory=dict)
    """What depends on the image, by its name in the file."""
    constants: dict[str, Array] = field(default_factory=dict)
    """What does not."""
    nodes: list[Node] = field(default_factory=list)
    params: dict[str, Array] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    """Sample shape of each edge."""
    steps: set[str] = field(default_factory=set)
    """Nodes that are a constant factor and summand of the file, waiting to be folded."""
    wired: dict[tuple[str, Op], str] = field(default_factory=dict)
    """Edges that only move values, so that no two nodes move them alike."""

    def whole(self, tensor: Tensor) -> str:
        """Shape with the samples in front, for people."""
        samples = "N" if self.batch == ANY_BATCH else self.batch
        return f"({samples}, {', '.join(map(str, tensor.shape))})"

    def tensor(self, call: Call, index: int = 0) -> Tensor:
        """An input that depends on the image."""
        name = call.inputs[index] if index < len(call.inputs) else ""
        if name in self.tensors:
            return self.tensors[name]
        if index in call.constants:
            raise call.refused(f"its input {index} is a constant", "one that depends on the image")
        raise InputError(f"{call.kind}: input {index} is missing", where=call.name)

    def add(self, call: Call, op: Op, *edges: str, **params: Array) -> str:
        """Append a node; gives its edge."""
        name = self._fresh(call.name)
        shape = op.out_shape(*(self.shapes[edge] for edge in edges))
        if prod(shape) > LARGEST:
            raise InputError(f"{call.kind}: too large", where=call.name, got=shape)
        self.shapes[name] = shape
        self.nodes.append(Node(name, op, edges))
        self.params |= {f"{name}.{key}": _weights(call, value) for key, value in params.items()}
        return name

    def made(self, call: Call, op: Op, *edges: str, **params: Array) -> Tensor:
        """Append a node; gives its edge as the tensor it is."""
        edge = self.add(call, op, *edges, **params)
        return Tensor.of(edge, self.shapes[edge])

    def held(self, call: Call, tensor: Tensor, shape: Sequence[int]) -> str:
        """An edge of this shape whose values lie as in the file."""
        edge, shape = tensor.edge, tuple(shape)
        if not tensor.in_order:
            edge = self._moved(call, edge, Transpose(tensor.order))
        if self.shapes[edge] != shape:
            edge = self._moved(call, edge, Flatten() if len(shape) == 1 else Reshape(shape))
        return edge

    def channelled(self, call: Call, tensor: Tensor) -> str:
        """An edge whose first axis is that of the tensor."""
        if tensor.in_order and tensor.held[0] == tensor.shape[0]:
            return tensor.edge
        return self.held(call, tensor, tensor.shape)

    def transposed(self, call: Call, tensor: Tensor, order: Sequence[int]) -> Tensor:
        """Axes of the sample in another order."""
        found = tensor.transposed(order)
        if found is None:
            found = Tensor.of(self.held(call, tensor, tensor.shape), tensor.shape).transposed(order)
        assert found is not None
        return found

    def affine(self, call: Call, tensor: Tensor, factor: Array, summand: Array) -> Tensor:
        """``factor * x + summand``, one of each for every channel of the edge (or one for all)."""
        channels = tensor.held[:1]
        values = {"weight": factor, "bias": summand, "running_mean": 0.0, "running_var": 1.0}
        params = {
            k: np.broadcast_to(np.asarray(v, np.float64), channels) for k, v in values.items()
        }
        edge = self.add(call, BatchNorm(eps=0.0), tensor.edge, **params)
        self.steps.add(edge)
        return tensor.like(edge)

    def graph(self, output: str) -> Graph:
        """What the output needs of it."""
        by_name = {node.name: node for node in self.nodes}
        wanted, left = set[str](), [output]
        while left:
            name = left.pop()
            if name in by_name and name not in wanted:
                wanted.add(name)
                left += by_name[name].inputs
        nodes = tuple(node for node in self.nodes if node.name in wanted)
        params = {k: v for k, v in self.params.items() if k.rpartition(".")[0] in wanted}
        return Graph(self.shapes[INPUT], nodes, params)

    def _moved(self, call: Call, edge: str, op: Op) -> str:
        if (edge, op) not in self.wired:
            self.wired[edge, op] = self.add(call, op, edge)
        return self.wired[edge, op]

    def _fresh(self, name: str) -> str:
        plain = re.sub(r"\W+", "_", name).strip("_") or "node"
        taken, count = plain, 1
        while taken in self.shapes or taken == INPUT:
            count += 1
            taken = f"{plain}_{count}"
        return taken


def _weights(call: Call, value: Array) -> Array:
    """What a parameter can be: floats of the file; formats NumPy has no name for are widened."""
    value = np.array(value, order="C")
    if value.dtype.kind == "f":
        return value
    try:
        return value.astype(np.float32 if value.dtype.kind == "V" else np.float64)
    except (TypeError, ValueError):
        raise call.refused(f"weights of type {value.dtype}", "floats") from None
