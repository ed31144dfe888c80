"""The Verilog files a design needs: those of its modules, and of what they instantiate."""

from __future__ import annotations

import re
from importlib.resources import files


def sources_with_parts(modules: tuple[str, ...]) -> dict[str, bytes]:
    """Give the shipped files ``<module>.v`` of modules and of every module named in them."""
    folder = files("fixedpoint.hdl")
    shipped = {path.name.removesuffix(".v") for path in folder.iterdir() if path.name[-2:] == ".v"}
    found: dict[str, bytes] = {}
    wanted = list(modules)
    while wanted:
        name = wanted.pop()
        if f"{name}.v" not in found:
            data = folder.joinpath(f"{name}.v").read_bytes()
            found[f"{name}.v"] = data
            wanted += sorted(shipped & set(_words(data.decode("ascii"))))
    return dict(sorted(found.items()))


def _words(text: str) -> list[str]:
    """Identifiers outside comments."""
    return re.findall(r"[A-Za-z_]\w*", re.sub(r"//.*", "", text))
