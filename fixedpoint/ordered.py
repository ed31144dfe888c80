"""Currents of a layer whose accumulator has a width of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fixedpoint.accumulate import Accumulate, accumulate
from fixedpoint.errors import InputError
from fixedpoint.program import Layer, Tap
from fixedpoint.synapses import Conv, Dense, Scale, Synapse, windows
from fixedpoint.typing import AnyArray, IntArray

Shaped = Callable[[IntArray], IntArray]


def held_currents(
    layer: Layer, exact: IntArray, trains: dict[str, AnyArray], lit: int | None
) -> IntArray:
    """What the accumulator leaves of the exact currents (T, N, ...), bias included.

    Raises
    ------
    InputError
        Products are added in an order that is not stated for this layer, or a sum leaves a
        register that must hold it.
    """
    spec = layer.accumulate
    if spec is None:
        return exact
    if not spec.in_order:
        return spec.register.hold(exact)
    frames = [_frame(layer, spec, trains, t, lit) for t in range(len(exact))]
    return np.stack(frames)


def _frame(
    layer: Layer, spec: Accumulate, trains: dict[str, AnyArray], t: int, lit: int | None
) -> IntArray:
    carries = not layer.bias_once and (lit is None or t < lit)
    bias = layer.bias if carries else np.zeros((), np.int64)
    total: IntArray | None = None
    for index, tap in enumerate(layer.taps):
        last = index == len(layer.taps) - 1
        x = _before(tap, np.asarray(trains[tap.source][t], np.int64))
        if total is None:
            begin = bias if spec.bias_first else np.zeros_like(bias)
            total = _summed(layer, tap.path[-1], x, spec, begin)
        else:
            total = _added(layer, tap.path[-1], x, spec, total)
        if last and not spec.bias_first:
            total = spec.register.hold(total + bias)
    assert total is not None
    return total


def _before(tap: Tap, x: IntArray) -> IntArray:
    for synapse in tap.path[:-1]:
        x = synapse(x)
    return x


def _summed(
    layer: Layer, synapse: Synapse, x: IntArray, spec: Accumulate, bias: IntArray
) -> IntArray:
    """Bias, then the products of the first source."""
    if isinstance(synapse, Scale):
        return spec.register.hold(spec.register.hold(bias) + synapse(x))
    frames, weight, shaped = rows_of(layer, synapse, x)
    if bias.ndim > 1 and bias.shape[1:] != (1,) * (bias.ndim - 1):
        fix = "add the bias once, or one for each channel"
        raise InputError("bias differs from pixel to pixel", where=layer.name, fix=fix)
    flat = np.broadcast_to(bias.reshape(-1) if bias.ndim else bias, (len(weight),))
    return shaped(accumulate(weight, frames, flat, spec=spec))


def _added(
    layer: Layer, synapse: Synapse, x: IntArray, spec: Accumulate, total: IntArray
) -> IntArray:
    """The products of another source, on top of what is there."""
    if isinstance(synapse, Scale):
        return spec.register.hold(total + synapse(x))
    fix = "sum each step, or give the layer one source"
    raise InputError("the order of two weighted sources is not stated", where=layer.name, fix=fix)


def rows_of(layer: Layer, synapse: Synapse, x: IntArray) -> tuple[IntArray, IntArray, Shaped]:
    """A weighted synapse as rows.

    Returns
    -------
    inputs (M, K) in address order, weights (out, K), and the way from sums (M, out) to a frame.
    """
    if isinstance(synapse, Dense):
        return x, synapse.weight, lambda y: y
    if isinstance(synapse, Conv) and synapse.groups == 1:
        kernel = synapse.weight.shape[2:]
        views = windows(x, kernel, synapse.stride, synapse.padding, synapse.dilation)
        n, _, height, width = views.shape[:4]
        columns = views.transpose(0, 2, 3, 1, 4, 5).reshape(n * height * width, -1)
        rows = synapse.weight.reshape(len(synapse.weight), -1)
        return columns, rows, lambda y: y.reshape(n, height, width, -1).transpose(0, 3, 1, 2)
    got = type(synapse).__name__
    fix = "sum each step"
    raise InputError("no stated order of additions", where=layer.name, got=got, fix=fix)
