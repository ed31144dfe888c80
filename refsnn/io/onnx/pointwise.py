"""Activations, sums, and factors and summands that are constant."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from refsnn.activations import Clip, LeakyReLU, ReLU
from refsnn.errors import InputError
from refsnn.io.onnx.builder import Builder
from refsnn.io.onnx.call import Call
from refsnn.io.onnx.registry import operator
from refsnn.io.onnx.tensors import Tensor
from refsnn.ops import Add, BatchNorm, Op, Scale
from refsnn.typing import Array

WHERE_FOLDED = "folded into the weights before it, else a Scale or a Conv2d of single pixels"
ONE = np.ones(())
CONSTANT = "a constant (one number, or one for each channel)"


def elementwise(builder: Builder, call: Call, op: Op, **params: Array) -> Tensor:
    """The same for every value, wherever it lies."""
    tensor = builder.tensor(call)
    return tensor.like(builder.add(call, op, tensor.edge, **params))


@operator("Relu", 14, "ReLU")
def relu(builder: Builder, call: Call) -> Tensor:
    """Rectifier."""
    return elementwise(builder, call, ReLU())


@operator("LeakyRelu", 16, "LeakyReLU", "slope from 0 to below 1")
def leaky(builder: Builder, call: Call) -> Tensor:
    """A slope on the negative side."""
    slope = float(call.attribute("alpha", 0.01))
    if not 0 <= slope < 1:
        raise call.refused(f"a slope of {slope:g}", "0 <= alpha < 1")
    return elementwise(builder, call, LeakyReLU(slope))


@operator("Clip", 13, "Clip (lambda = max); ReLU without a maximum",
          "min = 0, max > 0; without bounds: nothing")  # fmt: skip
def clip(builder: Builder, call: Call) -> Tensor:
    """ReLU6 and its like."""
    low, high = (_bound(call, i, name) for i, name in ((1, "min"), (2, "max")))
    if low is None and high is None:
        return builder.tensor(call)
    if low != 0 or (high is not None and high <= 0):
        raise call.refused(f"from {low} to {high}: no activation of a spiking neuron",
                           "min = 0 and max > 0, or no max")  # fmt: skip
    if high is None:
        return elementwise(builder, call, ReLU())
    threshold = {"lambda": np.asarray(high, np.float64)}
    return elementwise(builder, call, Clip(lambda_init=high), **threshold)


def _bound(call: Call, index: int, name: str) -> float | None:
    """A bound; none where it is left out or the last number there is."""
    value = call.optional(index, name)
    if value is None:
        return None
    if value.size != 1:
        raise call.refused(f"{name} of shape {value.shape}", "one number")
    number = float(value.reshape(-1)[0])
    return None if abs(number) >= np.finfo(np.float32).max else number


@operator("BatchNormalization", 15, "BatchNorm", "in evaluation")
def batch_norm(builder: Builder, call: Call) -> Tensor:
    """Folded into the layer before it when the network is converted."""
    if call.attribute("training_mode", 0):
        raise call.refused("in training", "an export for evaluation")
    tensor, names = builder.tensor(call), ("weight", "bias", "running_mean", "running_var")
    values = {name: call.constant(i + 1, name) for i, name in enumerate(names)}
    edge = builder.channelled(call, tensor)
    channels = builder.shapes[edge][0]
    for name, value in values.items():
        if value.shape != (channels,):
            raise InputError(f"{call.kind}: {name}", where=call.name, expected=(channels,),
                             got=value.shape)  # fmt: skip
    made = builder.add(call, BatchNorm(float(call.attribute("epsilon", 1e-5))), edge, **values)
    if edge == tensor.edge:
        return tensor.like(made)
    return Tensor.of(made, tensor.shape)


@operator("Add", 14, "Add; a constant: a bias", CONSTANT + " or a tensor of the same shape")
def add(builder: Builder, call: Call) -> Tensor:
    """A residual connection, or a bias."""
    return _summed(builder, call, 1.0)


@operator("Sub", 14, "Add of a Scale by -1; a constant: a bias", CONSTANT
          + " or a tensor of the same shape")  # fmt: skip
def subtract(builder: Builder, call: Call) -> Tensor:
    """The second with the other sign."""
    return _summed(builder, call, -1.0)


@operator("Sum", 13, "Add", "two tensors of one shape, or more")
def total(builder: Builder, call: Call) -> Tensor:
    """As many as there are."""
    tensors = [builder.tensor(call, index) for index in range(len(call.inputs))]
    return tensors[0] if len(tensors) == 1 else _joined(builder, call, tensors)


def _summed(builder: Builder, call: Call, sign: float) -> Tensor:
    """``x + sign y``, either of which may be a constant."""
    if 1 in call.constants:
        return stepped(builder, call, 0, ONE, sign * _float(call, 1))
    if 0 in call.constants:
        return stepped(builder, call, 1, sign * ONE, _float(call, 0))
    one, other = builder.tensor(call, 0), builder.tensor(call, 1)
    if sign < 0:
        other = other.like(builder.add(call, Scale(), other.edge, weight=np.asarray(-1.0)))
    return _joined(builder, call, [one, other])


def _joined(builder: Builder, call: Call, tensors: list[Tensor]) -> Tensor:
    first = tensors[0]
    if any(tensor.shape != first.shape for tensor in tensors):
        got = " and ".join(str(tensor.shape) for tensor in tensors)
        raise call.refused(f"shapes {got}", "one shape: nothing is repeated to fit another")
    if all(tensor[1:] == first[1:] for tensor in tensors):
        return first.like(builder.add(call, Add(), *(tensor.edge for tensor in tensors)))
    edges = [builder.held(call, tensor, first.shape) for tensor in tensors]
    return builder.made(call, Add(), *edges)


@operator("Mul", 14, WHERE_FOLDED, CONSTANT)
def multiply(builder: Builder, call: Call) -> Tensor:
    """A constant factor."""
    return _scaled(builder, call, lambda factor: factor)


@operator("Div", 14, WHERE_FOLDED, CONSTANT + " as divisor")
def divide(builder: Builder, call: Call) -> Tensor:
    """A constant divisor."""
    if 0 in call.constants:
        raise call.refused("by what depends on the image", "a constant divisor")
    return _scaled(builder, call, np.reciprocal)


@operator("Neg", 13, WHERE_FOLDED)
def negate(builder: Builder, call: Call) -> Tensor:
    """A factor of -1."""
    return stepped(builder, call, 0, -ONE, 0 * ONE)


def _scaled(builder: Builder, call: Call, factor: Callable[[Array], Array]) -> Tensor:
    index = next(iter(call.constants), None)
    if index is None:
        raise call.refused("of two tensors that depend on the image", "a constant factor")
    with np.errstate(divide="ignore"):
        value = factor(_float(call, index))
    if not np.all(np.isfinite(value)):
        raise call.refused("a factor that is not finite", "a finite one")
    return stepped(builder, call, 1 - index, value, 0 * ONE)


def stepped(builder: Builder, call: Call, index: int, factor: Array, summand: Array) -> Tensor:
    """``factor * x + summand`` with constants that differ along one axis at most."""
    tensor = builder.tensor(call, index)
    rank = len(tensor.shape)
    factor, summand = (_spread(call, value, tensor) for value in (factor, summand))
    along = sorted({axis for value in (factor, summand) for axis in _varying(value)})
    if len(along) > 1:
        raise call.refused("a constant that differs from pixel to pixel", CONSTANT)
    if not along:
        return builder.affine(call, tensor, factor.flat[0], summand.flat[0])
    order = (along[0], *(axis for axis in range(rank) if axis != along[0]))
    front = builder.transposed(call, tensor, order)
    edge = builder.channelled(call, front)
    if edge != front.edge:
        front = Tensor.of(edge, front.shape)
    line = tuple(slice(None) if axis == along[0] else 0 for axis in range(rank))
    made = builder.affine(call, front, factor[line], summand[line])
    return builder.transposed(call, made, [order.index(axis) for axis in range(rank)])


def _float(call: Call, index: int) -> Array:
    return np.asarray(call.constant(index, "operand"), np.float64)


def _spread(call: Call, value: Array, tensor: Tensor) -> Array:
    """As large as one sample."""
    try:
        spread: Array = np.broadcast_to(value, (1, *tensor.shape))[0]
    except ValueError:
        got = f"{np.shape(value)} to a sample of {tensor.shape}"
        raise call.refused(f"a constant of shape {got}", CONSTANT) from None
    return spread


def _varying(value: Array) -> list[int]:
    """Axes along which it is not the same."""
    firsts = (value[(slice(None),) * axis + (slice(0, 1),)] for axis in range(value.ndim))
    return [axis for axis, first in enumerate(firsts) if np.any(value != first)]
