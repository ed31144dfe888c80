"""Spiking neurons: one a file, all in the protocol of `refsnn.neurons.protocol`."""

from refsnn.neurons.ada_fire import AdaFire, AdaFireState
from refsnn.neurons.bit_serial import BitSerial, BitSerialState
from refsnn.neurons.dual_threshold import VARIANTS, DualState, DualThreshold, variant
from refsnn.neurons.integrate_fire import IF, IFState
from refsnn.neurons.lif import LIF, LIFState
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
from refsnn.neurons.shifted_if import ShiftedIF

NEURONS: dict[str, type[Neuron]] = {
    cls.__name__: cls
    for cls in (IF, Pascal, PascalFirst, Readout, AdaFire, BitSerial, DualThreshold, ShiftedIF, LIF)
}

__all__ = [
    "IF",
    "LIF",
    "NEURONS",
    "VARIANTS",
    "AdaFire",
    "AdaFireState",
    "BitSerial",
    "BitSerialState",
    "DualState",
    "DualThreshold",
    "IFState",
    "LIFState",
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
    "ShiftedIF",
    "Step",
    "Train",
    "drive",
    "phases",
    "respond",
    "take",
    "variant",
]
