"""Integer programs as npz files."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

import fixedpoint.synapses as synapses
from fixedpoint.accumulate import Accumulate
from fixedpoint.formats import Format
from fixedpoint.models import IntIF, IntNeuron, IntPascal
from fixedpoint.models_accumulate import IntAccumulate
from fixedpoint.models_bit_serial import IntBitSerial
from fixedpoint.models_burst import IntBurst
from fixedpoint.models_dual import IntDual
from fixedpoint.program import Layer, Program, Tap
from fixedpoint.register import Register
from fixedpoint.synapses import Synapse
from refsnn.errors import InputError
from refsnn.io.archive import Reading, load_arrays, save_arrays
from refsnn.typing import Array

PROGRAM = "refsnn/program/1"
SYNAPSES = {
    cls.__name__: cls
    for cls in (
        synapses.Conv, synapses.Dense, synapses.Flatten, synapses.GlobalSumPool, synapses.Pad,
        synapses.Scale, synapses.Slice, synapses.SumPool,
    )
}  # fmt: skip
NEURONS: dict[str, type[IntNeuron]] = {
    cls.__name__: cls for cls in (IntIF, IntPascal, IntAccumulate, IntBitSerial, IntBurst, IntDual)
}


def save_program(path: str | Path, program: Program) -> None:
    """Write an integer network: all weights, biases, thresholds as int64."""
    arrays: dict[str, Array] = {}
    header = {
        "input_format": str(program.input_format),
        "input_shape": program.input_shape,
        "input_frames": program.input_frames,
        "extra_frames": program.extra_frames,
        "notes": dict(program.notes),
        "layers": [_layer(layer, arrays) for layer in program.layers],
    }
    save_arrays(path, PROGRAM, header, arrays)


def load_program(path: str | Path) -> Program:
    """Read what `save_program` wrote."""
    header, arrays = load_arrays(path, PROGRAM)
    with Reading(path):
        layers = tuple(_read_layer(data, arrays) for data in header["layers"])
        return Program(
            Format.parse(header["input_format"]),
            tuple(header["input_shape"]),
            header["input_frames"],
            layers,
            header["extra_frames"],
            header["notes"],
        )


def _layer(layer: Layer, arrays: dict[str, Array]) -> dict[str, Any]:
    arrays[f"{layer.name}/bias"] = layer.bias
    taps = []
    for i, tap in enumerate(layer.taps):
        path = [_settings(s, f"{layer.name}/{i}.{j}", arrays) for j, s in enumerate(tap.path)]
        taps.append({"source": tap.source, "path": path})
    neuron = layer.neuron and _settings(layer.neuron, f"{layer.name}/neuron", arrays)
    return {
        "name": layer.name,
        "taps": taps,
        "neuron": neuron,
        "bias_once": layer.bias_once,
        "accumulate": layer.accumulate and asdict(layer.accumulate),
    }


def _settings(thing: Any, prefix: str, arrays: dict[str, Array]) -> dict[str, Any]:
    plain: dict[str, Any] = {"kind": type(thing).__name__, "at": prefix}
    for field in fields(thing):
        value = getattr(thing, field.name)
        if isinstance(value, np.ndarray):
            arrays[f"{prefix}/{field.name}"] = value
        elif isinstance(value, Register):
            plain[field.name] = {"width": value.width, "overflow": value.overflow}
        else:
            plain[field.name] = value
    return plain


def _read_layer(data: dict[str, Any], arrays: dict[str, Array]) -> Layer:
    taps = tuple(
        Tap(tap["source"], tuple(_read_synapse(s, arrays) for s in tap["path"]))
        for tap in data["taps"]
    )
    neuron = data["neuron"] and _read_neuron(data["neuron"], arrays)
    bias, spec = arrays[f"{data['name']}/bias"], data.get("accumulate")
    if spec:
        spec = Accumulate(**{**spec, "register": Register(**spec["register"])})
    return Layer(data["name"], taps, bias, neuron, data["bias_once"], spec)


def _read_synapse(data: dict[str, Any], arrays: dict[str, Array]) -> Synapse:
    if data["kind"] not in SYNAPSES:
        raise InputError("unknown synapse", expected=sorted(SYNAPSES), got=data["kind"])
    made: Synapse = SYNAPSES[data["kind"]](**_arguments(data, arrays))
    return made


def _read_neuron(data: dict[str, Any], arrays: dict[str, Array]) -> IntNeuron:
    if data["kind"] not in NEURONS:
        raise InputError("unknown neuron", expected=sorted(NEURONS), got=data["kind"])
    given = _arguments(data, arrays)
    register = given.get("membrane")
    return NEURONS[data["kind"]](**{**given, "membrane": register and Register(**register)})


def _arguments(data: dict[str, Any], arrays: dict[str, Array]) -> dict[str, Any]:
    prefix = data["at"] + "/"
    own = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
    plain = {k: _tuples(v) for k, v in data.items() if k not in ("kind", "at")}
    return {**plain, **own}


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
