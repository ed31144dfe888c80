"""Levels as trains of bits, and the three ways to add up what such a train carries.

A train knows its order. MSB first goes with Horner's rule or with shifted weights, LSB first with
weights shifted the other way; the two are never mixed, and an accumulator refuses the other order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from refsnn.errors import InputError, nearest
from refsnn.typing import Array, IntArray

Order = Literal["msb", "lsb"]
"""Which bit comes first."""

Synapse = Callable[[Array], Array]
"""A linear map of one frame (B, ...), without bias."""


@dataclass(frozen=True, eq=False)
class BitTrain:
    """Bits (T, B, ...) of integers in 0 .. 2**T - 1.

    Parameters
    ----------
    spikes : integer array (T, B, ...)
        0 or 1.
    order : "msb" or "lsb"
        Which bit frame 1 holds.
    """

    spikes: Array
    order: Order = "msb"

    def __post_init__(self) -> None:
        if self.order not in get_args(Order):
            hint = nearest(str(self.order), list(get_args(Order)))
            raise InputError("unknown order", where="BitTrain", got=repr(self.order), fix=hint)
        if self.spikes.ndim < 1 or not np.all((self.spikes == 0) | (self.spikes == 1)):
            raise InputError("a bit is 0 or 1", where="BitTrain", expected="(T, ...) of 0 and 1")

    def reversed(self) -> BitTrain:
        """The same integers in the other order: what a buffer of all T bits makes possible."""
        other: Order = "lsb" if self.order == "msb" else "msb"
        return replace(self, spikes=self.spikes[::-1], order=other)


def encode(level: IntArray, bits: int, order: Order = "msb") -> BitTrain:
    """Binary digits of ``level``; inverse of `decode` for 0 <= level < 2**bits."""
    level = np.asarray(level)
    if level.dtype.kind not in "iu":
        raise InputError("levels are integers", where="encode", got=level.dtype)
    if level.size and (level.min() < 0 or level.max() >> bits):
        worst = level.min() if level.min() < 0 else level.max()
        expected = f"0..{(1 << bits) - 1}"
        raise InputError(
            "level does not fit the bits", where="encode", expected=expected, got=worst
        )
    shifts = np.arange(bits - 1, -1, -1).reshape(-1, *[1] * level.ndim)
    train = BitTrain(((level >> shifts) & 1).astype(np.int8))
    return train if order == "msb" else train.reversed()


def decode(train: BitTrain) -> IntArray:
    """The integers, (B, ...) int64."""
    rule = horner if train.order == "msb" else lsb_first
    return np.asarray(rule(train, lambda bits: bits.astype(np.int64))[-1])


def horner(train: BitTrain, synapse: Synapse) -> Array:
    """MSB first: shift the accumulator, add the current of the bits. All partial sums, (T, ...).

    ``acc = 2 acc + W s(t)``; the last one is ``W n``. Exact in integers and on dyadic data.
    A bias that enters in every step is doubled T - 1 times with it: it has to be
    ``b / (2**T - 1)``, not ``b / T``.
    """
    _require("msb", train, "horner")
    steps = [synapse(frame) for frame in train.spikes]
    for t in range(1, len(steps)):
        steps[t] = 2 * steps[t - 1] + steps[t]  # eq: snn_meets_ann.14
    return np.stack(steps)


def weight_shift(train: BitTrain, synapse: Synapse) -> Array:
    """MSB first: add the current of ``2**(T - t) s(t)``. All partial sums, (T, ...)."""
    _require("msb", train, "weight_shift")
    last = len(train.spikes) - 1
    parts = [synapse(_scaled(s, last - i)) for i, s in enumerate(train.spikes)]
    return np.cumsum(np.stack(parts), axis=0)  # eq: snn_meets_ann.15


def lsb_first(train: BitTrain, synapse: Synapse) -> Array:
    """LSB first: add the current of ``2**(t - 1) s(t)``. All partial sums, (T, ...)."""
    _require("lsb", train, "lsb_first")
    parts = [synapse(_scaled(s, i)) for i, s in enumerate(train.spikes)]
    return np.cumsum(np.stack(parts), axis=0)  # eq: snn_meets_ann.16


ACCUMULATORS: dict[str, tuple[Order, Callable[[BitTrain, Synapse], Array]]] = {
    "horner": ("msb", horner),
    "weight_shift": ("msb", weight_shift),
    "lsb_first": ("lsb", lsb_first),
}
"""Each accumulator with the order it takes."""


def _scaled(bits: Array, shift: int) -> Array:
    if bits.dtype.kind == "f":
        return np.ldexp(bits, shift)
    return bits.astype(np.int64) << shift


def _require(order: Order, train: BitTrain, where: str) -> None:
    if train.order != order:
        raise InputError(
            "bits come in the other order",
            where=where,
            expected=f"{order} first",
            got=f"{train.order} first",
            fix="reverse the buffered train, or take the accumulator of its order",
        )
