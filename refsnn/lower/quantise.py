"""Choose integers: the step of every layer, its weights, its bias, its shortcut weights.

With theta the neuron's threshold and ``delta = theta / 2**k`` the step of its membrane, the integer
threshold is 2**k for any learned theta, so no divider is needed. The largest k at which the weights
fit is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log2

import numpy as np

from refsnn.analysis.exactness import dyadic_bits
from refsnn.engines.propagate import constant_part
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT
from refsnn.lower.taps import Path, check_layers, layer_edges, paths_into
from refsnn.ops import AvgPool2d, GlobalAvgPool
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray

WIDEST_SHIFT = 40


@dataclass(frozen=True)
class QuantisedPath:
    """A path with its integer weights."""

    path: Path
    weight: IntArray
    """As of the weighted node; a scalar of an identity shortcut."""
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
    """Integer threshold, a power of two; None of the readout."""
    delta: float
    """Step of the membrane in units of the trained network."""
    paths: tuple[QuantisedPath, ...]
    bias: IntArray
    bias_rounding: float


@dataclass(frozen=True)
class InputGrid:
    """The integers an image becomes: ``x = code * 2**-frac``."""

    signed: bool
    width: int
    frac: int

    def codes(self, x: Array) -> IntArray:
        """Nearest codes (ties to even), saturated."""
        low = -(2 ** (self.width - 1)) if self.signed else 0
        high = 2 ** (self.width - self.signed) - 1
        return np.clip(np.round(np.ldexp(x, self.frac)), low, high).astype(np.int64)

    def values(self, codes: IntArray) -> Array:
        """The images the codes stand for, float64, exact."""
        return np.ldexp(codes.astype(np.float64), -self.frac)


def input_grid(x: Array, bits: int = 8) -> InputGrid:
    """The narrowest grid that holds ``x`` exactly if 16 bits can, else one of ``bits`` bits."""
    signed, largest = bool(np.min(x) < 0), float(np.max(np.abs(x)))
    frac = dyadic_bits(x)
    if frac is not None:
        width = int(np.ldexp(largest, frac)).bit_length() + signed
        if width <= 16:
            return InputGrid(signed, max(width, 1), frac)
    whole = floor(log2(largest)) + 1 if largest > 0 else 0
    return InputGrid(signed, bits, bits - signed - whole)


def quantise(snn: SNN, grid: InputGrid, bits: int) -> list[QuantisedLayer]:
    """Every layer in integers, weights of ``bits`` bits (symmetric: ``|w| <= 2**(bits-1) - 1``)."""
    if not 2 <= bits <= 16:
        raise InputError("weights cannot be that wide", where="bits", expected="2..16", got=bits)
    offsets = constant_part(snn, np.float64)
    amplitudes = {INPUT: (2.0**-grid.frac, 2.0**-grid.frac)}
    edges = layer_edges(snn.graph, snn)
    paths = {name: paths_into(snn, edge) for name, edge in edges}
    check_layers(snn.graph, paths)
    layers = []
    for name, edge in edges:
        neuron = snn.neurons.get(name)
        theta = None if neuron is None else scalar_theta(name, neuron.theta)
        layer = _layer(snn, (name, edge), theta, paths[name], amplitudes, offsets[edge][0], bits)
        layers.append(layer)
        if theta is not None and layer.theta is not None:
            amplitudes[name] = (theta, float(layer.theta))
    return layers


def scalar_theta(name: str, theta: Array) -> float:
    """The threshold of a layer, which must be one for all its neurons."""
    if np.ndim(theta) != 0:
        raise UnsupportedError(
            "thresholds per channel have no integer form yet", where=name, fix="train one per layer"
        )
    return float(theta)


def _layer(
    snn: SNN,
    place: tuple[str, str],
    theta: float | None,
    paths: list[Path],
    amplitudes: Mapping[str, tuple[float, float]],
    bias: Array,
    bits: int,
) -> QuantisedLayer:
    real = [effective_weight(snn, path, amplitudes[path.source][0]) for path in paths]
    sized = [w for w, path in zip(real, paths, strict=True) if path.weighted] or real
    largest = max(float(np.max(np.abs(w), initial=0)) for w in sized)
    top = 2 ** (bits - 1) - 1
    if theta is None:
        integer_theta, delta = None, (largest or 1.0) / top
    else:
        integer_theta = 2 ** _shift(place[0], theta, largest, top)
        delta = theta / integer_theta
    codes = [np.round(w / delta) for w in real]
    quantised = tuple(
        QuantisedPath(path, q.astype(np.int64), amplitudes[path.source][1], _gap(w / delta, q))
        for path, w, q in zip(paths, real, codes, strict=True)
    )
    exact = bias / delta
    rounded = np.round(exact)
    compact = _compact(rounded.astype(np.int64))
    return QuantisedLayer(*place, integer_theta, delta, quantised, compact, _gap(exact, rounded))


def _shift(name: str, theta: float, largest: float, top: int) -> int:
    shift = WIDEST_SHIFT if largest == 0 else floor(log2(top * theta / largest))
    if shift < 1:
        raise UnsupportedError(
            "weights are too large for the threshold",
            where=name,
            got=f"largest weight {largest / theta:.3g} theta",
            fix="use wider weights",
        )
    return min(shift, WIDEST_SHIFT)


def effective_weight(snn: SNN, path: Path, amplitude: float) -> Array:
    """Real weight of one unit of the source: amplitude and pool areas included."""
    factor = amplitude
    for node in path.nodes:
        if isinstance(node.op, AvgPool2d):
            factor /= node.op.area
        elif isinstance(node.op, GlobalAvgPool):
            _, *pixels = snn.graph.shapes[node.inputs[0]]
            factor /= node.op.divisor or int(np.prod(pixels))
    if path.weighted is None:
        return np.asarray(factor)
    return np.asarray(snn.graph.of(path.weighted.name)["weight"], np.float64) * factor


def _compact(bias: IntArray) -> IntArray:
    """One value per channel where all pixels of a channel agree: (C, 1, 1)."""
    if bias.ndim == 3 and np.all(bias == bias[:, :1, :1]):
        return bias[:, :1, :1]
    return bias


def _gap(exact: Array, rounded: Array) -> float:
    return float(np.max(np.abs(exact - rounded), initial=0))
