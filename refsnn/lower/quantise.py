"""Choose integers: the step of every layer, its weights, its bias, its shortcut weights.

With theta the neuron's threshold and ``delta = theta / 2**k`` the step of its membrane, the integer
threshold is 2**k for any learned theta, so no divider is needed. The largest k at which the weights
fit is taken: one for the layer, or one for each channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import floor, log2
from typing import NamedTuple

import numpy as np

from refsnn.engines.propagate import constant_part
from refsnn.errors import UnsupportedError
from refsnn.graph import INPUT
from refsnn.lower.grid import InputGrid
from refsnn.lower.taps import Path, check_layers, layer_edges, paths_into
from refsnn.lower.twins import has_whole_shift
from refsnn.lower.weights import carried, effective_weight
from refsnn.neurons import Neuron
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray

WIDEST_SHIFT = 40


@dataclass(frozen=True)
class QuantisedPath:
    """A path with its integer weights."""

    path: Path
    weight: IntArray
    """As of the weighted node; of an identity shortcut () or (C, 1, 1)."""
    amplitude: Array
    """Value of one unit in the new network where the weights read it: powers of two."""
    rounding: float
    """Largest ``|w - w_q|`` in integer steps."""


@dataclass(frozen=True)
class QuantisedLayer:
    """A layer in integers."""

    name: str
    theta: IntArray | None
    """Integer threshold, powers of two: (), or (C, 1, 1) or (C,) per channel; None of the
    readout."""
    bits: int
    """Width of the weights."""
    delta: Array
    """Step of the membrane in units of the trained network: (), or (C, 1, 1) per channel."""
    paths: tuple[QuantisedPath, ...]
    bias: IntArray
    bias_rounding: float
    reference_bias: IntArray
    """Bias of the ANN the network is held to; differs where a method calibrated biases."""
    shift_rounding: float
    """What the neuron's charge per step lost when it was made whole and joined the bias."""


def quantise(
    snn: SNN, grid: InputGrid, bits: Mapping[str, int], *, per_channel: bool = False
) -> list[QuantisedLayer]:
    """Every layer in integers.

    Parameters
    ----------
    bits : mapping
        Width of each layer's weights, symmetric: ``|w| <= 2**(bits - 1) - 1``.
    per_channel : bool
        A membrane step for each channel. The readout keeps one: its outputs are compared.
    """
    offsets = constant_part(snn, np.float64)
    held_to = constant_part(replace(snn, graph=snn.ann, reference=None), np.float64)
    sources = {INPUT: Source(*(np.full(snn.graph.input_shape, 2.0**-grid.frac),) * 2)}
    edges = layer_edges(snn.graph, snn)
    paths_of = {name: paths_into(snn, edge) for name, edge in edges}
    check_layers(snn.graph, paths_of)
    layers = []
    for name, edge in edges:
        layer = _layer(snn, name, paths_of[name], sources, bits[name], per_channel)
        layers.append(_with_bias(layer, edge, snn.neurons.get(name), offsets, held_to))
        if layer.theta is not None:
            shape = snn.graph.shapes[name]
            real = np.asarray(snn.neurons[name].theta, np.float64)
            integer = layer.theta.astype(np.float64)
            sources[name] = Source(np.broadcast_to(real, shape), np.broadcast_to(integer, shape))
    return layers


def _layer(
    snn: SNN,
    name: str,
    paths: list[Path],
    sources: Mapping[str, Source],
    bits: int,
    per_channel: bool,
) -> QuantisedLayer:
    real = [effective_weight(snn, path, sources[path.source].real) for path in paths]
    rank = len(snn.graph.shapes[name])
    theta, delta = _scale(name, snn.neurons.get(name), paths, real, bits, rank * per_channel)
    quantised = tuple(
        _quantise_path(path, w, delta, carried(path, sources[path.source].integer))
        for path, w in zip(paths, real, strict=True)
    )
    none = np.zeros((), np.int64)
    return QuantisedLayer(name, theta, bits, delta, quantised, none, 0.0, none, 0.0)


def _with_bias(
    layer: QuantisedLayer,
    edge: str,
    neuron: Neuron | None,
    offsets: Mapping[str, Array],
    held_to: Mapping[str, Array],
) -> QuantisedLayer:
    bias, rounding = _quantise_bias(offsets[edge][0], layer.delta)
    shift, shift_rounding = _shift_in_bias(neuron, layer.theta)
    reference, _ = _quantise_bias(held_to[edge][0], layer.delta)
    return replace(
        layer,
        bias=bias + shift,
        bias_rounding=rounding,
        reference_bias=reference,
        shift_rounding=shift_rounding,
    )


class Source(NamedTuple):
    """Value of one unit (a spike, an input code) in the trained and in the integer network."""

    real: Array
    """Per place of one sample."""
    integer: Array


def _scale(
    name: str, neuron: Neuron | None, paths: list[Path], real: list[Array], bits: int, rank: int
) -> tuple[IntArray | None, Array]:
    """Integer threshold and membrane step: the finest at which all weights fit.

    ``rank``: dimensions of a sample if each channel gets its own, else 0.
    """
    top = 2 ** (bits - 1) - 1
    sized = [w for w, path in zip(real, paths, strict=True) if path.weighted] or real
    if neuron is None:
        largest = max(float(np.max(np.abs(w), initial=0)) for w in sized)
        return None, np.asarray((largest or 1.0) / top)
    theta = np.asarray(neuron.theta, np.float64)
    relative = [np.abs(w) / by_row(theta, w) for w in sized]
    if rank:
        shape = (-1, *[1] * (rank - 1))
        rows = np.max([np.max(np.atleast_2d(r.reshape(len(r), -1)), 1) for r in relative], 0)
        shift = np.array([_shift(name, float(row), top) for row in rows]).reshape(shape)
        theta = theta.reshape(shape) if theta.size > 1 else theta
    else:
        shift = np.array(_shift(name, max(float(np.max(r, initial=0)) for r in relative), top))
    integer = np.asarray(1 << shift, np.int64)
    return integer, np.asarray(theta / integer)  # eq: integers.5


def _shift_in_bias(neuron: Neuron | None, theta: IntArray | None) -> tuple[IntArray, float]:
    """A neuron's charge per step that is no whole number: rounded, and what that lost."""
    if neuron is None or theta is None or has_whole_shift(neuron, theta):
        return np.zeros((), np.int64), 0.0
    exact = theta * neuron.semantics.shift
    whole = np.floor(exact + 0.5).astype(np.int64)
    return whole, _gap(exact, whole)


def by_row(per_channel: Array, weight: Array) -> Array:
    """A value per output channel, (), (C,) or (C, 1, 1), shaped for the rows of a weight."""
    if np.size(per_channel) == 1:
        return np.reshape(per_channel, ())
    if weight.ndim == 0 or weight.shape[0] != np.size(per_channel):
        return np.reshape(per_channel, (-1, 1, 1))  # an identity shortcut: (C, 1, 1)
    return np.reshape(per_channel, (-1, *[1] * (weight.ndim - 1)))


def _quantise_path(path: Path, weight: Array, delta: Array, amplitude: Array) -> QuantisedPath:
    exact = weight / by_row(delta, weight)
    codes = np.round(exact)
    return QuantisedPath(path, codes.astype(np.int64), amplitude, _gap(exact, codes))


def _quantise_bias(bias: Array, delta: Array) -> tuple[IntArray, float]:
    """Integer bias, one value per channel where all its pixels agree, and the largest rounding."""
    exact = bias / (
        np.reshape(delta, (-1, *[1] * (bias.ndim - 1))) if np.size(delta) > 1 else delta
    )
    rounded = np.round(exact)
    return _compact(rounded.astype(np.int64)), _gap(exact, rounded)


def _shift(name: str, relative: float, top: int) -> int:
    shift = WIDEST_SHIFT if relative == 0 else floor(log2(top / relative))
    if shift < 1:
        raise UnsupportedError(
            "weights are too large for the threshold",
            where=name,
            got=f"largest weight {relative:.3g} theta",
            fix="use wider weights",
        )
    return min(shift, WIDEST_SHIFT)


def _compact(bias: IntArray) -> IntArray:
    """One value per channel where all pixels of a channel agree: (C, 1, 1)."""
    if bias.ndim == 3 and np.all(bias == bias[:, :1, :1]):
        return bias[:, :1, :1]
    return bias


def _gap(exact: Array, rounded: Array) -> float:
    return float(np.max(np.abs(exact - rounded), initial=0))
