"""Bit-accurate integer models of spiking neurons and layers: formats, programs, vectors, RTL.

This package belongs to the ``refsnn`` distribution and knows nothing of ``refsnn`` itself.
An unrelated distribution has the same import name; `MARKER` tells the two apart.
"""

from fixedpoint.errors import InputError
from fixedpoint.formats import OVERFLOWS, ROUNDINGS, Cast, Format, overflow, rounding
from fixedpoint.hdl.icarus import simulate
from fixedpoint.hdl.result import SimResult
from fixedpoint.neurons import (
    IntIF,
    IntNeuron,
    IntPascal,
    NeuronRun,
    NeuronTrace,
    pascal_count,
    run_neuron,
)
from fixedpoint.vectors import (
    Manifest,
    ReplayReport,
    replay,
    write_layer_bundle,
    write_neuron_bundle,
)

MARKER = "refsnn/fixedpoint"

__all__ = [
    "MARKER",
    "OVERFLOWS",
    "ROUNDINGS",
    "Cast",
    "Format",
    "InputError",
    "IntIF",
    "IntNeuron",
    "IntPascal",
    "Manifest",
    "NeuronRun",
    "NeuronTrace",
    "ReplayReport",
    "SimResult",
    "overflow",
    "pascal_count",
    "replay",
    "rounding",
    "run_neuron",
    "simulate",
    "write_layer_bundle",
    "write_neuron_bundle",
]
