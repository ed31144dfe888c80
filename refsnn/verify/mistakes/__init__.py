"""The catalogue of known mistakes and other conventions."""

from refsnn.verify.mistakes.base import Altered, Mistake, NeuronMistake, NodeMistake, RunMistake
from refsnn.verify.mistakes.neurons import NEURONS
from refsnn.verify.mistakes.nodes import NODES
from refsnn.verify.mistakes.runs import RUNS

CATALOGUE: dict[str, Mistake] = {entry.name: entry for entry in (*NEURONS, *NODES, *RUNS)}
"""By name."""

__all__ = [
    "CATALOGUE",
    "Altered",
    "Mistake",
    "NeuronMistake",
    "NodeMistake",
    "RunMistake",
]
