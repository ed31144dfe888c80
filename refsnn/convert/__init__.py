"""Conversion methods: one paper a file. `METHODS` lists them by name."""

from __future__ import annotations

from refsnn.convert.adaptive_calibration import AdaptiveCalibration
from refsnn.convert.base import Method
from refsnn.convert.claims import Claim, Support
from refsnn.convert.error_compensation import ErrorCompensation
from refsnn.convert.evaluation import Evaluation, evaluate_snn
from refsnn.convert.pascal import PascalConversion
from refsnn.convert.potential_initialization import PotentialInitialization
from refsnn.convert.prepare import Calibration
from refsnn.convert.qcfs import QCFSConversion
from refsnn.convert.rate_norm import RateNormConversion
from refsnn.convert.report import Report
from refsnn.convert.settings import with_settings
from refsnn.convert.snn_meets_ann import SNNMeetsANN
from refsnn.convert.threshold_balancing import ThresholdBalancing
from refsnn.errors import InputError, nearest

METHODS: dict[str, type[Method]] = {
    cls.name: cls
    for cls in (
        QCFSConversion,
        PascalConversion,
        SNNMeetsANN,
        ErrorCompensation,
        PotentialInitialization,
        ThresholdBalancing,
        RateNormConversion,
        AdaptiveCalibration,
    )
}


def method_class(name: str) -> type[Method]:
    """The method of this name."""
    if name not in METHODS:
        raise InputError(
            f"unknown method {name!r}", where="--method", fix=nearest(name, list(METHODS))
        )
    return METHODS[name]


__all__ = [
    "METHODS",
    "AdaptiveCalibration",
    "Calibration",
    "Claim",
    "ErrorCompensation",
    "Evaluation",
    "Method",
    "PascalConversion",
    "PotentialInitialization",
    "QCFSConversion",
    "RateNormConversion",
    "Report",
    "SNNMeetsANN",
    "Support",
    "ThresholdBalancing",
    "evaluate_snn",
    "method_class",
    "with_settings",
]
