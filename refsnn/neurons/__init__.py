"""Spiking neurons: one a file, all in the protocol of `refsnn.neurons.protocol`."""

from refsnn.neurons.integrate_fire import IF, IFState
from refsnn.neurons.pascal import Pascal, PascalState
from refsnn.neurons.pascal_first import PascalFirst, PascalFirstState
from refsnn.neurons.protocol import (
    Neuron,
    Phase,
    Probe,
    Response,
    Step,
    Train,
    drive,
    phases,
    respond,
    take,
)
from refsnn.neurons.readout import Readout, ReadoutState

NEURONS: dict[str, type[Neuron]] = {cls.__name__: cls for cls in (IF, Pascal, PascalFirst, Readout)}

__all__ = [
    "IF",
    "NEURONS",
    "IFState",
    "Neuron",
    "Pascal",
    "PascalFirst",
    "PascalFirstState",
    "PascalState",
    "Phase",
    "Probe",
    "Readout",
    "ReadoutState",
    "Response",
    "Step",
    "Train",
    "drive",
    "phases",
    "respond",
    "take",
]
