"""Firing thresholds from activations: least squared error, maximum, percentile; several batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from refsnn.errors import InputError
from refsnn.neurons.protocol import positive
from refsnn.semantics import choose
from refsnn.typing import Array

Kind = Literal["mmse", "maximum", "percentile"]
Rounding = Literal["floor", "nearest"]

CANDIDATES = 95
"""Thresholds tried: the largest activation times 1, 0.99, .., 0.06."""
MEMORY = 0.9
"""Weight of the thresholds so far when a batch joins."""


def quantised(a: Array, theta: Array, steps: int, phi: int, rounding: Rounding = "floor") -> Array:
    """What a burst neuron can send of an activation: multiples of theta / T up to phi theta.

    Parameters
    ----------
    rounding : "floor" or "nearest"
        As the authors search, or as the neuron with its shift does (ties up).

    Source
    ------
    ``(theta / T) floor(T clip(a / theta, 0, phi))``: the authors' code. Rounding: derived.
    """
    steps_, half = a.dtype.type(steps), a.dtype.type(0.5 if rounding == "nearest" else 0)
    with np.errstate(divide="ignore", invalid="ignore"):  # theta = 0: a channel that is never on
        place = steps_ * np.clip(a / theta, a.dtype.type(0), a.dtype.type(phi))
        level = np.minimum(np.floor(place + half), steps_ * a.dtype.type(phi))
        return np.asarray(theta / steps_ * level)  # eq: adaptive_calibration.3


def mmse(
    a: Array, steps: int, phi: int, *, per_channel: bool = True, rounding: Rounding = "floor"
) -> Array:
    """The threshold on the grid that loses least of the activations ``a`` (B, C, ...).

    Parameters
    ----------
    steps, phi : int
        Frames T and burst limit of the neuron.
    per_channel : bool
        One threshold a channel, (C,); else one for all, ().

    Notes
    -----
    Of equal errors the largest threshold wins. Errors are summed in float64. A channel that is
    never on gets threshold 0. The grid ends at 6 % of the largest activation, so a phi above 16
    cannot be used to the full.

    Source
    ------
    The authors' code (adaptive_calibration.2 to .4), but for its start scores of 1e10 and 1e5:
    an error above those left a threshold of 0.
    """
    positive("steps", steps)
    positive("phi", phi)
    choose("rounding", rounding, ("floor", "nearest"))
    top, axes = _extent(a, per_channel)
    best, least = np.zeros_like(top), np.full(top.shape, np.inf)
    for i in range(CANDIDATES):
        theta = top * a.dtype.type(1 - 0.01 * i)  # eq: adaptive_calibration.2
        q = quantised(a, shaped(theta, a.ndim - 1), steps, phi, rounding)
        error = np.sum((a - q) ** 2, axis=axes, dtype=np.float64)
        better = error < least  # eq: adaptive_calibration.4
        best, least = np.where(better, theta, best), np.where(better, error, least)
    return np.asarray(best)


def maximum(a: Array, *, per_channel: bool = True) -> Array:
    """The largest activation, (C,) or (): the first of the candidates of `mmse`."""
    return _extent(a, per_channel)[0]


def percentile(a: Array, q: float, *, per_channel: bool = True) -> Array:
    """The q-th percentile of the activations (linear between values), (C,) or ()."""
    if not 0 < q <= 100:
        raise InputError("no percentile", where="percentile", expected="0 < q <= 100", got=q)
    _, axes = _extent(a, per_channel)
    return np.asarray(np.percentile(a, q, axis=axes), a.dtype)


def averaged(thresholds: Iterable[Array]) -> Array:
    """Moving average over batches: ``theta <- 0.9 theta + 0.1 new``, the first one as it is."""
    theta: Array | None = None
    for new in thresholds:
        moved = new if theta is None else MEMORY * theta + (1 - MEMORY) * new
        theta = np.asarray(moved)  # eq: adaptive_calibration.5
    if theta is None:
        raise InputError("no calibration data", where="thresholds", expected="a batch or more")
    return theta


def _extent(a: Array, per_channel: bool) -> tuple[Array, tuple[int, ...]]:
    """The largest activation of each threshold's share, and the axes of that share."""
    if a.dtype.kind != "f" or a.ndim < 2 or a.size == 0:
        got = f"{a.dtype} of shape {a.shape}"
        raise InputError(
            "no activations", where="thresholds", expected="floats (B, C, ..)", got=got
        )
    axes = (0, *range(2, a.ndim)) if per_channel else tuple(range(a.ndim))
    return np.asarray(a.max(axis=axes)), axes


def shaped(theta: Array, ndim: int) -> Array:
    """A scalar, or (C,) against samples of ``ndim`` axes, the channel first: (C, 1, ..)."""
    return theta if theta.ndim == 0 else theta.reshape(-1, *[1] * (ndim - 1))
