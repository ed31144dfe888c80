"""A spiking network in integers: layers of neurons, each fed by taps from earlier layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fixedpoint.accumulate import Accumulate
from fixedpoint.arith import as_codes
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.models import IntNeuron
from fixedpoint.synapses import Synapse
from fixedpoint.typing import IntArray

INPUT = "input"


@dataclass(frozen=True)
class Tap:
    """One way into a layer: a source and the linear maps its frames pass through."""

    source: str
    path: tuple[Synapse, ...]

    def __call__(self, x: IntArray) -> IntArray:
        """Frames (N, ...) of the source to currents (N, ...) of the layer."""
        for synapse in self.path:
            x = synapse(x)
        return x


@dataclass(frozen=True, eq=False)
class Layer:
    """Neurons of one threshold and start, and what drives them.

    Parameters
    ----------
    taps : tuple of Tap
        Their currents are added. The first keeps its frames; another of unequal length is summed
        into frame 1 (layer-wise networks only).
    bias : int array
        Broadcasts against one frame. With ``bias_once`` it is added to the start value, otherwise
        to every frame.
    neuron : IntIF or IntPascal, or None
        None: the readout, which adds up its currents. ``v_init`` excludes the bias.
    accumulate : Accumulate, optional
        The accumulator of one frame's current; None: as wide as any input needs.
    """

    name: str
    taps: tuple[Tap, ...]
    bias: IntArray
    neuron: IntNeuron | None
    bias_once: bool
    accumulate: Accumulate | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "bias", as_codes(self.bias, f"{self.name}.bias"))
        if not self.taps:
            raise InputError("no source", where=self.name)


@dataclass(frozen=True, eq=False)
class Program:
    """A whole network in integers.

    Parameters
    ----------
    input_format : Format
        Of one raw input value; frames of the image are its codes.
    input_shape : tuple of int
        One sample.
    input_frames : int
        How often the image is presented.
    layers : tuple of Layer
        In order; the last one is the readout.
    extra_frames : int
        Frames of silence after the image, without bias.
    notes : mapping
        Free-form JSON: where it came from.
    """

    input_format: Format
    input_shape: tuple[int, ...]
    input_frames: int
    layers: tuple[Layer, ...]
    extra_frames: int = 0
    notes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {INPUT}
        for layer in self.layers:
            for tap in layer.taps:
                if tap.source not in known:
                    raise InputError("unknown source", where=layer.name, got=tap.source)
            if layer.name in known:
                raise InputError("name is used twice", where=layer.name)
            known.add(layer.name)
        if self.layers[-1].neuron is not None or any(x.neuron is None for x in self.layers[:-1]):
            raise InputError("the last layer, and no other, is the readout", where="Program")

    def layer(self, name: str) -> Layer:
        """The layer of this name."""
        return next(layer for layer in self.layers if layer.name == name)

    def check_input(self, x: IntArray) -> IntArray:
        """``x`` as int64 if it fits the input's shape and format."""
        x = as_codes(x, "input")
        if x.shape[1:] != self.input_shape:
            expected = ("N", *self.input_shape)
            raise InputError("shape does not fit", where="input", expected=expected, got=x.shape)
        return self.input_format.require(x, "input")

    def frames(self) -> dict[str, int]:
        """Number of frames of the input and of every layer, extra ones included."""
        frames = {INPUT: self.input_frames + self.extra_frames}
        for layer in self.layers:
            t_in = frames[layer.taps[0].source]
            frames[layer.name] = frames_out(layer, t_in)
        return frames


def frames_out(layer: Layer, t_in: int) -> int:
    """Output frames of a layer for ``t_in`` input frames (of the readout: as many)."""
    if layer.neuron is None:
        return t_in
    return sum(phase.emits for phase in layer.neuron.schedule(t_in))


def start(layer: Layer) -> IntArray:
    """Membrane of the layer before its first step, bias included where it enters once."""
    base = np.zeros((), np.int64) if layer.neuron is None else np.asarray(layer.neuron.v_init)
    return base + layer.bias if layer.bias_once else base
