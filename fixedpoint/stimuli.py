"""Stimuli: random integers that no library version can change, and directed cases.

The generator is SplitMix64 (Steele, Lea & Flood 2014): word i of a seed is a hash of
``seed + (i + 1) * 0x9e3779b97f4a7c15``, so any language reproduces it in five lines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fixedpoint.errors import InputError
from fixedpoint.typing import IntArray

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def words(seed: int, count: int) -> npt.NDArray[np.uint64]:
    """Give ``count`` words of SplitMix64."""
    index = np.arange(1, count + 1, dtype=np.uint64)
    z = index * np.uint64(_GOLDEN) + np.full(count, seed & _MASK, np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def integers(seed: int, low: int, high: int, count: int) -> IntArray:
    """Give ``count`` integers from ``low`` to ``high``, both included: word mod range.

    The bias of the remainder is below ``(high - low + 1) / 2^64``.
    """
    span = high - low + 1
    if not 1 <= span <= 1 << 62:
        raise InputError("empty or too wide range", where="integers", got=f"{low}..{high}")
    return (words(seed, count) % np.uint64(span)).astype(np.int64) + low


def substream(seed: int, name: str) -> int:
    """Give the seed of a named stream: the first 8 bytes of SHA-256 of ``"seed/name"``."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big")


def spread(total: int, t: int, low: int, high: int) -> list[int] | None:
    """Split ``total`` over ``t`` frames within low..high, early first; None if it cannot."""
    frames = []
    for _ in range(t):
        frames.append(max(low, min(high, total)))
        total -= frames[-1]
    return frames if total == 0 else None


def directed(
    theta: int,
    v_init: int,
    t: int,
    low: int,
    high: int,
    *,
    levels: int | None = None,
    charge: int = 0,
) -> dict[str, IntArray]:
    """Give input trains (t,) that random numbers hardly hit, by name.

    Every boundary ``v_init + sum(I) = k theta`` for k = -1..levels+1, one below and one above it,
    with the charge early, late and even; multiples of theta, and one below, in the first frame; no
    input; longest run of spikes; a membrane driven to both ends of its range; over-firing that
    later charge takes back.

    Parameters
    ----------
    theta, v_init : int
        Of the neuron.
    t : int
        Frames.
    low, high : int
        Range of one frame. Cases that do not fit into it are left out.
    levels : int, optional
        Largest level; ``t`` by default.
    charge : int
        What the neuron adds in every step.
    """
    top = t if levels is None else levels
    found = dict(_boundaries(theta, v_init + t * charge, t, low, high, top))
    found |= dict(_shapes(theta, v_init + charge, t, low, high))
    found |= dict(_first_frames(theta, v_init + charge, t, low, high, top))
    return {name: np.array(frames, np.int64) for name, frames in found.items()}


def _boundaries(
    theta: int, v_init: int, t: int, low: int, high: int, levels: int
) -> Iterator[tuple[str, list[int]]]:
    for k in range(-1, levels + 2):
        for offset, side in ((-1, "below"), (0, "tie"), (1, "above")):
            total = k * theta - v_init + offset
            early = spread(total, t, low, high)
            if early is None:
                continue
            share, rest = divmod(total, t)
            yield f"boundary {k} {side} early", early
            yield f"boundary {k} {side} late", early[::-1]
            yield f"boundary {k} {side} even", [share + (i < rest) for i in range(t)]


def _shapes(
    theta: int, v_init: int, t: int, low: int, high: int
) -> Iterator[tuple[str, list[int]]]:
    gap, zeros = theta - v_init, [0] * t
    yield "zero input", zeros
    yield "longest run of spikes", [min(high, theta)] * t
    yield "negative membrane", [low] * t
    yield "highest", [high] * t
    yield "alternating", [high if i % 2 == 0 else low for i in range(t)]
    if low <= gap - 1 and gap <= high:
        yield "exact threshold", [gap, *zeros[1:]]
        yield "threshold - 1", [gap - 1, *zeros[1:]]
    for run in range(1, t):
        charge, left = [min(high, theta)] * run, t - run
        back = spread(-sum(charge), left, low, high) or [low] * left
        yield f"{run} spikes, then taken back", charge + back
        yield f"{run} spikes, then far below", charge + [low] * left


def _first_frames(
    theta: int, v_init: int, t: int, low: int, high: int, levels: int
) -> Iterator[tuple[str, list[int]]]:
    """A first frame that meets a multiple of theta exactly, or misses it by one; then silence."""
    for k in range(2, levels + 2):
        for offset in (-1, 0):
            first = k * theta - v_init + offset
            if low <= first <= high:
                yield f"first frame {k} theta {offset}", [first, *[0] * (t - 1)]
