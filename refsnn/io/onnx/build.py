"""From the nodes of an ONNX file to a graph."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT, Graph
from refsnn.io.archive import Naming
from refsnn.io.onnx.builder import ANY_BATCH, Builder
from refsnn.io.onnx.call import Call
from refsnn.io.onnx.file import AGAIN, constant, onnx, opset, read_model
from refsnn.io.onnx.fold import MOST, folded
from refsnn.io.onnx.header import Header, choose, header_of
from refsnn.io.onnx.order import in_order, name_of
from refsnn.io.onnx.registry import Reader
from refsnn.io.onnx.steps import fold_steps
from refsnn.io.onnx.tensors import Tensor
from refsnn.typing import Array, Shape

DAMAGE = (
    TypeError, ValueError, IndexError, KeyError, AttributeError, ArithmeticError, MemoryError,
    AssertionError,
)  # fmt: skip
"""What attributes and constants of another type, size or number than the operator's raise."""


def load_onnx(
    path: str | Path, shape: Sequence[int] | None = None, output: str | None = None
) -> Graph:
    """A trained network; weights in the type they are stored in.

    Parameters
    ----------
    shape : sequence of int, optional
        Of one sample, as the file orders its axes; needed where the file leaves it open.
    output : str, optional
        Which tensor is the result, where there are several.

    Raises
    ------
    UnsupportedError
        An operator, or a setting of one, that the graph does not know; it names the node.
    InputError
        No ONNX file, a damaged one, or one with several inputs or outputs.
    """
    with Naming(path):
        return _graph(read_model(Path(path)), shape, output)


def read_header(path: str | Path) -> Header:
    """What goes in and what comes out, without reading the network."""
    with Naming(path):
        return header_of(read_model(Path(path)).graph)


def _graph(model: Any, shape: Sequence[int] | None, output: str | None) -> Graph:
    version, header = opset(model), header_of(model.graph)
    builder = Builder(header.batch or ANY_BATCH)
    builder.constants = {t.name: constant(t) for t in model.graph.initializer}
    builder.shapes[INPUT] = header.sample(shape)
    builder.tensors[header.name] = Tensor.of(INPUT, builder.shapes[INPUT])
    left = MOST
    with np.errstate(all="ignore"):  # what is not finite is refused with the graph
        for proto in in_order(model.graph.node, {header.name, *builder.constants}):
            left -= _read(proto, builder, version, left)
        return _result(builder, header, output)


def _read(proto: Any, builder: Builder, version: int, left: int) -> int:
    """One node; gives how many elements of constants it made."""
    call = _call(proto, builder, version)
    known = _known(proto, call, builder, left)
    if known is None:
        made = _operated(builder, call)
        results = made if isinstance(made, tuple) and not isinstance(made, Tensor) else (made,)
        builder.tensors |= dict(zip(proto.output, results, strict=False))
        return 0
    builder.constants |= dict(zip((n for n in proto.output if n), known, strict=False))
    return sum(value.size for value in known)


def _call(proto: Any, builder: Builder, version: int) -> Call:
    name = name_of(proto)
    if not (proto.output and proto.output[0]):
        raise InputError("a node without output", where=name, fix=AGAIN)
    if proto.domain not in ("", "ai.onnx"):
        raise UnsupportedError(
            f"{proto.op_type} is no standard operator", where=name, got=proto.domain,
            fix="needed: an export without operators of another maker",
        )  # fmt: skip
    try:
        attributes = {a.name: onnx().helper.get_attribute_value(a) for a in proto.attribute}
    except ValueError as error:
        got = str(error)[:120]
        raise InputError("a damaged attribute", where=name, got=got, fix=AGAIN) from None
    inputs = tuple(proto.input)
    constants = {i: builder.constants[n] for i, n in enumerate(inputs) if n in builder.constants}
    return Call(name, proto.op_type, inputs, attributes, constants, version, len(proto.output))


def _known(proto: Any, call: Call, builder: Builder, left: int) -> list[Array] | None:
    """Values of a node that does not depend on the pixels of an image; else None."""
    if call.kind == "Shape" and call.inputs and call.inputs[0] in builder.tensors:
        whole = (builder.batch, *builder.tensors[call.inputs[0]].shape)
        part = slice(call.attribute("start", 0), call.attribute("end"))
        return [np.array(whole[part], np.int64)]
    if len(call.constants) < sum(bool(name) for name in call.inputs):
        return None
    return folded(proto, list(call.constants.values()), call.version, left)


def _operated(builder: Builder, call: Call) -> Tensor | tuple[Tensor, ...]:
    """What an operator makes of its inputs; every error names the node."""
    read = _operator(call)
    try:
        return read(builder, call)
    except InputError as error:
        if (error.where or "").startswith(call.name):
            raise
        raise type(error)(f"{call.kind}: {error}", where=call.name) from error
    except DAMAGE as error:
        got = str(error)[:120]
        raise InputError(f"{call.kind} cannot be read", where=call.name, got=got) from error


def _operator(call: Call) -> Reader:
    from refsnn.io.onnx.operators import OPERATORS, needed

    entry = OPERATORS.get(call.kind)
    if entry is None:
        raise call.refused("there is no such operation here", needed(call.kind))
    try:
        since = onnx().defs.get_schema(call.kind, call.version, "").since_version
    except Exception:  # of its own kind
        raise call.refused(f"no operator of set {call.version}") from None
    if since > entry.newest:
        raise call.refused(f"version {since} of it is not known", f"version {entry.newest}")
    return entry.read


def _result(builder: Builder, header: Header, asked: str | None) -> Graph:
    """The graph of the output; axes of size one around a vector are dropped."""
    name = choose(header.outputs, asked)
    if name not in builder.tensors:
        fix = "say another with --names output=TENSOR, or export it again"
        raise InputError("the output does not depend on the input", where=name, fix=fix)
    tensor = builder.tensors[name]
    call = Call(name, "output", (), {}, {}, 0)
    plain = _without_ones(tensor.shape)
    edge = builder.held(call, tensor, plain)
    if edge == INPUT:
        raise InputError("nothing is computed: the output is the input", where=name, fix=AGAIN)
    return fold_steps(builder.graph(edge), builder.steps)


def _without_ones(shape: Shape) -> Shape:
    """A vector's shape as one axis; that of anything else as it is."""
    return (prod(shape),) if max(shape, default=1) == prod(shape) else shape
