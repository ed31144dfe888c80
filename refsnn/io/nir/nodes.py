"""The operation of each NIR node without a state, both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from refsnn.errors import InputError, UnsupportedError
from refsnn.io.nir.hdf5 import Tree
from refsnn.ops import AvgPool2d, Conv2d, Flatten, Linear, Op, Scale
from refsnn.typing import Array, Shape


class Built(NamedTuple):
    """An operation and its parameters."""

    op: Op
    params: dict[str, Array]


NEEDED = {
    "CubaLIF": "a neuron with a synaptic current (tau_syn) and a membrane",
    "CubaLI": "a neuron with a synaptic current that never fires",
    "LI": "a leaky membrane that never fires",
    "I": "a membrane without threshold",
    "Threshold": "a comparison without membrane",
    "Delay": "a queue of frames of any length",
    "Conv1d": "a one-dimensional convolution (or a Conv2d of height 1)",
    "NIRGraph": "subgraphs: recurrent layers are stored so, and recurrence is not supported",
}
"""Node types that are known and not read: what it would take."""


def build(name: str, node: Tree, shape: Shape) -> Built:
    """The operation of a node that reads samples of this shape."""
    kind = str(node.get("type"))
    if kind not in BUILDERS:
        need = NEEDED.get(kind)
        fix = f"it would need {need}" if need else f"known: {', '.join(sorted(BUILDERS))}, IF, LIF"
        raise UnsupportedError(f"{kind} node", where=name, fix=fix)
    return BUILDERS[kind](name, node, shape)


def array(name: str, node: Tree, field: str) -> Array:
    """A numeric field of a node."""
    value = node.get(field)
    if not isinstance(value, np.ndarray):
        raise InputError("field is missing or no array", where=name, expected=field, got=value)
    return value


def _linear(name: str, node: Tree, shape: Shape) -> Built:
    weight = array(name, node, "weight")
    if weight.ndim != 2:
        raise UnsupportedError("weight of more axes", where=name, expected=2, got=weight.shape)
    bias = {"bias": array(name, node, "bias")} if node["type"] == "Affine" else {}
    return Built(Linear(len(weight), bias=bool(bias)), {"weight": weight, **bias})


def _conv(name: str, node: Tree, shape: Shape) -> Built:
    weight, bias = array(name, node, "weight"), array(name, node, "bias")
    if weight.ndim != 4:
        raise InputError("weight", where=name, expected="(out, in, kh, kw)", got=weight.shape)
    kernel = (int(weight.shape[2]), int(weight.shape[3]))
    stride, dilation = _pair(name, node, "stride"), _pair(name, node, "dilation")
    padding = _padding(name, node, kernel, stride, dilation)
    groups = int(array(name, node, "groups"))
    op = Conv2d(len(weight), kernel, stride, padding, dilation, groups)
    return Built(op, {"weight": weight, "bias": bias})


def _padding(name: str, node: Tree, kernel: Any, stride: Any, dilation: Any) -> tuple[int, int]:
    said = node.get("padding")
    if not isinstance(said, str):
        return _pair(name, node, "padding")
    reach = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    if said == "valid":
        return (0, 0)
    if said != "same" or stride != (1, 1) or any(r % 2 for r in reach):
        raise UnsupportedError(
            "padding of unequal sides", where=name, got=f"{said!r}, kernel {kernel}, {stride=}",
            fix="write the padding as numbers",
        )  # fmt: skip
    return (reach[0] // 2, reach[1] // 2)


def _pool(name: str, node: Tree, shape: Shape) -> Built:
    divisor = 1 if node["type"] == "SumPool2d" else None
    kernel, stride, padding = (
        _pair(name, node, key) for key in ("kernel_size", "stride", "padding")
    )
    return Built(AvgPool2d(kernel, stride, padding, divisor), {})


def _flatten(name: str, node: Tree, shape: Shape) -> Built:
    start, end = (int(array(name, node, key)) for key in ("start_dim", "end_dim"))
    if start != 0 or end not in (-1, len(shape) - 1):
        raise UnsupportedError(
            "flattens some of the axes", where=name, expected="start_dim 0, end_dim -1",
            got=f"{start}, {end}", fix="axes are those of one sample: no batch axis is counted",
        )  # fmt: skip
    return Built(Flatten(), {})


def _scale(name: str, node: Tree, shape: Shape) -> Built:
    factors = array(name, node, "scale")
    full = broadcast(name, "scale", factors, shape)
    if full.size and np.all(full == full.flat[0]):
        return Built(Scale(), {"weight": np.asarray(full.flat[0])})
    channels = full.reshape(len(full), -1)
    if np.any(channels != channels[:, :1]):
        raise UnsupportedError("scales differ within a channel", where=name)
    return Built(Scale(per_channel=True), {"weight": channels[:, 0].copy()})


def broadcast(name: str, field: str, value: Array, shape: Shape) -> Array:
    """A parameter of a node as one number for each element of a sample."""
    try:
        return np.broadcast_to(value.reshape(()) if value.size == 1 else value, shape)
    except ValueError as error:
        raise InputError(
            f"{field} does not fit the layer", where=name, expected=shape, got=value.shape
        ) from error


def _pair(name: str, node: Tree, field: str) -> tuple[int, int]:
    value = array(name, node, field)
    if value.dtype.kind not in "iu" or value.size not in (1, 2):
        raise InputError("not a pair of integers", where=f"{name}.{field}", got=value)
    both = np.broadcast_to(value.ravel(), (2,))
    return int(both[0]), int(both[1])


BUILDERS: Mapping[str, Callable[[str, Tree, Shape], Built]] = {
    "Affine": _linear,
    "Linear": _linear,
    "Conv2d": _conv,
    "AvgPool2d": _pool,
    "SumPool2d": _pool,
    "Flatten": _flatten,
    "Scale": _scale,
}
