"""Choose integers: the step of every layer, its weights, its bias, its shortcut weights.

With theta the neuron's threshold and ``delta = theta / 2**k`` the step of its membrane, the integer
threshold is 2**k for any learned theta, so no divider is needed. The largest k at which the weights
fit is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor, log2
from typing import NamedTuple

import numpy as np

from refsnn.engines.propagate import constant_part
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT
from refsnn.lower.grid import InputGrid
from refsnn.lower.taps import Path, check_layers, layer_edges, paths_into
from refsnn.lower.twins import has_whole_shift
from refsnn.lower.weights import effective_weight
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
    amplitude: float
    """Value of one unit of the source in the new network: a power of two."""
    rounding: float
    """Largest ``|w - w_q|`` in integer steps."""


@dataclass(frozen=True)
class QuantisedLayer:
    """A layer in integers."""

    name: str
    edge: str
    theta: int | None
    """Integer threshold, a power of two, the same for all channels; None of the readout."""
    delta: Array
    """Step of the membrane in units of the trained network: (), or (C, 1, 1) per channel."""
    paths: tuple[QuantisedPath, ...]
    bias: IntArray
    bias_rounding: float
    reference_bias: IntArray
    """Bias of the ANN the network is held to; differs where a method calibrated biases."""
    shift_rounding: float
    """What the neuron's charge per step lost when it was made whole and joined the bias."""


def quantise(snn: SNN, grid: InputGrid, bits: int) -> list[QuantisedLayer]:
    """Every layer in integers, weights of ``bits`` bits (symmetric: ``|w| <= 2**(bits-1) - 1``)."""
    if not 2 <= bits <= 16:
        raise InputError("weights cannot be that wide", where="bits", expected="2..16", got=bits)
    offsets = constant_part(snn, np.float64)
    held_to = constant_part(replace(snn, graph=snn.ann, reference=None), np.float64)
    sources = {INPUT: Source(np.full(snn.graph.input_shape, 2.0**-grid.frac), 2.0**-grid.frac)}
    edges = layer_edges(snn.graph, snn)
    paths_of = {name: paths_into(snn, edge) for name, edge in edges}
    check_layers(snn.graph, paths_of)
    layers = []
    for name, edge in edges:
        paths = paths_of[name]
        neuron = snn.neurons.get(name)
        real = [effective_weight(snn, path, sources[path.source].real) for path in paths]
        theta, delta = _scale(name, neuron, paths, real, bits)
        quantised = tuple(
            _quantise_path(path, w, delta, sources[path.source].integer)
            for path, w in zip(paths, real, strict=True)
        )
        bias, rounding = _quantise_bias(offsets[edge][0], delta)
        shift, shift_rounding = _shift_in_bias(neuron, theta)
        bias = bias + shift
        reference, _ = _quantise_bias(held_to[edge][0], delta)
        layers.append(
            QuantisedLayer(
                name, edge, theta, delta, quantised, bias, rounding, reference, shift_rounding
            )
        )
        if neuron is not None and theta is not None:
            real_theta = np.asarray(neuron.theta, np.float64)
            shape = snn.graph.shapes[name]
            sources[name] = Source(np.broadcast_to(real_theta, shape), float(theta))
    return layers


class Source(NamedTuple):
    """Value of one unit (a spike, an input code) in the trained and in the integer network."""

    real: Array
    """Per place of one sample."""
    integer: float


def _scale(
    name: str, neuron: Neuron | None, paths: list[Path], real: list[Array], bits: int
) -> tuple[int | None, Array]:
    """Integer threshold and membrane step: the finest at which all weights fit."""
    top = 2 ** (bits - 1) - 1
    sized = [w for w, path in zip(real, paths, strict=True) if path.weighted] or real
    if neuron is None:
        largest = max(float(np.max(np.abs(w), initial=0)) for w in sized)
        return None, np.asarray((largest or 1.0) / top)
    theta = np.asarray(neuron.theta, np.float64)
    relative = max(float(np.max(np.abs(w) / by_row(theta, w), initial=0)) for w in sized)
    integer = 2 ** _shift(name, relative, top)
    return integer, theta / integer


def _shift_in_bias(neuron: Neuron | None, theta: int | None) -> tuple[int, float]:
    """A neuron's charge per step that is no whole number: rounded, and what that lost."""
    if neuron is None or theta is None or has_whole_shift(neuron, theta):
        return 0, 0.0
    exact = theta * neuron.semantics.shift
    whole = int(np.floor(exact + 0.5))
    return whole, abs(exact - whole)


def by_row(per_channel: Array, weight: Array) -> Array:
    """A value per output channel, (), (C,) or (C, 1, 1), shaped for the rows of a weight."""
    if np.size(per_channel) == 1:
        return np.reshape(per_channel, ())
    if weight.ndim == 0 or weight.shape[0] != np.size(per_channel):
        return np.reshape(per_channel, (-1, 1, 1))  # an identity shortcut: (C, 1, 1)
    return np.reshape(per_channel, (-1, *[1] * (weight.ndim - 1)))


def _quantise_path(path: Path, weight: Array, delta: Array, amplitude: float) -> QuantisedPath:
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
