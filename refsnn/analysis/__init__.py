"""What can be said of a run: its error by cause, its cost, its level of exactness."""

from refsnn.analysis.cost import Cost, cost
from refsnn.analysis.effective_steps import (
    RELEASED_RHO,
    EffectiveSteps,
    effective_steps,
    effective_steps_of,
    neuron_steps,
)
from refsnn.analysis.exactness import Exactness, dyadic_bits, exactness
from refsnn.analysis.layerwise import Layerwise, layerwise
from refsnn.analysis.level_policy import LevelPolicy
from refsnn.analysis.levels import decodes_to
from refsnn.analysis.split import Split, split, staircase

__all__ = [
    "RELEASED_RHO",
    "Cost",
    "EffectiveSteps",
    "Exactness",
    "Layerwise",
    "LevelPolicy",
    "Split",
    "cost",
    "decodes_to",
    "dyadic_bits",
    "effective_steps",
    "effective_steps_of",
    "exactness",
    "layerwise",
    "neuron_steps",
    "split",
    "staircase",
]
