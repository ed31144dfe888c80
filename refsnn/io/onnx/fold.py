"""Compute what does not depend on the image: weights, and the arithmetic of shapes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from refsnn.errors import InputError, UnsupportedError
from refsnn.io.onnx.file import constant, onnx
from refsnn.io.onnx.order import name_of
from refsnn.typing import Array

MOST = 2**26
"""Elements that all folded constants of a file may have together."""
ELEMENTWISE = (
    "Abs", "Add", "And", "Ceil", "Div", "Equal", "Exp", "Floor", "Greater", "GreaterOrEqual",
    "Less", "LessOrEqual", "Log", "Max", "Min", "Mod", "Mul", "Neg", "Not", "Or", "Pow",
    "Reciprocal", "Round", "Sign", "Sqrt", "Sub", "Sum", "Where",
)  # fmt: skip
SMALL = (
    "Cast", "CastLike", "Concat", "Constant", "DequantizeLinear", "Flatten", "Identity",
    "QuantizeLinear", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
    "Reshape", "Shape", "Size", "Slice", "Split", "Squeeze", "Transpose", "Unsqueeze",
)  # fmt: skip
"""Their result is no larger than what goes in."""
EVALUATED_AS = {"QuantizeLinear": 21, "DequantizeLinear": 21}
"""The reference evaluator lacks their older definitions, which say the same of what they know."""
GROWING = ("ConstantOfShape", "Expand", "Gather", "Range", "Tile")
FOLDED = frozenset((*ELEMENTWISE, *SMALL, *GROWING))


def folded(proto: Any, given: Sequence[Array], version: int, left: int) -> list[Array]:
    """Values of a node all of whose inputs are known.

    Parameters
    ----------
    given : arrays
        Its inputs, without those that are left out.
    version : int
        Operator set.
    left : int
        Elements its results may have.
    """
    name = name_of(proto)
    if proto.op_type not in FOLDED:
        raise UnsupportedError(f"{proto.op_type} of constants is not computed here", where=name,
                               fix="export with constants folded")  # fmt: skip
    size = result_size(proto, given)
    if size > left:
        raise UnsupportedError(
            f"{proto.op_type} makes too large a constant", where=name,
            expected=f"<= {left} elements", got=f"{size:.3g}",
        )  # fmt: skip
    return _constant(proto) or _evaluated(proto, given, version)


def result_size(proto: Any, given: Sequence[Array]) -> float:
    """Elements of the result, told before it is made; an upper bound."""
    kind, sizes = proto.op_type, [float(array.size) for array in given]
    if kind in SMALL or not given:
        return sum(sizes) + 64.0
    try:
        return _growth(kind, given, sizes)
    except (ValueError, IndexError, TypeError) as error:
        raise InputError(f"{kind} cannot be computed", where=name_of(proto), got=error) from None


def _growth(kind: str, given: Sequence[Array], sizes: list[float]) -> float:
    if kind == "ConstantOfShape":
        return float(np.prod(given[0].astype(np.float64)))
    if kind == "Expand":
        target = [int(n) for n in given[1]]
        return float(prod(np.broadcast_shapes(given[0].shape, tuple(target))))
    if kind == "Tile":
        return sizes[0] * float(np.prod(given[1].astype(np.float64)))
    if kind == "Range":
        start, limit, step = (float(value.item()) for value in given)
        return max(0.0, (limit - start) / step) if step else float("inf")
    if kind == "Gather":
        return sizes[0] * max(1.0, sizes[1])
    return float(prod(np.broadcast_shapes(*(array.shape for array in given))))


def _constant(proto: Any) -> list[Array]:
    """The tensor of a `Constant`, read as carefully as any other of the file."""
    if proto.op_type != "Constant":
        return []
    return [constant(a.t) for a in proto.attribute if a.name == "value" and a.HasField("t")]


def _evaluated(proto: Any, given: Sequence[Array], version: int) -> list[Array]:
    """By the reference evaluator of ONNX itself, in the operator set of the file."""
    from onnx.reference import ReferenceEvaluator

    helper = onnx().helper
    names = [name for name in proto.input if name]
    feeds = dict(zip(names, given, strict=True))
    ends = [helper.make_empty_tensor_value_info(n) for n in proto.output if n]
    starts = [helper.make_empty_tensor_value_info(n) for n in feeds]
    graph = helper.make_graph([proto], "folded", starts, ends)
    version = max(version, EVALUATED_AS.get(proto.op_type, version))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)])
    try:
        with np.errstate(all="ignore"):
            return [np.asarray(value) for value in ReferenceEvaluator(model).run(None, feeds)]
    except Exception as error:  # whatever its operators raise
        got = str(error)[:120]
        raise InputError(
            f"{proto.op_type} cannot be computed", where=name_of(proto), got=got
        ) from None
