"""Bit-serial neuron (Datta et al., TMLR 2025): T steps in, then its level as T bits, MSB first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from refsnn.errors import InputError
from refsnn.neurons.protocol import Neuron, Phase, Step, phases, positive, start_value
from refsnn.semantics import CHOICES, BiasPlan, Semantics, choose
from refsnn.typing import Array, IntArray, Shape

MOST_BITS = 24
"""Integers of this many bits are exact in float32."""


class BitSerialState(NamedTuple):
    """State of `BitSerial`."""

    v: Array
    """Membrane, in the unit of theta."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BitSerial(Neuron):
    """Accumulate the whole train, then divide by restoring subtraction: one bit a step.

    Parameters
    ----------
    theta : float or array, > 0
        Value of the least significant bit: ``lambda / (2**t_out - 1)``. Step t of the emission
        fires at ``theta * 2**(t_out - t)``, which halves from step to step, and a spike of it is
        worth as much.
    t_out : int in 1..24
        Bits of the level, T.
    drop : int in 0..t_out - 1
        Least significant bits that are not sent: ``t_out - drop`` output frames.
    bias_plan : "once", "every_frame" or "spread"
        How the bias enters.

    Exactness
    ---------
    Exact. In exact arithmetic the bits are those of ``clip(floor(S / theta + 1/2), 0, 2**T - 1)``
    for every real charge S, ties and both clips included, in whatever order the charge came:
    snn_meets_ann.20. With ``drop`` they are its leading bits: the level is truncated to a multiple
    of ``2**drop``.

    Source
    ------
    snn_meets_ann.12 and .13 of docs/equations.md: derived. The authors' release has no neuron of
    this kind that runs, and the paper's body could not be read.
    """

    t_out: int
    drop: int = 0
    bias_plan: BiasPlan = "once"

    synchronous: ClassVar[bool] = False
    laws: ClassVar[frozenset[str]] = frozenset(
        {"conservation", "batch", "permutation", "rescale", "order", "binary_level"}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        bits = positive("BitSerial.t_out", self.t_out)
        if bits > MOST_BITS:
            raise InputError(
                "too many bits", where="BitSerial.t_out", expected=f"1..{MOST_BITS}", got=bits
            )
        object.__setattr__(self, "t_out", bits)
        object.__setattr__(self, "drop", _dropped(self.drop, bits))
        choose("bias_plan", self.bias_plan, CHOICES["bias_plan"])

    @property
    def semantics(self) -> Semantics:
        """The conventions of this neuron as data."""
        return Semantics(bias_plan=self.bias_plan, readout="sum", weights="binary")

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """Accumulate ``t_in`` frames, emit ``t_out - drop`` frames."""
        accumulate = phases("accumulate", positive("T", t_in), consumes=True, emits=False)
        return accumulate + phases("emit", self.t_out - self.drop, consumes=False, emits=True)

    def init(self, shape: Shape, dtype: Any, bias: Array | None = None) -> BitSerialState:
        """Start at half a least significant bit, plus the bias."""
        start = start_value(self.theta, 0.5, dtype) + (0 if bias is None else bias)
        return BitSerialState(np.broadcast_to(start, shape).astype(dtype))

    def step(self, state: BitSerialState, current: Array | None, phase: Phase) -> Step:
        """One step of the phase that the schedule names."""
        if phase.name == "emit":
            return self._emit(state, phase.t)
        assert current is not None
        u = state.v + current  # eq: snn_meets_ann.12
        return Step(BitSerialState(u), None, u, np.zeros(u.shape, np.int8))

    def _emit(self, state: BitSerialState, t: int) -> Step:
        u = state.v
        threshold = np.asarray(self.theta, u.dtype) * np.asarray(self.weight(t), u.dtype)
        fired = u >= threshold  # eq: snn_meets_ann.13
        spikes = fired.astype(np.int8)
        return Step(BitSerialState(u - threshold * fired), spikes, u, spikes)

    def weight(self, t: int) -> int:
        """What a spike of frame t = 1.. is worth, in units of theta."""
        return 1 << (self.t_out - t)

    def max_count(self, frames: int) -> int:
        """All bits set."""
        return sum(self.weight(t) for t in range(1, frames + 1))

    def representable(self, count: Array) -> Array:
        """Truncated to the bits that are sent."""
        unit = np.asarray(1 << self.drop, count.dtype)
        return np.asarray(np.floor(count / unit) * unit)

    def decode(self, spikes: Array) -> IntArray:
        """The integer whose leading bits these are, MSB first."""
        total = np.zeros(spikes.shape[1:], np.int64)
        for t, frame in enumerate(spikes, 1):
            total += self.weight(t) * frame.astype(np.int64)
        return total

    def amplitude(self, frames: int, ndim: int, dtype: Any) -> Array:
        """``theta * 2**(T - t)``, (T, 1, ...): exact, the powers only move the exponent."""
        unit = super().amplitude(frames, ndim, dtype)
        weights = np.array([self.weight(t) for t in range(1, frames + 1)], dtype)
        return np.asarray(unit * weights.reshape(-1, *[1] * (unit.ndim - 1)))


def _dropped(drop: int, bits: int) -> int:
    whole = isinstance(drop, int | np.integer) and not isinstance(drop, bool)
    if not whole or not 0 <= drop < bits:
        raise InputError(
            "cannot drop that many bits", where="drop", expected=f"0..{bits - 1}", got=repr(drop)
        )
    return int(drop)
