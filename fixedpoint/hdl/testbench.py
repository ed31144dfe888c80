"""The Verilog around a bundle: constants from its manifest, test bench, copies of the RTL."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from fixedpoint.hdl.cores import CORE_PORTS, core_parameters, width_parameters
from fixedpoint.vectors.kinds import kind_named

if TYPE_CHECKING:
    from fixedpoint.vectors.manifest import Manifest


def sources(modules: tuple[str, ...]) -> dict[str, bytes]:
    """Give the shipped Verilog files of some modules, which a bundle copies."""
    folder = files("fixedpoint.hdl")
    return {f"{name}.v": folder.joinpath(f"{name}.v").read_bytes() for name in modules}


def constants(manifest: Manifest) -> str:
    """Give ``hdl/<name>_pkg.vh``: every number and file name the modules and the bench need."""
    lines = [f"localparam {key} = {value};" for key, value in _numbers(manifest).items()]
    wide = [f"localparam signed [63:0] {k} = {_sized(v)};" for k, v in _start(manifest).items()]
    paths = [f'localparam FILE_{t.signal.upper()} = "{t.file}";' for t in manifest.tensors]
    head = f"// {manifest.name}: generated from manifest.json"
    return "\n".join([head, *lines, *wide, *paths]) + "\n"


def _start(manifest: Manifest) -> dict[str, int]:
    """Threshold and initial membrane of a single neuron."""
    if manifest.get("layers", 0, "kind", kind=str) == "dense":
        return {}
    values = {t.signal: t.min or 0 for t in manifest.tensors if t.role == "param"}
    return {"THETA": values["theta"], "V_INIT": values["v_init"]}


def _sized(value: int) -> str:
    return f"{'-' if value < 0 else ''}64'sd{abs(value)}"


def bench_text(manifest: Manifest, *, top: str | None = None, rows: bool = True) -> str:
    """Give ``tb/tb_<name>.v``.

    Parameters
    ----------
    top : str, optional
        Module under test of a neuron bundle. By default the bundle's own, which also has to
        ignore currents after the last row: nobody else's must count rows.
    rows : bool
        Compare every row of a neuron, or only the spikes it emits.
    """
    if manifest.get("layers", 0, "kind", kind=str) == "dense":
        own = "".join(f", .{name}({name})" for name in core_parameters(manifest))
        return _filled("tb.vin", manifest, UNIT=_text("tb_layer.vin").rstrip(), PARAMETERS=own)
    return _filled(
        "tb_neuron.vin",
        manifest,
        TOP=top or f"{manifest.name}_top",
        ROW_VALID=", .row_valid(row_valid)" if rows else "",
        CHECK_ROWS=str(int(rows)),
        OVERSTEP=str(int(top is None)),
    )


def neuron_texts(manifest: Manifest) -> dict[str, str]:
    """Give what only the bundle of a single neuron has: its top, and benches for other tools."""
    name, top = manifest.name, f"{manifest.name}_top"
    texts = {
        f"rtl/{top}.v": neuron_top(manifest),
        f"hdl/{name}_pkg.vhd": vhdl_constants(manifest),
        f"tb/tb_{name}.vhd": vhdl_bench(manifest, top=top, rows=True),
        f"tb/drv_{name}.cpp": driver_text(manifest, top=top, rows=True),
        f"tb/test_{name}.py": _filled("test_neuron.pyin", manifest),
    }
    if manifest.get("method", "id", kind=str) in TWINS:
        core = manifest.get("method", "neuron", kind=str)
        texts |= {f"rtl/{file}.vhd": _text(f"{file}.vhd") for file in ("membrane_add", core)}
        texts[f"rtl/{top}.vhd"] = vhdl_top(manifest)
    return texts


def neuron_top(manifest: Manifest) -> str:
    """Give ``rtl/<name>_top.v``: the neuron behind the port contract."""
    values = core_parameters(manifest)
    own = "".join(f", .{name}({name})" for name in values)
    kind = manifest.get("method", "id", kind=str)
    own += "".join(f", .{name}({name})" for name in width_parameters(kind))
    uses = CORE_PORTS[kind]
    ports = "".join(f", .{port}({_PORTS[port]})" for port in uses)
    core = manifest.get("method", "neuron", kind=str)
    return _filled("neuron_top.vin", manifest, CORE=core, PARAMETERS=own, PORTS=ports)


TWINS = ("if", "bit_serial")
"""Kinds whose module there is in VHDL too."""


def vhdl_constants(manifest: Manifest) -> str:
    """Give the VHDL package ``neuron_pkg``: the constants of ``hdl/<name>_pkg.vh``."""
    numbers = {**_numbers(manifest), **_start(manifest)}
    numbers["ABORT_W"] = manifest.format("abort").width
    lines = [f"    constant {key} : integer := {value};" for key, value in numbers.items()]
    paths = [
        f'    constant FILE_{t.signal.upper()} : string := "{t.file}";' for t in manifest.tensors
    ]
    body = "\n".join([*lines, *paths])
    head = f"-- {manifest.name}: generated from manifest.json"
    return f"{head}\npackage neuron_pkg is\n{body}\nend package;\n"


def vhdl_top(manifest: Manifest) -> str:
    """Give the twin in VHDL behind the port contract."""
    kind = manifest.get("method", "id", kind=str)
    own = "".join(f", {name} => {name}" for name in core_parameters(manifest))
    ports = ", phase => phase" if "phase" in CORE_PORTS[kind] else ""
    core = manifest.get("method", "neuron", kind=str)
    return _filled("neuron_top.vhdin", manifest, CORE=core, PARAMETERS=own, PORTS=ports)


def vhdl_bench(manifest: Manifest, *, top: str, rows: bool) -> str:
    """Give a bench in VHDL."""
    return _filled(
        "tb_neuron.vhdin",
        manifest,
        TOP=top,
        ROW_VALID=", row_valid => row_valid" if rows else "",
        CHECK_ROWS="true" if rows else "false",
    )


_PORTS = {"phase": "phase", "theta": "THETA[W-1:0]"}


def _text(template: str) -> str:
    return files("fixedpoint.hdl").joinpath(template).read_text("ascii")


def _filled(template: str, manifest: Manifest, **parts: str) -> str:
    text = _text(template)
    for key, value in (parts | {"NAME": manifest.name}).items():
        text = text.replace(f"@{key}@", value)
    return text


def _numbers(manifest: Manifest) -> dict[str, int]:
    layer = ("layers", 0)
    step = {key: manifest.get("time", key, kind=int) for key in ("T_in", "T_out", "relax", "rows")}
    dense = manifest.get(*layer, "kind", kind=str) == "dense"
    widths = {"W": "membrane", "CURRENT_W": "current", "LANE_W": "in", "COUNT_W": "count",
              "SPIKE_W": "spike", "OUT_W": "out"}  # fmt: skip
    if dense:
        widths["WEIGHT_W"] = "weight"
    return {
        "SAMPLES": manifest.get("vectors", "n_samples", kind=int),
        **{key.upper(): value for key, value in step.items()},
        "N_IN": manifest.get(*layer, "in_shape", 0, kind=int),
        "N_OUT": manifest.get(*layer, "out_shape", 0, kind=int),
        "DENSE": int(dense),
        "PHASED": int(manifest.get("method", "phase", kind=str) != "one"),
        "EMIT_ONLY": int(step["T_out"] != step["rows"]),
        **{name: manifest.format(fmt).width for name, fmt in widths.items()},
        **(_dense_numbers(manifest) if dense else {}),
        **core_parameters(manifest),
    }


def _dense_numbers(manifest: Manifest) -> dict[str, int]:
    code = kind_named(manifest.get("method", "id", kind=str)).code
    if code is None:
        raise AssertionError("a dense layer has neurons with a threshold input")
    return {"KIND": code, "IN_BITS": manifest.get("layers", 0, "in_bits", kind=int)}


def driver_text(manifest: Manifest, *, top: str, rows: bool) -> str:
    """Give the C++ driver for Verilator."""
    step = {key: manifest.get("time", key, kind=int) for key in ("T_in", "T_out", "rows")}
    path = {t.signal: t.file for t in manifest.tensors}
    valid = "unit.row_valid" if rows else "false"
    parts = {
        "TOP": top,
        "T_IN": step["T_in"],
        "T_OUT": step["T_out"],
        "ROWS": step["rows"],
        "CHECK_ROWS": int(rows),
        "EMIT_ONLY": int(step["T_out"] != step["rows"]),
        "VALID": "row_valid" if rows else "out_valid",
        "SPIKE_W": manifest.format("spike").width,
        "W": manifest.format("membrane").width,
        "CURRENT_W": manifest.format("current").width,
        "V_INIT": f"uint64_t({_start(manifest)['V_INIT']}LL)",
        "ROW_VALID": f"    bool row_valid() {{ return {valid}; }}\n",
        **{f"FILE_{s.upper()}": path[s] for s in ("current", "abort", "spike", "v")},
    }
    return _filled("driver.cppin", manifest, **{key: str(value) for key, value in parts.items()})
