"""What a program keeps in memory: weights, biases, membranes, counters, trains; all in bits."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from fixedpoint.edges import spike_format, value_format
from fixedpoint.program import INPUT, Layer, Program, frames_out
from fixedpoint.widths import Widths, prove

BLOCK_BITS = 4096
"""One block memory of an iCE40 device."""


@dataclass(frozen=True)
class LayerMemory:
    """Bits of one layer.

    Parameters
    ----------
    neurons : int
        Of one sample; outputs of the readout.
    weights, biases, membranes, counters : int
        At the narrowest two's complement widths: weights and biases that of their values,
        membranes and counters the proven ones.
    train : int
        The frames it sends, while the next layer waits for all of them.
    """

    neurons: int
    weights: int
    biases: int
    membranes: int
    counters: int
    train: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.weights + self.biases + self.membranes + self.counters + self.train

    @property
    def blocks(self) -> int:
        """Block memories of 4096 bits, if each kind has its own."""
        kinds = (self.weights, self.biases, self.membranes, self.counters, self.train)
        return sum(-(-bits // BLOCK_BITS) for bits in kinds)


def memory(program: Program) -> dict[str, LayerMemory]:
    """Memory of every layer, one sample at a time."""
    shapes, frames, widths = layer_shapes(program), program.frames(), prove(program)
    return {
        layer.name: _layer(
            layer, prod(shapes[layer.name]), frames[layer.taps[0].source], widths[layer.name]
        )
        for layer in program.layers
    }


def layer_shapes(program: Program) -> dict[str, tuple[int, ...]]:
    """Shape of one frame of the input and of every layer."""
    shapes = {INPUT: tuple(program.input_shape)}
    for layer in program.layers:
        first = layer.taps[0]
        shapes[layer.name] = first(np.zeros((1, *shapes[first.source]), np.int64)).shape[1:]
    return shapes


def _layer(layer: Layer, neurons: int, t_in: int, widths: Widths) -> LayerMemory:
    weights = [s.weight for tap in layer.taps for s in tap.path if hasattr(s, "weight")]
    bits, spikes = widths.bits, spike_format(layer)
    return LayerMemory(
        neurons=neurons,
        weights=sum(w.size * value_format(w).width for w in weights if w.size),
        biases=np.size(layer.bias) * value_format(layer.bias).width if np.any(layer.bias) else 0,
        membranes=neurons * (bits["membrane"] or 0),
        counters=neurons * (bits["counter"] or 0),
        train=neurons * frames_out(layer, t_in) * spikes.width if spikes else 0,
    )
