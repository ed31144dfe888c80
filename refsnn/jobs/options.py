"""What several commands check in their options."""

from __future__ import annotations

from collections.abc import Mapping

from refsnn.errors import InputError

NIR, ONNX = "for NIR networks only", "for ONNX networks only"
"""Why an option is refused."""


def refuse(given: Mapping[str, object], why: str, fix: str = "leave it out") -> None:
    """An error for the first of these options that has a value."""
    for option, value in given.items():
        if value is not None:
            raise InputError(why, where=option, got=value, fix=fix)


def check_dtype(name: str) -> None:
    """``--dtype float32`` or ``float64``."""
    if name not in ("float32", "float64"):
        raise InputError("unknown type", where="--dtype", expected="float32 or float64", got=name)
