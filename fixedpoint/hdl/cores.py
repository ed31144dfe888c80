"""Parameters of the Verilog modules of the neurons, from what a manifest says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fixedpoint.vectors.kinds import OVERFLOWS

if TYPE_CHECKING:
    from fixedpoint.vectors.manifest import Manifest

CORE_PORTS: dict[str, tuple[str, ...]] = {
    "if": ("theta",),
    "if_pow2": (),
    "pascal": ("phase", "theta"),
    "accumulate": ("phase", "theta"),
    "bit_serial": ("phase", "theta"),
    "bit_serial_wired": ("phase",),
    "burst": ("theta",),
    "burst_pow2": (),
    "dual": ("theta",),
}
"""Inputs of a module beside those all have."""


def core_parameters(manifest: Manifest) -> dict[str, int]:
    """Every parameter of the module beside its widths."""
    settings = manifest.get("layers", 0, "settings", kind=dict)
    kind = manifest.get("method", "id", kind=str)
    shift = manifest.get("layers", 0, kind=dict)["theta_pow2"] or 0
    register = settings.get("membrane")
    overflow = 0 if register is None else OVERFLOWS[register["overflow"]]
    own = _dual(manifest, settings) if kind == "dual" else _own(kind, settings, shift)
    return {"OVERFLOW": overflow, **own}


def width_parameters(kind: str) -> tuple[str, ...]:
    """Widths a module has beside W, CURRENT_W and COUNT_W."""
    return ("SPIKE_W",) if kind.startswith("burst") else ()


def _own(kind: str, settings: dict[str, Any], shift: int) -> dict[str, int]:
    if kind == "if":
        return {
            "GREATER": int(settings["compare"] == "gt"),
            "RESET_ZERO": int(settings["reset"] == "zero"),
        }
    if kind == "if_pow2":
        return {"K": shift}
    if kind in ("bit_serial", "bit_serial_wired"):
        return {"BITS": settings["t_out"], **({"F": shift} if kind.endswith("wired") else {})}
    if kind in ("burst", "burst_pow2"):
        burst = {"PHI": settings["phi"], "SHIFT": settings["shift"]}
        return burst | ({"K": shift} if kind.endswith("pow2") else {})
    return {}


def _dual(manifest: Manifest, settings: dict[str, Any]) -> dict[str, int]:
    """A level below the membrane's range, or a cap above the counter's, is never met."""
    lowest, cap = manifest.format("membrane").low, settings["cap"] or 0
    return {
        "RETRACTS": int(settings["negative"] is not None),
        "NEGATIVE": min(settings["negative"] or 0, 1 - lowest),
        "STRICT_POSITIVE": int(settings["strict_positive"]),
        "STRICT_NEGATIVE": int(settings["strict_negative"]),
        "MEMORY": int(settings["memory"]),
        "CAP": cap if cap <= manifest.format("count").high else 0,
    }
