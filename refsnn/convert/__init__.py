"""Conversion methods: one paper a file. `METHODS` lists them by name."""

from __future__ import annotations

from refsnn.convert.base import Calibration, Method, with_settings
from refsnn.convert.claims import Claim, Support
from refsnn.convert.pascal import PascalConversion
from refsnn.convert.qcfs import QCFSConversion
from refsnn.convert.report import Evaluation, Report, evaluate_snn
from refsnn.errors import InputError, nearest

METHODS: dict[str, type[Method]] = {cls.name: cls for cls in (QCFSConversion, PascalConversion)}


def method_class(name: str) -> type[Method]:
    """The method of this name."""
    if name not in METHODS:
        raise InputError(
            f"unknown method {name!r}", where="--method", fix=nearest(name, list(METHODS))
        )
    return METHODS[name]


__all__ = [
    "METHODS",
    "Calibration",
    "Claim",
    "Evaluation",
    "Method",
    "PascalConversion",
    "QCFSConversion",
    "Report",
    "Support",
    "evaluate_snn",
    "method_class",
    "with_settings",
]
