"""Verilog of a whole network of dense layers and IF neurons, and its bench: from the manifest.

Layers run one after the other within a step; weights come from the bundle's own hex files.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fixedpoint.models import IntIF
from fixedpoint.program import INPUT, Layer, Program
from fixedpoint.synapses import Dense, Flatten
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.mlp_bench import WIDTHS, Part
from fixedpoint.vectors.rtl_sources import sources_with_parts

_MODULES = ("if_neuron", "dense_layer", "dense_readout")


def has_rtl(program: Program, trace: str) -> bool:
    """Whether the network is a chain of dense layers of IF neurons, with unsigned inputs."""
    before = [INPUT, *(layer.name for layer in program.layers)]
    chained = all(
        _dense(layer, source) for layer, source in zip(program.layers, before, strict=False)
    )
    neurons = all(_plain_if(layer) for layer in program.layers[:-1])
    plain = not program.input_format.signed and program.extra_frames == 0
    return trace == "full" and chained and neurons and plain and len(program.layers) > 1


def _plain_if(layer: Layer) -> bool:
    return type(layer.neuron) is IntIF and layer.neuron.membrane is None


def _dense(layer: Layer, source: str) -> bool:
    *before, last = layer.taps[0].path
    maps = isinstance(last, Dense) and all(isinstance(s, Flatten) for s in before)
    return len(layer.taps) == 1 and layer.taps[0].source == source and maps


def simulation(name: str, words: int) -> dict[str, Any]:
    """Give the manifest's section."""
    rtl = [f"rtl/{name}_top.v", *(f"rtl/{file}" for file in sources_with_parts(_MODULES))]
    return {"top": f"tb_{name}", "sources": [f"tb/tb_{name}.v", *rtl], "words": words}


def rtl_files(manifest: Manifest) -> dict[str, bytes]:
    """Give constants, top, bench and copies of the modules."""
    layers, name = _layers(manifest), manifest.name
    generated = {
        f"hdl/{name}_pkg.vh": _constants(manifest, layers),
        f"hdl/{name}_bench.vh": _bench_constants(manifest, layers),
        f"rtl/{name}_top.v": _top(manifest, layers),
        f"tb/tb_{name}.v": _bench(manifest, layers),
    }
    copied = {f"rtl/{file}": data for file, data in sources_with_parts(_MODULES).items()}
    return copied | {file: text.encode() for file, text in generated.items()}


def _layers(manifest: Manifest) -> list[dict[str, Any]]:
    """For each layer the numbers its Verilog needs, under their names there."""
    entries = manifest.get("layers", kind=list)
    found, source = [], ("image", manifest.format(INPUT).width)
    for entry in entries:
        name, params = entry["name"], entry["params"]
        weight = next(t for t in manifest.tensors if t.id == params["weight"])
        numbers = {
            "N_IN": weight.shape[1],
            "N_OUT": weight.shape[0],
            "LANE_W": source[1],
            "WEIGHT_W": weight.word_bits,
            "W": manifest.format(f"{name}.membrane").width,
            "CURRENT_W": manifest.format(f"{name}.current").width,
        }
        readout = entry["neuron"] is None
        if not readout:
            numbers |= {
                "COUNT_W": manifest.format(f"{name}.count").width,
                "GREATER": int(entry["compare"] == ">"),
                "RESET_ZERO": int(entry["reset"] == "zero"),
            }
        signals = ("acc", "v") if readout else tuple(WIDTHS)
        found.append(
            {"name": name, "source": source[0], "numbers": numbers, "signals": signals}
            | {"readout": readout, "params": {p: f"param/{i}.hex" for p, i in params.items()}}
        )
        source = (f"{name}_out", 1)
    return found


def _width(layer: dict[str, Any], signal: str) -> int:
    width = WIDTHS[signal]
    return int(layer["numbers"].get(width, 1))


def _constants(manifest: Manifest, layers: list[dict[str, Any]]) -> str:
    """What the design needs: of each layer its numbers and its files."""
    numbers: dict[str, Any] = {"LAYERS": len(layers), "CLASS_W": _class_bits(layers)}
    numbers["AT_W"] = max(1, (len(layers) - 1).bit_length())
    for layer in layers:
        name, files_of = layer["name"], layer["params"].items()
        numbers |= {f"{name}_{key}": value for key, value in layer["numbers"].items()}
        numbers |= {f"{name}_FILE_{key.upper()}": f'"{file}"' for key, file in files_of}
    return _header(manifest, numbers)


def _bench_constants(manifest: Manifest, layers: list[dict[str, Any]]) -> str:
    numbers = {
        "SAMPLES": manifest.get("vectors", "n_samples", kind=int),
        "T_IN": manifest.get("time", "T_in", kind=int),
        "IMAGE_W": manifest.tensor("x").word_bits,
        "WIDEST": max(64, *(layer["numbers"]["N_OUT"] + 8 for layer in layers)),
        "PATIENCE": 16 + sum(_clocks(layer["numbers"]) for layer in layers),
        "FILE_IMAGES": f'"{manifest.tensor("x").file}"',
    }
    return _header(manifest, numbers)


def _header(manifest: Manifest, numbers: dict[str, Any]) -> str:
    lines = [f"localparam {key} = {value};" for key, value in numbers.items()]
    return "\n".join([f"// {manifest.name}: generated from manifest.json", *lines]) + "\n"


def _class_bits(layers: list[dict[str, Any]]) -> int:
    return max(1, int(layers[-1]["numbers"]["N_OUT"] - 1).bit_length())


def _clocks(numbers: dict[str, int]) -> int:
    """Clocks of one step of a layer, and some more."""
    return 8 + numbers["N_OUT"] * (numbers["N_IN"] + 2)


def _template(name: str, **texts: str) -> str:
    text = files("fixedpoint.hdl").joinpath(name).read_text("ascii")
    for key, value in texts.items():
        text = text.replace(f"@{key}@", value.rstrip())
    return text


def _ports(layers: list[dict[str, Any]]) -> dict[str, int]:
    """Every register of every layer, by name: its bits."""
    ports = {
        f"{layer['name']}_{signal}": layer["numbers"]["N_OUT"] * _width(layer, signal)
        for layer in layers
        for signal in layer["signals"]
    }
    return ports | {"best": _class_bits(layers)}


def _top(manifest: Manifest, layers: list[dict[str, Any]]) -> str:
    ports = [f"    output wire [{bits - 1}:0] {port}," for port, bits in _ports(layers).items()]
    instances = [
        _template(
            "mlp_readout.vin" if layer["readout"] else "mlp_layer.vin",
            L=layer["name"],
            INDEX=str(index),
            SOURCE=layer["source"],
        )
        for index, layer in enumerate(layers)
    ]
    return _template(
        "mlp_top.vin",
        NAME=manifest.name,
        IMAGE_MSB=str(manifest.tensor("x").word_bits - 1),
        PORTS="\n".join(ports),
        LAYERS="\n".join(instances),
    )


def _bench(manifest: Manifest, layers: list[dict[str, Any]]) -> str:
    parts = [Part(layer["name"], layer["readout"], layer["signals"]) for layer in layers]
    wires = [f"    wire [{bits - 1}:0] {port};" for port, bits in _ports(layers).items()]
    return _template(
        "tb_mlp.vin",
        NAME=manifest.name,
        DECLARE="\n".join([*wires, *(line for part in parts for line in part.declare())]),
        CONNECT="\n".join(f"        .{port}({port})," for port in _ports(layers)),
        LOAD="\n".join(line for part in parts for line in part.load()),
        CHECK_ROW="\n".join(line for part in parts for line in part.check_row()),
        CHECK_SAMPLE="\n".join(line for part in parts for line in part.check_sample()),
    )
