"""The integer bit-serial neuron, its closed forms, and the width of its accumulator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fixedpoint.arith import LIMIT, as_codes, peak
from fixedpoint.errors import InputError
from fixedpoint.models import IntNeuron
from fixedpoint.schedule import EMIT, INTEGRATE, Phase, State, Step, phases
from fixedpoint.typing import IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class IntBitSerial(IntNeuron):
    """Accumulate the train, then emit the level as ``t_out`` bits, MSB first.

    Parameters
    ----------
    theta : int or array > 0
        Value D of the least significant bit; step t of the emission compares with
        ``theta << (t_out - t)``.
    v_init : int or array
        ``theta >> 1`` plus any bias that enters once.
    t_out : int >= 1
        Bits T of the level.
    drop : int in 0..t_out - 1
        Least significant bits that are not sent.

    Notes
    -----
    Currents already carry the weight of their frame (``2**(T - t)``, or Horner's shift). The
    counter holds the integer whose bits are sent, not their number.

    Exact: the bits are those of ``clip((v_init + sum(I)) // theta, 0, 2**T - 1)`` in every order
    of the input (`bit_serial_level`); derived, after Datta et al. 2025, section on the neuron.
    """

    t_out: int
    drop: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.t_out, int) or self.t_out < 1:
            raise InputError("no output frames", where="t_out", expected=">= 1", got=self.t_out)
        if not isinstance(self.drop, int) or not 0 <= self.drop < self.t_out:
            expected = f"0..{self.t_out - 1}"
            raise InputError(
                "cannot drop that many", where="drop", expected=expected, got=self.drop
            )
        if peak(np.asarray(self.theta)) << self.t_out >= LIMIT:
            raise InputError(
                "the first threshold leaves int64",
                where="theta",
                expected="theta << t_out < 2^62",
                got=f"{peak(np.asarray(self.theta))} << {self.t_out}",
            )

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """Accumulate, emit."""
        return phases(INTEGRATE, t_in) + phases(EMIT, self.t_out - self.drop)

    def frame_weights(self, frames: int) -> IntArray:
        """``2**(t_out - t)`` of frame t, MSB first."""
        return np.asarray(1 << (self.t_out - np.arange(1, frames + 1)), np.int64)

    def step(self, state: State, current: IntArray, phase: Phase) -> Step:
        """Do one step of the phase."""
        if phase.code != EMIT:
            u = self.held(state.v + current)  # eq: snn_meets_ann.12
            return Step(State(u, state.n), u, np.zeros_like(u))
        shift = self.t_out - phase.t
        threshold = np.asarray(self.theta) << shift
        bit = (state.v >= threshold).astype(np.int64)  # eq: snn_meets_ann.13
        left = State(state.v - threshold * bit, state.n + (bit << shift))
        return Step(left, state.v, bit)


@dataclass(frozen=True, kw_only=True, eq=False)
class IntBitSerialWired(IntBitSerial):
    """The same train for ``theta = 2**F`` as a choice of wires; the membrane rests while emitting.

    Exact: bits of `wired_level`, hence those of `IntBitSerial`.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        theta = np.asarray(self.theta)
        if np.any(theta & (theta - 1)):
            got = theta
            raise InputError("threshold", where="theta", expected="a power of two", got=got)

    def step(self, state: State, current: IntArray, phase: Phase) -> Step:
        """Do one step of the phase."""
        if phase.code != EMIT:
            return super().step(state, current, phase)
        shift = self.t_out - phase.t
        level = np.clip(state.v // self.theta, 0, (1 << self.t_out) - 1)
        bit = (level >> shift) & 1
        return Step(State(state.v, state.n + (bit << shift)), state.v, bit)


def bit_serial_level(charge: npt.ArrayLike, theta: npt.ArrayLike, bits: int) -> IntArray:
    """Level of a neuron that starts at ``theta // 2``: ``clip((S + theta // 2) // theta, ...)``.

    Exact, also for odd theta. Floor division: a shift that fills with zeros is wrong below 0.
    """
    s, th = as_codes(charge, "charge"), as_codes(theta, "theta")
    top = (1 << bits) - 1
    return np.asarray(np.clip((s + th // 2) // th, 0, top), np.int64)  # eq: snn_meets_ann.21


def wired_level(v: npt.ArrayLike, f: int, bits: int) -> IntArray:
    """The same for ``theta = 2**f`` as a choice of wires: no comparator, no subtractor.

    Parameters
    ----------
    v : integer array
        Membrane after the last frame, half step ``2**(f - 1)`` included (nothing for f = 0).
    f : int >= 0
    bits : int >= 1

    Notes
    -----
    Negative: zeros. A bit set above ``f + bits - 1``: ones. Else bits ``f + bits - 1 .. f``.
    """
    v = as_codes(v, "v")
    word = (v >> f) & ((1 << bits) - 1)
    over = v >> (f + bits) != 0
    return np.asarray(np.where(v < 0, 0, np.where(over, (1 << bits) - 1, word)), np.int64)


def accumulator_bits(weight_bits: int, fan_in: int, steps: int) -> int:
    """Signed bits ``B_w + ceil(log2 F) + T + 1`` of an accumulator, by format alone.

    One of them holds bias, half step and residual, and only while their magnitudes add up to at
    most ``2**(B_w + ceil(log2 F) + T - 1)``: nothing else bounds a bias. `accumulator_bound` is
    always valid.
    """
    return weight_bits + (fan_in - 1).bit_length() + steps + 1  # eq: snn_meets_ann.17


def accumulator_bound(
    weights: npt.ArrayLike, bias: npt.ArrayLike, theta: int, steps: int, skip: int = 0
) -> int:
    """Largest magnitude of the membrane before the emission, over all input trains.

    Parameters
    ----------
    weights : integer array (out, ...)
    bias : integer array (out,) or scalar
    theta : int
    steps : int
        Bits T of the inputs.
    skip : int
        ``(2**T_skip - 1) * |w_skip|`` of an identity shortcut.
    """
    rows = np.abs(as_codes(weights, "weights")).reshape(np.shape(weights)[0], -1).sum(axis=1)
    offset = np.abs(as_codes(bias, "bias"))
    worst = ((1 << steps) - 1) * rows + offset + theta // 2 + skip  # eq: snn_meets_ann.18
    return int(np.max(worst))
