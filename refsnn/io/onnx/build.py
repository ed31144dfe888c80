"""From the nodes of an ONNX file to a graph."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT, Graph, Node
from refsnn.io.onnx.file import constant, onnx, read_model
from refsnn.ops import Op
from refsnn.typing import Array, Shape

BATCH = 1
"""Samples a file is read with: exporters compute with the batch size, and it must not matter."""
FOLDED = 2**24
"""Elements of a constant that folding may make."""


@dataclass
class Call:
    """One node of the file: constants among its inputs by position, and its attributes."""

    name: str
    kind: str
    inputs: list[str]
    attributes: dict[str, Any]
    constants: dict[int, Array]

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute, or its default."""
        return self.attributes.get(name, default)

    def constant(self, index: int, what: str) -> Array:
        """A constant input; one that is computed from the image is refused."""
        if index not in self.constants:
            raise self.refused(f"its {what} is no constant")
        return self.constants[index]

    def optional(self, index: int) -> Array | None:
        """A constant input that may be missing."""
        if index < len(self.inputs) and self.inputs[index]:
            return self.constant(index, f"input {index}")
        return None

    def refused(self, why: str, fix: str | None = None) -> UnsupportedError:
        """An error that names the node."""
        return UnsupportedError(f"{self.kind}: {why}", where=self.name, fix=fix)


@dataclass
class Builder:
    """What was read so far."""

    nodes: list[Node] = field(default_factory=list)
    params: dict[str, Array] = field(default_factory=dict)
    edges: dict[str, str] = field(default_factory=dict)
    """Tensor of the file to edge of the graph."""
    shapes: dict[str, Shape] = field(default_factory=dict)
    """Edge to shape of one sample."""
    constants: dict[str, Array] = field(default_factory=dict)

    def source(self, call: Call, index: int = 0) -> str:
        """Edge of an input that is computed from the image."""
        name = call.inputs[index] if index < len(call.inputs) else ""
        if name in self.edges:
            return self.edges[name]
        if name in self.constants:
            raise call.refused(f"its input {index} is a constant")
        raise InputError("unknown input", where=call.name, got=repr(name), fix="sort the nodes")

    def shape(self, call: Call, index: int = 0) -> Shape:
        """Shape of one sample of an input."""
        return self.shapes[self.source(call, index)]

    def add(self, call: Call, op: Op, *sources: str, **params: Array) -> str:
        """Append a node; gives its edge."""
        name = self._fresh(call.name)
        with_shapes = [self.shapes[source] for source in sources]
        try:
            self.shapes[name] = op.out_shape(*with_shapes)
        except InputError as error:
            raise InputError(str(error), where=call.name) from None
        self.nodes.append(Node(name, op, sources))
        self.params |= {f"{name}.{key}": np.ascontiguousarray(v) for key, v in params.items()}
        return name

    def _fresh(self, name: str) -> str:
        plain = re.sub(r"\W+", "_", name).strip("_") or "node"
        taken, count = plain, 1
        while taken in self.shapes or taken == INPUT:
            count += 1
            taken = f"{plain}_{count}"
        return taken


def load_onnx(path: str | Path) -> Graph:
    """A trained network; weights in the type they are stored in.

    Raises
    ------
    UnsupportedError
        An operator, or a setting of one, that the graph does not know; it names the node.
    InputError
        No ONNX file, a damaged one, or one with several inputs or outputs.
    """
    from refsnn.io.onnx.operators import OPERATORS

    file = read_model(Path(path)).graph
    builder = Builder()
    for tensor in file.initializer:
        builder.constants[tensor.name] = constant(tensor)
    _set_input(file, builder)
    for proto in file.node:
        call = _call(proto, builder)
        if _fold(proto, call, builder):
            continue
        if call.kind not in OPERATORS:
            known = ", ".join(sorted(OPERATORS))
            raise call.refused("no such operation here", fix=f"there are: {known}")
        builder.edges[proto.output[0]] = OPERATORS[call.kind](builder, call)
    return _graph(file, builder)


def _set_input(file: Any, builder: Builder) -> None:
    images = [i for i in file.input if i.name not in builder.constants]
    if len(images) != 1:
        got = ", ".join(i.name for i in images) or "none"
        raise InputError("a network has one input", where="ONNX", got=got)
    dims = [d.dim_value for d in images[0].type.tensor_type.shape.dim]
    if len(dims) < 2 or any(d < 1 for d in dims[1:]):
        raise InputError(
            "the shape of an image is not in the file", where=images[0].name, got=dims,
            fix="export with a fixed image size",
        )  # fmt: skip
    builder.edges[images[0].name] = INPUT
    builder.shapes[INPUT] = tuple(dims[1:])


def _call(proto: Any, builder: Builder) -> Call:
    package = onnx()
    name = proto.name or (proto.output[0] if proto.output else "node")
    if not proto.output:
        raise InputError("a node without output", where=name)
    attributes = {a.name: package.helper.get_attribute_value(a) for a in proto.attribute}
    inputs = list(proto.input)
    constants = {i: builder.constants[n] for i, n in enumerate(inputs) if n in builder.constants}
    return Call(name, proto.op_type, inputs, attributes, constants)


def _fold(proto: Any, call: Call, builder: Builder) -> bool:
    """Compute a node whose inputs are constants, or a shape, here and now."""
    if call.kind == "Constant" and "value" in call.attributes:
        builder.constants[proto.output[0]] = constant(call.attributes["value"])
        return True
    if call.kind == "Shape" and call.inputs and call.inputs[0] in builder.edges:
        shape = builder.shapes[builder.edges[call.inputs[0]]]
        builder.constants[proto.output[0]] = np.array((BATCH, *shape), np.int64)
        return True
    if len(call.constants) < sum(bool(name) for name in call.inputs):
        return False
    _evaluate(proto, call, builder)
    return True


def _evaluate(proto: Any, call: Call, builder: Builder) -> None:
    from onnx.reference import ReferenceEvaluator

    if proto.op_type in ("If", "Loop", "Scan"):
        raise call.refused("control flow is not supported")
    if proto.op_type == "ConstantOfShape" and np.prod(call.constants[0].astype(float)) > FOLDED:
        raise call.refused("the constant is too large")
    helper = onnx().helper
    infos = [helper.make_empty_tensor_value_info(n) for n in (*call.inputs, *proto.output) if n]
    inner = helper.make_graph([proto], "folded", infos[: len(call.constants)],
                              infos[len(call.constants):])  # fmt: skip
    given = {name: builder.constants[name] for name in call.inputs if name}
    try:
        results = ReferenceEvaluator(helper.make_model(inner)).run(None, given)
    except Exception as error:
        raise call.refused(f"cannot be computed: {str(error)[:120]}") from None
    for name, value in zip(proto.output, results, strict=True):
        builder.constants[name] = np.asarray(value)


def _graph(file: Any, builder: Builder) -> Graph:
    outputs = [o.name for o in file.output]
    if len(outputs) != 1:
        got = ", ".join(outputs) or "none"
        raise InputError("a network has one output", where="ONNX", got=got)
    if outputs[0] not in builder.edges:
        raise InputError("the output does not depend on the input", where=outputs[0])
    if builder.edges[outputs[0]] == INPUT:
        raise InputError("nothing is computed: the output is the input", where=outputs[0])
    wanted = _needed(builder, builder.edges[outputs[0]])
    nodes = tuple(node for node in builder.nodes if node.name in wanted)
    params = {k: v for k, v in builder.params.items() if k.rpartition(".")[0] in wanted}
    return Graph(builder.shapes[INPUT], nodes, params)


def _needed(builder: Builder, output: str) -> set[str]:
    by_name = {node.name: node for node in builder.nodes}
    wanted, left = set(), [output]
    while left:
        name = left.pop()
        if name in by_name and name not in wanted:
            wanted.add(name)
            left += by_name[name].inputs
    return wanted
