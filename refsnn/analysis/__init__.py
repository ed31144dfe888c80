"""What can be said of a run: its error by cause, its cost, its level of exactness."""

from refsnn.analysis.cost import Cost, cost
from refsnn.analysis.exactness import Exactness, dyadic_bits, exactness
from refsnn.analysis.levels import decodes_to
from refsnn.analysis.split import Split, split, staircase

__all__ = [
    "Cost",
    "Exactness",
    "Split",
    "cost",
    "decodes_to",
    "dyadic_bits",
    "exactness",
    "split",
    "staircase",
]
