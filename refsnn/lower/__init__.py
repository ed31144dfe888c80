"""Lowering: from a float spiking network to integers, with a report of what it cost."""

from refsnn.lower.report import Lowered, LoweringReport, lower

__all__ = ["Lowered", "LoweringReport", "lower"]
