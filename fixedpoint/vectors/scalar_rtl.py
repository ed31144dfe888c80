"""The Verilog around a scalar bundle: constants, and the bench of `round_overflow.v`."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fixedpoint.modes import OVERFLOWS, ROUNDINGS
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.scalar_op import ScalarOp
from fixedpoint.vectors.texts import readme_text

MODULE = "round_overflow"


def simulation(name: str, words: int) -> dict[str, Any]:
    """Give the manifest's section."""
    return {"top": f"tb_{name}", "sources": [f"tb/tb_{name}.v", f"rtl/{MODULE}.v"], "words": words}


def texts(scalar: ScalarOp, manifest: Manifest) -> dict[str, str]:
    """Give README, constants and test bench."""
    name = scalar.op
    return {
        "README.txt": readme_text(name, manifest.get("claim", "formula", kind=str)),
        f"hdl/{name}_pkg.vh": _constants(scalar, manifest),
        f"tb/tb_{name}.v": _bench(scalar),
    }


def _bench(scalar: ScalarOp) -> str:
    template = files("fixedpoint.hdl").joinpath("tb_scalar.vin").read_text("ascii")
    second = f"        $readmemh(FILE_{'B' if scalar.binary else 'A'}, bs);"
    return template.replace("@SECOND@", second).replace("@NAME@", scalar.op)


def _constants(scalar: ScalarOp, manifest: Manifest) -> str:
    wide = scalar.wide_format.width
    numbers = {
        "CASES": manifest.get("vectors", "n_samples", kind=int),
        "BINARY": int(scalar.binary),
        "SUM": int(scalar.op == "add_sat"),
        "A_W": scalar.in_format.width,
        "A_SIGNED": int(scalar.in_format.signed),
        "WIDE_W": wide,
        "DROP": scalar.drop,
        "OUT_W": scalar.out_format.width,
        "OUT_SIGNED": int(scalar.out_format.signed),
        "N_ROUNDINGS": len(scalar.roundings),
        "N_OVERFLOWS": len(scalar.overflows),
    }
    sign = "-" if scalar.mult < 0 else ""
    lines = [f"localparam {key} = {value};" for key, value in numbers.items()]
    lines += [
        f"localparam signed [WIDE_W-1:0] FACTOR = {sign}{wide}'sd{abs(scalar.mult)};",
        _codes("ROUNDINGS", scalar.roundings, ROUNDINGS),
        _codes("OVERFLOWS", scalar.overflows, OVERFLOWS),
    ]
    lines += [f'localparam FILE_{t.signal.upper()} = "{t.file}";' for t in manifest.tensors]
    return "\n".join([f"// {scalar.op}: generated from manifest.json", *lines]) + "\n"


def _codes(name: str, modes: tuple[str, ...], known: tuple[str, ...]) -> str:
    """Modes as 4-bit numbers, the first in the lowest bits."""
    digits = "".join(f"{known.index(mode):x}" for mode in reversed(modes))
    return f"localparam [{4 * len(modes) - 1}:0] {name} = {4 * len(modes)}'h{digits};"
