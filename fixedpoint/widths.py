"""Interval proof of every accumulator and membrane: the width it needs, for all inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fixedpoint.arith import LIMIT
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.models import IntPascal
from fixedpoint.program import INPUT, Layer, Program, Tap, start
from fixedpoint.typing import IntArray


@dataclass(frozen=True)
class Widths:
    """Proven ranges of one layer, over all inputs of the program's format.

    Parameters
    ----------
    accumulator : (low, high)
        Every partial sum of one frame's current, added in any order, bias included.
    membrane : (low, high)
        Every membrane, before or after a reset (of the readout: the running sum).
    counter : (low, high) or None
        The signed spike counter of a spike-accumulation neuron.
    """

    accumulator: tuple[int, int]
    membrane: tuple[int, int]
    counter: tuple[int, int] | None = None

    @property
    def bits(self) -> dict[str, int | None]:
        """Two's complement bits of each."""
        return {
            "accumulator": Format.holding(*self.accumulator, signed=True).width,
            "membrane": Format.holding(*self.membrane, signed=True).width,
            "counter": self.counter and Format.holding(*self.counter, signed=True).width,
        }


def prove(program: Program) -> dict[str, Widths]:
    """Ranges of every layer.

    Method
    ------
    One frame of a source lies in [low, high] (the input's format; 0 or 1 of a neuron). The
    positive and the negative weights carry that interval to the current; T frames and the start
    value give the membrane. A subtractive reset never takes a membrane below 0, so the sum of the
    negative parts bounds it from below; an inhibitory step never takes it above theta.

    Raises
    ------
    InputError
        When a range reaches 2^62.
    """
    fmt = program.input_format
    ranges = {
        INPUT: (np.full(program.input_shape, fmt.low), np.full(program.input_shape, fmt.high))
    }
    frames, widths = program.frames(), {}
    for layer in program.layers:
        taps = [_tap_range(tap, *ranges[tap.source]) for tap in layer.taps]
        counts = [frames[tap.source] for tap in layer.taps]
        widths[layer.name] = _layer_widths(layer, taps, counts, frames[layer.taps[0].source])
        shape = taps[0][0].shape
        ranges[layer.name] = (np.zeros(shape, np.int64), np.ones(shape, np.int64))
    return widths


def _tap_range(tap: Tap, low: IntArray, high: IntArray) -> tuple[IntArray, IntArray]:
    """Range of the current that one frame of the source gives."""
    low, high = low[None].astype(np.int64), high[None].astype(np.int64)
    for synapse in tap.path:
        plus, minus = synapse.split()
        low, high = plus(low) - minus(high), plus(high) - minus(low)
    return low[0], high[0]


def _layer_widths(
    layer: Layer, taps: list[tuple[IntArray, IntArray]], counts: list[int], frames: int
) -> Widths:
    # Zero is inside every range: a sum in any order starts there.
    floor = [np.minimum(low, 0) for low, _ in taps]
    ceiling = [np.maximum(high, 0) for _, high in taps]
    # A tap of another length is summed into one frame, so it may bring all its frames at once.
    share = [1 if n == frames else n for n in counts]
    each = np.zeros((), np.int64) if layer.bias_once else layer.bias
    frame_low = sum(a * n for a, n in zip(floor, share, strict=True)) + np.minimum(each, 0)
    frame_high = sum(b * n for b, n in zip(ceiling, share, strict=True)) + np.maximum(each, 0)
    total_low = (
        sum(a * n for a, n in zip(floor, counts, strict=True)) + np.minimum(each, 0) * frames
    )
    total_high = (
        sum(b * n for b, n in zip(ceiling, counts, strict=True)) + np.maximum(each, 0) * frames
    )
    begin = start(layer)
    theta = np.zeros((), np.int64) if layer.neuron is None else np.asarray(layer.neuron.theta)
    low = np.minimum(begin, 0) + total_low
    high = np.maximum(np.maximum(begin, 0) + total_high, theta)
    return Widths(
        accumulator=_range(layer.name, frame_low, frame_high),
        membrane=_range(layer.name, low, high),
        counter=_counter(layer, frames),
    )


def _counter(layer: Layer, t_in: int) -> tuple[int, int] | None:
    """``-(Tm - 1) .. T_in + Tm - 1`` with ``Tm = max(T_in, T_out)``: one step, one count."""
    if not isinstance(layer.neuron, IntPascal):
        return None
    longest = max(t_in, layer.neuron.t_out)
    return -(longest - 1), t_in + longest - 1


def _range(name: str, low: IntArray, high: IntArray) -> tuple[int, int]:
    least, most = int(np.min(low)), int(np.max(high))
    if max(-least, most) >= LIMIT:
        raise InputError(
            "the sum could leave int64", where=name, expected="below 2^62", got=max(-least, most),
            fix="use narrower weights",
        )  # fmt: skip
    return least, most
