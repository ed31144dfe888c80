"""Formats of every edge of a program: what is sent, weighted, added, kept, and how wide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fixedpoint.formats import Format
from fixedpoint.program import INPUT, Layer, Program
from fixedpoint.typing import IntArray
from fixedpoint.widths import Widths, prove


@dataclass(frozen=True)
class EdgeFormats:
    """Formats of one layer; integers of the layer's own step, so without fractional bits.

    Parameters
    ----------
    received : tuple of Format
        One frame of the source of each tap: spikes, or the codes of the image.
    weights : tuple of Format or None
        Each tap's weights, the narrowest that holds them; None of a tap without.
    bias : Format or None
        The narrowest that holds it; None where it is zero.
    current : Format
        One frame's sum, bias included, at the proven width or that of the layer's accumulator.
    membrane : Format
        At the proven width, or that of the neuron's own register.
    sent : Format or None
        One frame of the layer's spikes; None of the readout.
    """

    received: tuple[Format, ...]
    weights: tuple[Format | None, ...]
    bias: Format | None
    current: Format
    membrane: Format
    sent: Format | None

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values: texts as ``s8.0``."""
        return {name: _text(value) for name, value in vars(self).items()}


def edges(program: Program) -> dict[str, EdgeFormats]:
    """Formats of every layer; those of sums are proven for all inputs.

    Examples
    --------
    ``edges(program)["act1"].sent`` is ``u1.0`` of integrate and fire, ``u3.0`` of bursts of up to 7
    spikes, ``s2.0`` of a dual threshold.
    """
    sent: dict[str, Format | None] = {INPUT: program.input_format}
    widths, found = prove(program), {}
    for layer in program.layers:
        found[layer.name] = _edges(layer, sent, widths[layer.name])
        sent[layer.name] = found[layer.name].sent
    return found


def spike_format(layer: Layer) -> Format | None:
    """Format of one frame of a layer's spikes; None of the readout."""
    return None if layer.neuron is None else Format.holding(*layer.neuron.spike_range)


def value_format(values: IntArray) -> Format:
    """The narrowest signed format of some integers."""
    return Format.holding(int(values.min()), int(values.max()), signed=True)


def _edges(layer: Layer, sent: dict[str, Format | None], widths: Widths) -> EdgeFormats:
    register = None if layer.neuron is None else layer.neuron.membrane
    taps = [next((s.weight for s in tap.path if hasattr(s, "weight")), None) for tap in layer.taps]
    proven = Format.holding(*widths.membrane, signed=True)
    return EdgeFormats(
        received=tuple(fmt for tap in layer.taps if (fmt := sent[tap.source]) is not None),
        weights=tuple(None if w is None else value_format(w) for w in taps),
        bias=value_format(layer.bias) if np.any(layer.bias) else None,
        current=layer.accumulate.register.format
        if layer.accumulate
        else Format.holding(*widths.accumulator, signed=True),
        membrane=register.format if register else proven,
        sent=spike_format(layer),
    )


def _text(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_text(part) for part in value]
    return None if value is None else str(value)
