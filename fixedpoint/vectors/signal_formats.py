"""Widths of the signals of one layer: no stimulus of its input format can leave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fixedpoint.arith import LIMIT
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.models_bit_serial import IntBitSerial, IntBitSerialWired
from fixedpoint.models_dual import IntDual
from fixedpoint.neurons import IntPascal
from fixedpoint.typing import IntArray

if TYPE_CHECKING:
    from fixedpoint.vectors.layer import Layer


def signal_formats(layer: Layer) -> dict[str, Format]:
    """Format of every signal.

    Every partial sum of a step is within ``|bias| + sum|w| * max|in|`` times what its spikes are
    worth, and the membrane within ``|v_init|``, these of all steps, and the neuron's own charge,
    or what it is compared with. A neuron with a register has that width.
    """
    heaviest = int(layer.worth[0])
    current = layer.in_format if layer.weight is None else _signed(_current(layer, heaviest))
    low, high = layer.neuron.spike_range
    return {
        "in": layer.in_format,
        "current": current,
        "membrane": _membrane(layer, current),
        "spike": _spike(layer),
        "count": _count(layer),
        "flag": Format(False, 1),
        "abort": Format.holding(0, layer.rows),
        "out": Format.holding(low, max(high, 1)),
    }


def _spike(layer: Layer) -> Format:
    low, high = layer.neuron.spike_range
    # whatever their settings: the relaxing steps of one, the module of the other
    signed = isinstance(layer.neuron, IntPascal | IntDual)
    return Format(True, 2) if signed else Format.holding(low, max(high, 1))


def _membrane(layer: Layer, current: Format) -> Format:
    if layer.neuron.membrane is not None:
        held, needed = layer.neuron.membrane.format, _narrowest(layer, current)
        if held.width < needed:
            expected = f"at least {needed} bits for these settings"
            raise InputError("register", where=layer.name, expected=expected, got=held)
        return held
    charge = sum(_current(layer, worth) for worth in layer.worth.tolist())
    charge = charge + layer.t_in * layer.per_neuron(layer.neuron.charge)
    reach = np.abs(layer.per_neuron(layer.neuron.v_init)) + charge
    bound = int(np.max(np.maximum(reach, _compared(layer))))
    needed = Format.holding(-bound, bound).width
    return Format(True, max(needed, _count(layer).width, current.width + 1))


def _narrowest(layer: Layer, current: Format) -> int:
    """Bits below which a module cannot work: it reads its membrane, or shows its counter there."""
    neuron, needed = layer.neuron, current.width + 1
    exponent = int(np.max(neuron.theta)).bit_length() - 1
    if isinstance(neuron, IntPascal):
        return max(needed, _count(layer).width)
    if isinstance(neuron, IntBitSerialWired):
        return max(needed, exponent + neuron.t_out + 2)
    if isinstance(neuron, IntBitSerial):
        first = int(np.max(neuron.theta)) << (neuron.t_out - 1)
        return max(needed, Format.holding(0, first, signed=True).width)
    if layer.hardware.id == "burst_pow2":
        return max(needed, exponent + _spike(layer).width + 1)
    return needed


def _compared(layer: Layer) -> IntArray:
    """Largest value that the membrane is compared with."""
    theta = layer.per_neuron(layer.neuron.theta)
    if isinstance(layer.neuron, IntBitSerial):
        return theta << (layer.neuron.t_out + 1)
    return theta * max(1, layer.neuron.spike_range[1])


def _current(layer: Layer, worth: int) -> IntArray:
    """Largest current of a step whose spikes are worth this."""
    lane = max(-layer.in_format.low, layer.in_format.high)
    if layer.weight is None:
        return np.array([lane])
    bias = layer.per_neuron(0 if layer.bias is None else layer.bias)
    largest = np.abs(layer.weight).sum(axis=1)
    if (int(largest.max()) + 1) * lane * worth * layer.t_in >= LIMIT:
        expected = "sum|w| * max|in| * 2^(in_bits - 1) * steps < 2^62"
        raise InputError("currents could leave int64", where=layer.name, expected=expected)
    return np.asarray(largest * (lane * worth) + np.abs(bias), np.int64)


def _count(layer: Layer) -> Format:
    high = layer.neuron.spike_range[1]
    if isinstance(layer.neuron, IntBitSerial):
        return Format(False, max(2, layer.neuron.t_out))
    if isinstance(layer.neuron, IntPascal):
        longest = max(layer.t_in, layer.t_out)
        return Format.holding(-max(longest - 1, 1), layer.t_in + longest - 1)
    top = max(2, layer.t_out) * max(high, 1)
    signed = isinstance(layer.neuron, IntDual)
    return Format.holding(-top, top) if signed else Format.holding(0, top)


def _signed(bound: IntArray) -> Format:
    top = int(bound.max())
    return Format(True, max(2, Format.holding(-top, top, signed=True).width))
