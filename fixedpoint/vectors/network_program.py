"""A program as manifest entries and parameter tensors, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from typing import Any

import numpy as np

import fixedpoint.synapses as synapses
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.models import IntIF, IntNeuron
from fixedpoint.program import INPUT, Layer, Program, Tap, start
from fixedpoint.register import Register
from fixedpoint.synapses import Synapse
from fixedpoint.typing import IntArray
from fixedpoint.vectors.content import Content
from fixedpoint.vectors.kinds import KINDS
from fixedpoint.vectors.manifest import Manifest

NEURONS: dict[str, type[IntNeuron]] = {k.model.__name__: k.model for k in KINDS.values()}
SYNAPSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        synapses.Conv, synapses.Dense, synapses.Flatten, synapses.GlobalSumPool, synapses.Pad,
        synapses.Scale, synapses.Slice, synapses.SumPool,
    )
}  # fmt: skip
_AXES = {
    1: ("channel",),
    2: ("out", "in"),
    3: ("channel", "y", "x"),
    4: ("out_ch", "in_ch", "ky", "kx"),
}

_FORMATS = {"bias": "current", "theta": "membrane", "v_init": "membrane"}
"""Parameters as wide as the register they meet: a memory of hardware extends no sign."""


MOST_FRAMES = 1 << 16


def safe(name: str) -> str:
    """Give a layer's name as it stands in file names and Verilog."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def add_layer(
    content: Content, layer: Layer, out_shape: tuple[int, ...], t_in: int, rows: tuple[int, int]
) -> dict[str, Any]:
    """Add the parameters of a layer, one value for each neuron, and give its manifest entry.

    A bias that enters once is part of the start value ``v_init``; the file of the bias then holds
    zeros.
    """
    name, params = safe(layer.name), {}
    per_neuron = {"bias": 0 * layer.bias if layer.bias_once else layer.bias}
    per_neuron |= _arrays(layer.neuron) | {"v_init": start(layer)}
    for key, value in per_neuron.items():
        codes = np.broadcast_to(value, out_shape).reshape(-1)
        params[key] = _add(content, name, key, codes, ("neuron",), _FORMATS.get(key))
    taps = [
        {"source": safe(tap.source), "path": [_synapse(content, name, s, params) for s in tap.path]}
        for tap in layer.taps
    ]
    return {
        "name": name,
        "kind": "readout" if layer.neuron is None else "spiking",
        "out_shape": list(out_shape),
        "layout": "C order, channel first",
        "params": params,
        "taps": taps,
        "neuron": _settings(layer.neuron),
        "bias_once": layer.bias_once,
        "t_in": t_in,
        "rows": rows[0],
        "t_out": rows[1],
        **_comparison(layer.neuron),
    }


def _add(
    content: Content,
    layer: str,
    signal: str,
    codes: IntArray,
    axes: tuple[str, ...],
    known: str | None = None,
) -> str:
    name = f"{layer}.{known or signal}"
    if known is None:
        fmt = Format.holding(min(int(codes.min()), 0), max(int(codes.max()), 0), signed=True)
        content.formats[name] = Format(True, max(fmt.width, 2))
    return content.add("param", layer, signal, codes, name, axes).id


def _arrays(neuron: IntNeuron | None) -> dict[str, IntArray]:
    values = {f.name: getattr(neuron, f.name) for f in fields(neuron)} if neuron else {}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def _settings(neuron: IntNeuron | None) -> dict[str, Any] | None:
    if neuron is None:
        return None
    arrays = _arrays(neuron)
    plain = {f.name: getattr(neuron, f.name) for f in fields(neuron) if f.name not in arrays}
    plain["membrane"] = None if neuron.membrane is None else asdict(neuron.membrane)
    return {"kind": type(neuron).__name__, **plain}


def _comparison(neuron: IntNeuron | None) -> dict[str, Any]:
    if not isinstance(neuron, IntIF):
        return {}
    return {"compare": ">" if neuron.compare == "gt" else ">=", "reset": neuron.reset}


def _synapse(
    content: Content, layer: str, synapse: Synapse, params: dict[str, str]
) -> dict[str, Any]:
    entry: dict[str, Any] = {"kind": type(synapse).__name__}
    for name, value in vars(synapse).items():
        if name != "weight":
            entry[name] = value
            continue
        signal = f"weight{sum(key.startswith('weight') for key in params) or ''}"
        weight = value if value.ndim else value.reshape(1)
        params[signal] = _add(content, layer, signal, weight, _AXES[weight.ndim])
        entry["weight"] = params[signal]
    return entry


def rebuild_program(manifest: Manifest, values: Mapping[str, IntArray]) -> Program:
    """Build the program that a manifest and its parameters describe; see `no_program`."""
    frames = [manifest.get("time", key, kind=int) for key in ("T_in", "drain_steps")]
    if sum(frames) > MOST_FRAMES:
        raise InputError("too long", where="manifest time", expected=MOST_FRAMES, got=sum(frames))
    layers = manifest.get("layers", kind=list)
    with no_program():
        return Program(
            input_format=manifest.format(INPUT),
            input_shape=tuple(manifest.get("layers", 0, "in_shape", kind=list)),
            input_frames=frames[0],
            layers=tuple(_read_layer(entry, values) for entry in layers),
            extra_frames=frames[1],
        )


@contextmanager
def no_program() -> Iterator[None]:
    """Whatever goes wrong in building or running what a manifest describes is the manifest's."""
    try:
        yield
    except InputError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, MemoryError) as e:
        raise InputError("no program", where="manifest layers", got=repr(e)[:200]) from None


def _read_layer(entry: Mapping[str, Any], values: Mapping[str, IntArray]) -> Layer:
    shape, params = tuple(entry["out_shape"]), entry["params"]
    own = {k: values[v].reshape(shape) for k, v in params.items() if not k.startswith("weight")}
    taps = tuple(
        Tap(tap["source"], tuple(_read_synapse(s, values) for s in tap["path"]))
        for tap in entry["taps"]
    )
    bias = own.pop("bias")
    if entry["neuron"] is None:
        once = entry["bias_once"] is True
        return Layer(entry["name"], taps, own["v_init"] if once else bias, None, once)
    return Layer(entry["name"], taps, bias, _read_neuron(dict(entry["neuron"]), own), False)


def _read_neuron(settings: dict[str, Any], arrays: Mapping[str, IntArray]) -> IntNeuron:
    made: Any = NEURONS[settings.pop("kind")]
    held = settings.pop("membrane")
    neuron: IntNeuron = made(
        **settings, **arrays, membrane=None if held is None else Register(**held)
    )
    return neuron


def _read_synapse(entry: Mapping[str, Any], values: Mapping[str, IntArray]) -> Synapse:
    settings = {key: _tuples(value) for key, value in entry.items() if key != "kind"}
    if "weight" in settings:
        settings["weight"] = values[settings["weight"]]
    made: Synapse = SYNAPSES[entry["kind"]](**settings)
    return made


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
