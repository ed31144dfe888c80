"""The Verilog around a bundle: constants from its manifest, test bench, copies of the RTL."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fixedpoint.vectors.manifest import Manifest


def sources(modules: tuple[str, ...]) -> dict[str, bytes]:
    """Give the shipped Verilog files of some modules, which a bundle copies."""
    folder = files("fixedpoint.hdl")
    return {f"{name}.v": folder.joinpath(f"{name}.v").read_bytes() for name in modules}


def constants(manifest: Manifest) -> str:
    """Give ``hdl/<name>_pkg.vh``: every number and file name the test bench needs."""
    name = manifest.name
    lines = [f"localparam {key} = {value};" for key, value in _numbers(manifest).items()]
    paths = [f'localparam FILE_{t.signal.upper()} = "{t.file}";' for t in manifest.tensors]
    return "\n".join([f"// {name}: generated from manifest.json", *lines, *paths]) + "\n"


def test_bench(manifest: Manifest) -> str:
    """Give ``tb/tb_<name>.v``."""
    dense = manifest.get("layers", 0, "kind", kind=str) == "dense"
    pascal = manifest.get("method", "id", kind=str) == "pascal"
    unit = "tb_layer.vin" if dense else "tb_pascal.vin" if pascal else "tb_if.vin"
    template = files("fixedpoint.hdl").joinpath("tb.vin").read_text("ascii")
    body = files("fixedpoint.hdl").joinpath(unit).read_text("ascii")
    return template.replace("@UNIT@", body.rstrip()).replace("@NAME@", manifest.name)


def _numbers(manifest: Manifest) -> dict[str, int]:
    layer = ("layers", 0)
    pascal = manifest.get("method", "id", kind=str) == "pascal"
    step = {key: manifest.get("time", key, kind=int) for key in ("T_in", "T_out", "relax", "rows")}
    return {
        "SAMPLES": manifest.get("vectors", "n_samples", kind=int),
        **{key.upper(): value for key, value in step.items()},
        "N_IN": manifest.get(*layer, "in_shape", 0, kind=int),
        "N_OUT": manifest.get(*layer, "out_shape", 0, kind=int),
        "DENSE": int(manifest.get(*layer, "kind", kind=str) == "dense"),
        "PASCAL": int(pascal),
        "GREATER": int(manifest.get(*layer, "compare", kind=str) == ">"),
        "RESET_ZERO": int(manifest.get(*layer, "reset", kind=str) == "zero"),
        "W": manifest.format("membrane").width,
        "CURRENT_W": manifest.format("current").width,
        "LANE_W": manifest.format("in").width,
        "COUNT_W": manifest.format("count").width,
        "SPIKE_W": manifest.format("spike").width,
        **(
            {"WEIGHT_W": manifest.format("weight").width}
            if "weight" in manifest.get("formats", kind=dict)
            else {}
        ),
    }
