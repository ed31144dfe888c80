"""What the manifest says about a layer: settings, claim, protocol, and what was not measured."""

from __future__ import annotations

from typing import Any

from fixedpoint.neurons import IntIF, IntPascal
from fixedpoint.vectors.layer import Layer

_PASCAL = {
    "id": "pascal",
    "title": "spike accumulation: integrate, relax, emit",
    "neuron": "pascal_neuron",
    "phase": "accumulate_then_fire",
    "paper": "Ramesh & Srinivasan 2025, arXiv:2505.01730; neuron of the released code, tolerance 0",
}
_IF = {
    "id": "if",
    "title": "integrate and fire",
    "neuron": "if_neuron",
    "phase": "one",
    "paper": "Bu et al. 2022, arXiv:2303.04347; neuron of the released code, integer membrane",
}
PROTOCOL = {
    "clock": "inputs change on the falling edge, registers on the rising edge, checked on the "
    "falling edge",
    "reset": "rst active high, synchronous, two clocks",
    "enable": "one step for each clock with en (neuron) or start (layer) high",
    "clear": "clear loads v_init before each sample; it wins over en",
    "latency_cycles": "neuron 1; layer until done",
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
    return (_PASCAL if isinstance(layer.neuron, IntPascal) else _IF) | {"name": layer.name}


def claim(layer: Layer) -> dict[str, Any]:
    """State what the expected spikes satisfy."""
    if isinstance(layer.neuron, IntPascal):
        formula = "sum(out) = clip(floor((v_init + sum(acc)) / theta), 0, T_out)"
    elif getattr(layer.neuron, "reset", "subtract") == "subtract":
        formula = "theta * sum(out) = v_init + sum(acc) - v_end"
    else:
        formula = "u = v + acc; out = compare(u, theta); v = 0 if out else u"
    return {"formula": formula, "proved_by": None, "known_exceptions": []}


def time(layer: Layer) -> dict[str, Any]:
    """Give the steps of one sample."""
    return {
        "T_in": layer.t_in,
        "T_out": layer.t_out,
        "relax": layer.rows - layer.t_in - layer.t_out
        if isinstance(layer.neuron, IntPascal)
        else 0,
        "rows": layer.rows,
        "step_order": "none",
        "layer_start_offset": [0],
        "drain_steps": 0,
    }


def layer_entry(layer: Layer) -> dict[str, Any]:
    """Describe the layer: everything a reader needs to compute it again."""
    theta = layer.per_neuron(layer.neuron.theta)
    equal = bool((theta == theta[0]).all())
    power = equal and int(theta[0]).bit_count() == 1
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
        "params": {s: f"{layer.name}.{s}" for s in parameters(layer)},
        "accumulate": accumulate if layer.dense else None,
        "compare": ">"
        if isinstance(layer.neuron, IntIF) and layer.neuron.compare == "gt"
        else ">=",
        "reset": layer.neuron.reset if isinstance(layer.neuron, IntIF) else "subtract",
        "reset_value": None,
        "fires_per_step": 1,
        "negative_guard": None,
        "theta_pow2": int(theta[0]).bit_length() - 1 if power else None,
        "leak": None,
        "requant": None,
    }


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
