"""What the kernels share: tiles of any number of lanes, neurons of up to 64 outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

from refsnn.engines.simd.caching import kept
from refsnn.engines.simd.dots import TILES
from refsnn.engines.simd.fire import FIRE

T11, T12, T21, T22 = TILES[1, 1], TILES[1, 2], TILES[2, 1], TILES[2, 2]
T41, T42, T81, T82 = TILES[4, 1], TILES[4, 2], TILES[8, 1], TILES[8, 2]
FIRE1, FIRE2, FIRE4 = FIRE[1, False], FIRE[2, False], FIRE[4, False]
MARKED1, MARKED2, MARKED4 = FIRE[1, True], FIRE[2, True], FIRE[4, True]
njit: Any = numba.njit
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
PITCH = 256
"""Bytes of the currents of 64 outputs."""

Function = Callable[..., Any]


def part(function: Function) -> Function:
    """Compile a function that kernels call."""
    return njit(**OPTIONS)(function)  # type: ignore[no-any-return]


def compiled(*signatures: str) -> Callable[[Function], Function]:
    """Compile ahead of the first call, for these types, and keep it on disk."""

    def decorate(function: Function) -> Function:
        return kept(njit(**OPTIONS)(function), signatures)  # type: ignore[no-any-return]

    return decorate


@part
def tile(two, lanes, x, stride, taps, n, steps, w, out, factor, more):  # type: ignore[no-untyped-def]
    """Eight lanes at a time, then four, two, one."""
    while lanes > 0:
        size = 8 if lanes >= 8 else 4 if lanes >= 4 else 2 if lanes >= 2 else 1
        if two:
            if size == 8:
                T82(x, stride, taps, n, steps, w, out, PITCH, factor, more)
            elif size == 4:
                T42(x, stride, taps, n, steps, w, out, PITCH, factor, more)
            elif size == 2:
                T22(x, stride, taps, n, steps, w, out, PITCH, factor, more)
            else:
                T12(x, stride, taps, n, steps, w, out, PITCH, factor, more)
        elif size == 8:
            T81(x, stride, taps, n, steps, w, out, PITCH, factor, more)
        elif size == 4:
            T41(x, stride, taps, n, steps, w, out, PITCH, factor, more)
        elif size == 2:
            T21(x, stride, taps, n, steps, w, out, PITCH, factor, more)
        else:
            T11(x, stride, taps, n, steps, w, out, PITCH, factor, more)
        lanes, x, out = lanes - size, x + size * stride, out + size * PITCH


@part
def dense(lanes, x, stride, taps, n, steps, w, block, vectors, out, factor, more):  # type: ignore[no-untyped-def]
    """The currents of up to 64 outputs."""
    size, v = n * steps * 64, 0
    while v < vectors:
        two = vectors - v >= 2
        weights = w + (4 * block + v) * size
        tile(two, lanes, x, stride, taps, n, steps, weights, out + 64 * v, factor, more)
        v += 2 if two else 1


@part
def fire(like, vectors, currents, pitch, frames, p, wide, hard, out, apart, same, worth):  # type: ignore[no-untyped-def]
    """The neurons of one pixel and up to 64 outputs; no identity shortcut where ``worth`` is 0."""
    if worth:
        if vectors == 1:
            return MARKED1(like, currents, pitch, frames, p, wide, hard, out, apart, same, worth)
        if vectors == 2:
            return MARKED2(like, currents, pitch, frames, p, wide, hard, out, apart, same, worth)
        return MARKED4(like, currents, pitch, frames, p, wide, hard, out, apart, same, worth)
    if vectors == 1:
        return FIRE1(like, currents, pitch, frames, p, wide, hard, out, apart, 0, 0)
    if vectors == 2:
        return FIRE2(like, currents, pitch, frames, p, wide, hard, out, apart, 0, 0)
    return FIRE4(like, currents, pitch, frames, p, wide, hard, out, apart, 0, 0)


@part
def shortcut(same, worth, block):  # type: ignore[no-untyped-def]
    """(address of a train or 0, address of what its spikes of a block are worth or 0)."""
    if len(worth):
        return same.ctypes.data, worth.ctypes.data + block * PITCH
    return 0, 0
