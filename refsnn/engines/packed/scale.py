"""Bring a stage to one unit: integer weights, thresholds and biases, with a proof of 32 bits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from refsnn.dyadic import fraction_bits
from refsnn.engines.packed.neurons import Counting, Firing
from refsnn.engines.packed.taps import Tap
from refsnn.engines.packed.whole import FINEST, Whole, at_scale, whole
from refsnn.typing import Array, IntArray

LIMIT = 2**31
NEVER = 2**31 - 1


class Weighted(NamedTuple):
    """A tap in integers: ``factor * weights (*) bits``, in the unit of the stage."""

    tap: Tap
    weights: Array
    """int8 or int16 (outputs, C, kh, kw); of an identity int32 (C,)."""
    factor: int


class Scaled(NamedTuple):
    """A stage in integers: everything times ``2**frac / unit``."""

    taps: tuple[Weighted, ...]
    numbers: tuple[IntArray, ...]
    """Firing: start, level, drop, bias. Counting: bias, levels (n, C)."""


def scaled(
    taps: list[Tap],
    amplitudes: list[Array],
    largest: list[int],
    frames: int,
    neuron: Firing | Counting,
) -> Scaled | None:
    """The stage in integers, or None where they need more than the kernels have.

    Parameters
    ----------
    amplitudes : list of array (C,)
        What one of a tap's integers is worth, by channel.
    largest : list of int
        Largest magnitude of a tap's integers, blocks summed.
    frames : int
        T.

    Exactness
    ---------
    Every sum, in any order, is below 2**31: ``sum_i |w_i| largest`` and, over all frames, the
    membrane's bound.
    """
    found = [_tap(tap, worth) for tap, worth in zip(taps, amplitudes, strict=True)]
    rows = _rows(neuron)
    fracs = [fraction_bits(row, FINEST) for row in rows]
    if any(one is None for one in found) or any(frac is None for frac in fracs):
        return None
    wholes: list[Whole] = [one for one in found if one is not None]
    frac = max([one.frac for one in wholes] + [int(f or 0) for f in fracs])
    if any(np.max(np.abs(row), initial=0) * 2.0**frac >= LIMIT for row in rows):
        return None
    factors = [one.factor << (frac - one.frac) for one in wholes]
    numbers = [at_scale(row, frac) for row in rows]
    unit = int(np.gcd.reduce([*factors, *(np.gcd.reduce(row.ravel()) for row in numbers)])) or 1
    factors = [factor // unit for factor in factors]
    numbers = [row // unit for row in numbers]
    if isinstance(neuron, Firing) and neuron.strict:
        numbers[1] = numbers[1] + 1  # integers: above means at least one more
    made = [
        Weighted(tap, one.whole, factor)
        for tap, one, factor in zip(taps, wholes, factors, strict=True)
    ]
    return _proved(made, largest, frames, numbers)


def _rows(neuron: Firing | Counting) -> list[Array]:
    if isinstance(neuron, Firing):
        return [neuron.start, neuron.level, neuron.drop, neuron.bias]
    ranks = np.arange(1, neuron.top + 1)[:, None] - 0.5
    return [neuron.bias, ranks * neuron.theta]


def _tap(tap: Tap, worth: Array) -> Whole | None:
    """Weights and amplitude as integers: a common amplitude goes to the factor."""
    known = whole(worth)
    if known is None or tap.area & (tap.area - 1):
        return None
    frac = known.frac + tap.area.bit_length() - 1
    if tap.weight is None:
        return known._replace(frac=frac)
    found = whole(tap.weight)
    if found is None:
        return None
    numbers = found.whole
    if np.any(known.whole != 1):  # without a common divisor: all are one, or they differ
        wide = numbers.astype(np.int64) * known.whole.astype(np.int64)[:, None, None]
        again = whole(wide)
        if again is None:
            return None
        return Whole(again.whole, again.factor * found.factor * known.factor, found.frac + frac)
    return Whole(numbers, found.factor * known.factor, found.frac + frac)


def _proved(
    made: list[Weighted], largest: list[int], frames: int, numbers: list[IntArray]
) -> Scaled | None:
    total: Any = 0
    for one, top in zip(made, largest, strict=True):
        each = np.array([np.abs(row, dtype=np.int64).sum() for row in one.weights]) * top
        if one.factor * int(each.max(initial=0)) >= LIMIT:
            return None
        total = total + each * one.factor
    held = frames * (total + np.abs(numbers[-1 if len(numbers) == 4 else 0]))
    for row in numbers:
        held = held + np.abs(row)
    if np.max(held, initial=0) >= NEVER:
        return None
    return Scaled(tuple(made), tuple(numbers))
