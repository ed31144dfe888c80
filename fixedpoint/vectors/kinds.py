"""The neurons there are vectors of: integer model, Verilog module, settings, claim, source."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from fixedpoint.errors import InputError, nearest
from fixedpoint.models import IntIF, IntNeuron, IntPascal
from fixedpoint.models_accumulate import IntAccumulate
from fixedpoint.models_bit_serial import IntBitSerial, IntBitSerialWired
from fixedpoint.models_burst import IntBurst
from fixedpoint.models_dual import IntDual
from fixedpoint.register import Register


@dataclass(frozen=True)
class Kind:
    """One neuron in hardware."""

    id: str
    model: type[IntNeuron]
    core: str
    """Verilog module."""
    title: str
    phase: str
    paper: str
    claim: str
    code: int | None
    """``KIND`` of dense_layer.v; None where the module has no threshold input."""


_QCFS = "Bu et al. 2022, arXiv:2303.04347; neuron of the released code, integer membrane"
_PASCAL = "Ramesh & Srinivasan 2025, arXiv:2505.01730; neuron of the released code, tolerance 0"
_BITS = "derived, after Datta et al. 2025, SNN meets ANN"
_BURST = "Wang et al. 2025, Adaptive Calibration; neuron of the released code, comparisons"
_DUAL = "derived, after Error Compensation Learning; docs/equations.md says what is not known"
_CONSERVED = "theta * sum(spike) = v_init + sum(current) - v_end"
_COUNTED = "sum(out) = clip(floor((v_init + sum(current)) / theta), 0, T_out)"
_LEVEL = "sum(2^(T-t) out_t) = clip(floor((v_init + sum(current)) / theta), 0, 2^T - 1)"
_BURSTS = "theta * sum(spike) = v_init + sum(current) + steps * shift - v_end, 0 <= spike <= phi"

KINDS = {
    kind.id: kind
    for kind in (
        Kind("if", IntIF, "if_neuron", "integrate and fire", "one", _QCFS, _CONSERVED, 0),
        Kind("if_pow2", IntIF, "if_pow2_neuron", "integrate and fire, theta = 2^K", "one", _QCFS,
             _CONSERVED, None),
        Kind("pascal", IntPascal, "pascal_neuron", "spike accumulation: integrate, relax, emit",
             "accumulate_then_fire", _PASCAL, _COUNTED, 1),
        Kind("accumulate", IntAccumulate, "accumulate_neuron", "accumulate, then fire",
             "accumulate_then_fire", "derived; counts as the three-phase neuron", _COUNTED, 2),
        Kind("bit_serial", IntBitSerial, "bit_serial_neuron", "accumulate, emit the level's bits",
             "bit_serial", _BITS, _LEVEL, 3),
        Kind("bit_serial_wired", IntBitSerialWired, "bit_serial_wired_neuron",
             "bits of the level by wires, theta = 2^F", "bit_serial", _BITS, _LEVEL, None),
        Kind("burst", IntBurst, "burst_neuron", "up to phi spikes a step", "one", _BURST,
             _BURSTS, 4),
        Kind("burst_pow2", IntBurst, "burst_pow2_neuron", "up to phi spikes a step, theta = 2^K",
             "one", _BURST, _BURSTS, None),
        Kind("dual", IntDual, "dual_neuron", "signed spikes with a memory", "one", _DUAL,
             _CONSERVED, 5),
    )
}  # fmt: skip

TENSORS = ("theta", "v_init")
"""Settings that are memories; all others are constants of the module."""
OVERFLOWS = {"wrap": 0, "error": 0, "saturate": 1, "saturate_sym": 2}
"""``OVERFLOW`` of membrane_add.v; "error" is for a width that is never left."""


def kind_named(name: str) -> Kind:
    """The kind of this name."""
    if name not in KINDS:
        raise InputError(f"unknown neuron {name!r}", where="kind", fix=nearest(name, list(KINDS)))
    return KINDS[name]


def kind_of(neuron: IntNeuron, where: str) -> Kind:
    """The general kind of a neuron: with a threshold input."""
    for kind in KINDS.values():
        if type(neuron) is kind.model:
            return kind
    known = ", ".join(kind.model.__name__ for kind in KINDS.values())
    got = type(neuron).__name__
    raise InputError("there are no vectors of this neuron", where=where, expected=known, got=got)


def settings(neuron: IntNeuron) -> dict[str, Any]:
    """Everything but the tensors, as JSON values."""
    found: dict[str, Any] = {}
    for field in fields(neuron):
        if field.name in TENSORS:
            continue
        value = getattr(neuron, field.name)
        if isinstance(value, Register):
            value = {"width": value.width, "overflow": value.overflow}
        elif isinstance(value, np.ndarray):
            value = _scalar(field.name, value)
        found[field.name] = value
    return found


def require_kind(kind: Kind, neuron: IntNeuron, where: str) -> None:
    """Raise where the module of the kind cannot be this neuron."""
    if type(neuron) is not kind.model:
        expected, got = kind.model.__name__, type(neuron).__name__
        raise InputError("neuron of another kind", where=where, expected=expected, got=got)
    theta = np.ravel(neuron.theta)
    least = 2 if kind.id in ("if_pow2", "burst_pow2") else 1  # they keep lower bits apart
    single = len(theta) == 1 and theta[0] >= least and not theta[0] & (theta[0] - 1)
    if kind.code is None and not single:
        expected = f"one power of two >= {least}"
        raise InputError("threshold", where=where, expected=expected, got=theta)
    for name, value in settings(neuron).items():
        if isinstance(value, int) and value >= 1 << 31:
            expected = "below 2^31: a parameter of Verilog"
            raise InputError("setting", where=name, expected=expected, got=value)


def _scalar(name: str, value: np.ndarray[Any, Any]) -> int:
    first = int(value.flat[0])
    if np.any(value != first):
        fix = "the module has one constant for all its neurons"
        raise InputError("setting differs from neuron to neuron", where=name, got=value, fix=fix)
    return first


def build(kind: Kind, theta: Any, v_init: Any, given: dict[str, Any]) -> IntNeuron:
    """The neuron that `settings` described."""
    register = given.get("membrane")
    try:
        membrane = None if register is None else Register(register["width"], register["overflow"])
        return kind.model(theta=theta, v_init=v_init, **{**given, "membrane": membrane})
    except (TypeError, KeyError) as error:
        raise InputError("settings do not fit the neuron", where=kind.id, got=str(error)) from None
