"""The integer twin of each neuron, and the float neuron in integer units that it equals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from fixedpoint.models import IntIF, IntNeuron, IntPascal
from fixedpoint.models_bit_serial import IntBitSerial
from fixedpoint.models_burst import IntBurst
from fixedpoint.models_dual import IntDual
from refsnn.errors import UnsupportedError
from refsnn.neurons import IF, AdaFire, BitSerial, DualThreshold, Neuron, Pascal, PascalFirst
from refsnn.neurons.shifted_if import ShiftedIF
from refsnn.typing import Array, IntArray


def rescaled(name: str, neuron: Neuron, theta: IntArray | int, delta: Array) -> Neuron:
    """The float neuron of layer ``name`` with an integer threshold, all settings in its units.

    ``delta`` is the value of one integer unit before; both are (), or per channel.
    """
    if getattr(neuron, "as_released", False):
        raise UnsupportedError("as-released neurons are floats by definition", where=name)
    if getattr(neuron, "slack", 0):
        raise UnsupportedError("a slack in absolute units has no integer form", where=name)
    whole = replace(neuron, theta=np.asarray(theta, np.float64))
    if isinstance(whole, AdaFire) and whole.v0 is not None:
        whole = replace(whole, v0=np.round(whole.v0 / delta))
    return whole if has_whole_shift(neuron, theta) else _without_shift(whole)


def has_whole_shift(neuron: Neuron, theta: IntArray | int) -> bool:
    """Whether the charge of every step is a whole number of units: theta a multiple of 2 T.

    Elsewhere it is rounded and joins the bias.
    """
    shift = theta * neuron.semantics.shift
    return bool(np.all(shift == np.floor(shift)))


def _without_shift(neuron: Neuron) -> Neuron:
    if isinstance(neuron, AdaFire):
        return replace(neuron, steps=None)
    assert isinstance(neuron, ShiftedIF)
    return IF(theta=neuron.theta, compare=neuron.compare, reset=neuron.reset, v_init=neuron.v_init)


def twin(name: str, neuron: Neuron) -> IntNeuron:
    """The integer neuron that equals a `rescaled` one."""
    for kind, make in TWINS.items():
        if type(neuron) is kind:
            return make(neuron)
    raise UnsupportedError("neuron has no integer form", where=name, got=type(neuron).__name__)


def _theta(neuron: Neuron) -> IntArray:
    return np.asarray(neuron.theta, np.int64)


def _start(neuron: Neuron) -> IntArray:
    return np.asarray(np.floor(_theta(neuron) * neuron.semantics.v_init), np.int64)


def _if(neuron: IF) -> IntNeuron:
    reset: Literal["subtract", "zero"] = "subtract" if neuron.reset == "subtract" else "zero"
    theta, start = _theta(neuron), _start(neuron)
    return IntIF(theta=theta, v_init=start, compare=neuron.compare, reset=reset)


def _pascal(neuron: Pascal | PascalFirst) -> IntNeuron:
    return IntPascal(theta=_theta(neuron), v_init=_start(neuron), t_out=neuron.t_out)


def _bit_serial(neuron: BitSerial) -> IntNeuron:
    bits, drop = neuron.t_out, neuron.drop
    return IntBitSerial(theta=_theta(neuron), v_init=_start(neuron), t_out=bits, drop=drop)


def _ada_fire(neuron: AdaFire) -> IntNeuron:
    dead = np.zeros((), bool) if neuron.dead is None else neuron.dead
    start = 0 if neuron.v0 is None else np.asarray(neuron.v0).astype(np.int64)
    shift = np.where(dead, 0, _shift(neuron))
    return IntBurst(
        theta=_theta(neuron), v_init=start, phi=np.where(dead, 0, neuron.phi), shift=shift
    )


def _shifted(neuron: ShiftedIF) -> IntNeuron:
    start = _start(neuron)
    return IntBurst(theta=_theta(neuron), v_init=start, phi=1, shift=_shift(neuron))


def _shift(neuron: Neuron) -> IntArray:
    return np.asarray(_theta(neuron) * neuron.semantics.shift, np.int64)


def _dual(neuron: DualThreshold) -> IntNeuron:
    negative = None if neuron.theta_negative is None else neuron.level(np.dtype(np.int64))
    return IntDual(
        theta=_theta(neuron),
        v_init=_start(neuron),
        negative=negative,
        strict_positive=neuron.strict_positive,
        strict_negative=neuron.strict_negative,
        memory=neuron.memory,
        cap=neuron.cap,
    )


TWINS: dict[type[Neuron], Callable[[Any], IntNeuron]] = {
    IF: _if,
    ShiftedIF: _shifted,
    Pascal: _pascal,
    PascalFirst: _pascal,
    BitSerial: _bit_serial,
    AdaFire: _ada_fire,
    DualThreshold: _dual,
}
"""Float neuron to the function that makes its twin. The first layer of PASCAL takes the
three-phase neuron: for one input frame it sends the same train."""
