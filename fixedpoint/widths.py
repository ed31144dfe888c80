"""Interval proof of every accumulator and membrane: the width it needs, for all inputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np

from fixedpoint.arith import add, mul
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.models import IntPascal
from fixedpoint.program import INPUT, Layer, Program, Tap, frames_out, start
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
    One frame of a source lies in an interval (the input's format, the neuron's spikes), and so
    does the sum over any run of its frames. The positive and the negative weights carry both
    intervals to the current; with the start value they bound the membrane. A subtractive reset
    never takes a membrane below 0, so the most negative run of input bounds it from below; an
    inhibitory step never takes it above theta.

    Raises
    ------
    InputError
        When a range reaches 2^62.
    """
    frames, widths = program.frames(), {}
    with _Within(program.layers[0].name):
        sources = {INPUT: _image(program)}
    for layer in program.layers:
        t_in = frames[layer.taps[0].source]
        with _Within(layer.name):
            taps = [_through(tap, sources[tap.source]) for tap in layer.taps]
            widths[layer.name] = _layer_widths(layer, taps, t_in, program.input_frames)
        sources[layer.name] = _sent(layer, taps[0].frame[0].shape, t_in)
    return widths


Range = tuple[IntArray, IntArray]


class _Train(NamedTuple):
    """What a train can hold."""

    frame: Range
    """One frame."""
    total: Range
    """The sum of any run of frames."""
    length: int
    """Number of frames."""


def _image(program: Program) -> _Train:
    fmt, shape, times = program.input_format, program.input_shape, program.input_frames
    low, high = np.full(shape, fmt.low, np.int64), np.full(shape, fmt.high, np.int64)
    total = mul(low, times), mul(high, times)
    return _Train((low, high), total, times + program.extra_frames)


def _sent(layer: Layer, shape: tuple[int, ...], t_in: int) -> _Train:
    if layer.neuron is None:
        nothing = (np.zeros(shape, np.int64), np.zeros(shape, np.int64))
        return _Train(nothing, nothing, t_in)
    count = frames_out(layer, t_in)
    heaviest = int(layer.neuron.frame_weights(count).max())
    low, high = (np.full(shape, v * heaviest, np.int64) for v in layer.neuron.spike_range)
    least, most = (np.full(shape, v, np.int64) for v in layer.neuron.value_range(count))
    return _Train((low, high), (least, most), count)


def _through(tap: Tap, train: _Train) -> _Train:
    return _Train(_tap_range(tap, *train.frame), _tap_range(tap, *train.total), train.length)


def _tap_range(tap: Tap, low: IntArray, high: IntArray) -> tuple[IntArray, IntArray]:
    """Range of the current that one frame of the source gives."""
    low, high = low[None].astype(np.int64), high[None].astype(np.int64)
    for synapse in tap.path:
        plus, minus = synapse.split()
        low, high = plus(low) - minus(high), plus(high) - minus(low)  # eq: integers.6
    return low[0], high[0]


def _layer_widths(layer: Layer, taps: list[_Train], t_in: int, lit: int) -> Widths:
    # A tap of another length is summed into one frame, which then holds its whole train.
    in_frame = [tap.frame if tap.length == t_in else tap.total for tap in taps]
    each = np.zeros((), np.int64) if layer.bias_once else layer.bias
    times = min(t_in, lit)  # frames that carry the bias
    low, high = _sum(in_frame, each, 1)
    least, most = _sum([tap.total for tap in taps], each, times)
    accumulator = _accumulated(layer, int(low.min()), int(high.max()))
    if _wraps(layer, accumulator):  # then a frame may hold anything
        least, most = (np.full(least.shape, end * t_in) for end in accumulator)
    if layer.neuron is not None:
        most = add(most, mul(layer.neuron.charge, t_in))
    begin = start(layer)
    theta = np.zeros((), np.int64) if layer.neuron is None else np.asarray(layer.neuron.theta)
    deepest = add(np.minimum(begin, 0), least)  # eq: integers.7
    floor = np.maximum(begin, 0) if layer.neuron is None or not layer.neuron.lifts else theta
    highest = np.maximum(add(np.maximum(floor, begin), most), theta)
    return Widths(
        accumulator=accumulator,
        membrane=_held(layer, int(deepest.min()), int(highest.max())),
        counter=_counter(layer, t_in),
    )


def _wraps(layer: Layer, accumulator: tuple[int, int]) -> bool:
    spec = layer.accumulate
    if spec is None or spec.register.overflow != "wrap":
        return False
    return accumulator == (spec.register.format.low, spec.register.format.high)


def _accumulated(layer: Layer, low: int, high: int) -> tuple[int, int]:
    """A range that ends where the layer's accumulator does, or is proven to stay inside it."""
    spec = layer.accumulate
    if spec is None:
        return low, high
    span = spec.register.format
    fits = span.low <= low and high <= span.high
    if fits:
        return low, high
    if spec.when == "never" or spec.register.overflow == "error":
        raise InputError(
            "a sum could leave the accumulator",
            where=layer.name,
            expected=f"{span.low}..{span.high}",
            got=f"{low}..{high}",
            fix=f"use {Format.holding(low, high, signed=True).width} bits, or let it saturate",
        )
    wraps = spec.register.overflow == "wrap"
    return (span.low, span.high) if wraps else (max(low, span.low), min(high, span.high))


def _held(layer: Layer, low: int, high: int) -> tuple[int, int]:
    """A range that ends where the neuron's own register does."""
    register = None if layer.neuron is None else layer.neuron.membrane
    if register is None or register.overflow == "error":
        return low, high
    fits = register.format.low <= low and high <= register.format.high
    if register.overflow == "wrap" and not fits:
        return register.format.low, register.format.high
    return max(low, register.format.low), min(high, register.format.high)


def _sum(ranges: list[Range], bias: IntArray, times: int) -> Range:
    """Range of a sum in any order; raises where it reaches 2^62.

    Zero is inside every term's range, for a sum starts there.
    """
    low = reduce(add, (np.minimum(a, 0) for a, _ in ranges), mul(np.minimum(bias, 0), times))
    high = reduce(add, (np.maximum(b, 0) for _, b in ranges), mul(np.maximum(bias, 0), times))
    return low, high


def _counter(layer: Layer, t_in: int) -> tuple[int, int] | None:
    """``-(Tm - 1) .. T_in + Tm - 1`` with ``Tm = max(T_in, T_out)``: one step, one count."""
    if not isinstance(layer.neuron, IntPascal):
        return None
    longest = max(t_in, layer.neuron.t_out)
    return -(longest - 1), t_in + longest - 1


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
