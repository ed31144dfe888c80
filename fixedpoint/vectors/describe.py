"""What the manifest says about a layer: settings, claim, protocol, and what was not measured."""

from __future__ import annotations

from typing import Any

import numpy as np

from fixedpoint.models_bit_serial import IntBitSerial
from fixedpoint.models_dual import IntDual
from fixedpoint.schedule import RELAX
from fixedpoint.vectors.kinds import settings
from fixedpoint.vectors.layer import Layer

PROTOCOL = {
    "clock": "inputs change on the falling edge, registers on the rising edge, checked on the "
    "falling edge",
    "reset": "rst active high, synchronous, two clocks",
    "enable": "neuron: in_valid brings one input row, the others run by themselves; layer: start",
    "valid": "row_valid with every executed row, out_valid with every emitted frame",
    "clear": "one clock before each sample, and after the first abort[s] rows of it; loads v_init, "
    "wins over in_valid and start",
    "latency_cycles": "neuron 1, a bench waits longer; layer until done",
}


def facts(layer: Layer) -> dict[str, Any]:
    """Give the sections of a manifest that follow from the layer alone."""
    return {
        "method": method(layer),
        "time": time(layer),
        "formats": {name: str(fmt) for name, fmt in layer.formats.items()},
        "layers": [layer_entry(layer)],
    }


def method(layer: Layer) -> dict[str, Any]:
    """Name the neuron and its source."""
    kind = layer.hardware
    return {
        "id": kind.id,
        "name": layer.name,
        "title": kind.title,
        "neuron": kind.core,
        "phase": kind.phase,
        "paper": kind.paper,
    }


def claim(layer: Layer) -> dict[str, Any]:
    """State what the expected spikes satisfy."""
    if getattr(layer.neuron, "reset", "subtract") == "zero":
        formula = "u = v + current; spike = compare(u, theta); v = 0 if spike else u"
    elif layer.neuron.membrane is not None:
        formula = "as long as the register holds every sum: " + layer.hardware.claim
    else:
        formula = layer.hardware.claim
    if drop := getattr(layer.neuron, "drop", 0):
        formula += f", its {drop} lowest bits cleared"
    return {"formula": formula, "proved_by": None, "known_exceptions": []}


def time(layer: Layer) -> dict[str, Any]:
    """Give the steps of one sample."""
    return {
        "T_in": layer.t_in,
        "T_out": layer.t_out,
        **_levels(layer),
        "relax": int((layer.phases == RELAX).sum()),
        "rows": layer.rows,
        "step_order": "msb_first" if layer.hardware.phase == "bit_serial" else "none",
        "layer_start_offset": [0],
        "drain_steps": 0,
    }


def _levels(layer: Layer) -> dict[str, int]:
    """L, the largest value of a train, and K, the bits of a bit-serial one."""
    largest = layer.neuron.value_range(layer.t_out)[1]
    bits = {"K": layer.neuron.t_out} if isinstance(layer.neuron, IntBitSerial) else {}
    return bits | ({"L": largest} if largest else {})


def layer_entry(layer: Layer) -> dict[str, Any]:
    """Describe the layer: everything a reader needs to compute it again."""
    neuron, register = layer.neuron, layer.neuron.membrane
    accumulate = {
        "order": "address",
        "saturate": "never",
        "width": layer.formats["current"].width,
        "bias_first": True,
    }
    return {
        "index": 0,
        "name": layer.name,
        "kind": "dense" if layer.dense else "neuron",
        "in_shape": [layer.n_in],
        "out_shape": [layer.n_out],
        "in_bits": layer.in_bits,
        "params": {s: f"{layer.name}.{s}" for s in parameters(layer)},
        "accumulate": accumulate if layer.dense else None,
        "compare": ">" if _is_strict(layer) else ">=",
        "reset": getattr(neuron, "reset", "subtract"),
        "reset_value": None,
        "fires_per_step": neuron.spike_range[1],
        "negative_guard": _guard(layer),
        "theta_pow2": _power_of_two(layer),
        "leak": None,
        "requant": None,
        "membrane_overflow": "never" if register is None else register.overflow,
        "settings": settings(neuron),
    }


def _is_strict(layer: Layer) -> bool:
    strict = getattr(layer.neuron, "strict_positive", False)
    return strict or getattr(layer.neuron, "compare", "ge") == "gt"


def _power_of_two(layer: Layer) -> int | None:
    theta = np.unique(layer.per_neuron(layer.neuron.theta))
    power = len(theta) == 1 and int(theta[0]).bit_count() == 1
    return int(theta[0]).bit_length() - 1 if power else None


def _guard(layer: Layer) -> str | None:
    """What keeps a signed neuron from taking back spikes it did not send."""
    if not isinstance(layer.neuron, IntDual) or layer.neuron.negative is None:
        return None
    return "count >= 1" if layer.neuron.memory else "none"


def parameters(layer: Layer) -> dict[str, tuple[Any, str, tuple[str, ...]]]:
    """Give each parameter: its codes, the name of its format, its axes."""
    neuron = layer.neuron
    found: dict[str, tuple[Any, str, tuple[str, ...]]] = {}
    if layer.weight is not None:
        bias = layer.per_neuron(0 if layer.bias is None else layer.bias)
        found["weight"] = (layer.weight, "weight", ("out", "in"))
        found["bias"] = (bias, "current", ("out",))
    found["theta"] = (layer.per_neuron(neuron.theta), "membrane", ("out",))
    found["v_init"] = (layer.per_neuron(neuron.v_init), "membrane", ("out",))
    return found
