"""Lowering: from a float spiking network to integers, with a report of what it cost."""

from refsnn.lower.grid import InputGrid, input_grid
from refsnn.lower.report import Lowered, LoweringReport, lower
from refsnn.lower.search import Narrowest, Trial, narrowest

__all__ = [
    "InputGrid",
    "Lowered",
    "LoweringReport",
    "Narrowest",
    "Trial",
    "input_grid",
    "lower",
    "narrowest",
]
