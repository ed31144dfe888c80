"""Interval proof of every accumulator and membrane: the width it needs, for all inputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from fixedpoint.arith import add, mul
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
        counts = [frames[tap.source] for tap in layer.taps]
        with _Within(layer.name):
            taps = [_tap_range(tap, *ranges[tap.source]) for tap in layer.taps]
            widths[layer.name] = _layer_widths(layer, taps, counts, counts[0])
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
    below, above = np.minimum(each, 0), np.maximum(each, 0)
    frame_low, frame_high = _sum(floor, share, below, 1), _sum(ceiling, share, above, 1)
    total_low, total_high = (
        _sum(floor, counts, below, frames),
        _sum(ceiling, counts, above, frames),
    )
    begin = start(layer)
    theta = np.zeros((), np.int64) if layer.neuron is None else np.asarray(layer.neuron.theta)
    low = add(np.minimum(begin, 0), total_low)
    high = np.maximum(add(np.maximum(begin, 0), total_high), theta)
    return Widths(
        accumulator=(int(np.min(frame_low)), int(np.max(frame_high))),
        membrane=(int(np.min(low)), int(np.max(high))),
        counter=_counter(layer, frames),
    )


def _counter(layer: Layer, t_in: int) -> tuple[int, int] | None:
    """``-(Tm - 1) .. T_in + Tm - 1`` with ``Tm = max(T_in, T_out)``: one step, one count."""
    if not isinstance(layer.neuron, IntPascal):
        return None
    longest = max(t_in, layer.neuron.t_out)
    return -(longest - 1), t_in + longest - 1


def _sum(parts: list[IntArray], counts: list[int], bias: IntArray, frames: int) -> IntArray:
    """``sum(part * count) + bias * frames``; raises where it reaches 2^62."""
    terms = (mul(part, count) for part, count in zip(parts, counts, strict=True))
    return reduce(add, terms, mul(bias, frames))


class _Within:
    """Name the layer in errors of the integer arithmetic."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, InputError) and error.expected == "|code| < 2^62":
            raise InputError(
                "the sum could leave int64",
                where=self.name,
                expected="below 2^62",
                got=error.got,
                fix="use narrower weights",
            ) from error
