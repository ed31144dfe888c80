"""Encode and decode pairs: an integer level as a train of frames, and back."""

from __future__ import annotations

import numpy as np

from refsnn.errors import InputError
from refsnn.typing import Array, IntArray


def constant(x: Array, frames: int) -> Array:
    """The same analog image in every frame, (T, B, ...): a view, nothing is copied."""
    return np.broadcast_to(x, (frames, *x.shape))


def is_constant(train: Array) -> bool:
    """Whether a train is such a view, so that one frame stands for all."""
    return len(train) > 1 and train.strides[0] == 0


def thermometer(level: IntArray, frames: int) -> Array:
    """``level`` ones, then zeros: (T, B, ...) int8. Inverse of `count` for 0 <= level <= T."""
    _check_level(level, frames)
    clock = np.arange(1, frames + 1).reshape(-1, *[1] * np.ndim(level))
    return np.asarray(np.asarray(level) >= clock).astype(np.int8)


def even(level: IntArray, frames: int) -> Array:
    """``level`` spikes spread evenly, as a neuron under constant drive sends them.

    Frame t carries ``floor(t n / T + 1/2) - floor((t - 1) n / T + 1/2)``: the IF neuron with
    ``v(0) = theta / 2`` driven by ``n theta / T``. Inverse of `count`.
    """
    _check_level(level, frames)
    clock = np.arange(frames + 1).reshape(-1, *[1] * np.ndim(level))
    reached = (2 * clock * np.asarray(level, np.int64) + frames) // (2 * frames)
    return np.diff(reached, axis=0).astype(np.int8)


def burst(level: IntArray, frames: int, most: int) -> IntArray:
    """``most`` spikes a frame, the rest in the last that has any: (T, B, ...) int64.

    What a burst neuron sends when all its charge comes first. Inverse of `count` for
    0 <= level <= most T.
    """
    _check_level(level, most * frames)
    before = most * np.arange(frames).reshape(-1, *[1] * np.ndim(level))
    return np.asarray(np.clip(np.asarray(level, np.int64) - before, 0, most))


def first_spike(level: IntArray, frames: int) -> Array:
    """One spike, the earlier the larger the level, none for 0: (T, B, ...) int8.

    Level n speaks in frame T + 1 - n. Inverse of `since_first` for 0 <= level <= T.
    """
    _check_level(level, frames)
    clock = np.arange(1, frames + 1).reshape(-1, *[1] * np.ndim(level))
    return np.asarray(np.asarray(level) == frames + 1 - clock).astype(np.int8)


def since_first(spikes: Array) -> IntArray:
    """Frames from the first spike on, its own included; 0 if there is none. int64."""
    return count(np.cumsum(spikes, axis=0) > 0)


def count(spikes: Array) -> IntArray:
    """Number of spikes over all frames, int64."""
    return np.asarray(np.sum(spikes, axis=0, dtype=np.int64))


CODINGS = {"thermometer": thermometer, "even": even}


def _check_level(level: IntArray, frames: int) -> None:
    values = np.asarray(level)
    if values.dtype.kind not in "iu":
        raise InputError("levels are integers", where="encode", got=values.dtype)
    if values.size and (values.min() < 0 or values.max() > frames):
        worst = values.min() if values.min() < 0 else values.max()
        raise InputError(
            "level does not fit the train", where="encode", expected=f"0..{frames}", got=worst
        )
