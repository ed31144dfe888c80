"""What the kernels share: how they are compiled, and neurons of up to 64 outputs.

An address does not keep its array: Numba frees one after its last use by name. So kernels hand
arrays on, and addresses are taken of arguments alone, which whoever calls keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

from refsnn.engines.simd.caching import kept
from refsnn.engines.simd.fire import FIRE

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
def fire(  # type: ignore[no-untyped-def]
    like, vectors, pixels, held, pitch, frames, p, wide, hard, out, apart, over, same, worth
):
    """The neurons of some pixels and up to 64 outputs; no shortcut where ``worth`` is 0.

    ``held`` are the currents (pixels, lanes, 64); the lanes are frames, or ``pitch`` is 0.
    """
    sent, vectors, marked = 0, 4 if vectors == 3 else vectors, 1 if worth else 0
    c, across = held.ctypes.data, held.shape[1] * PITCH
    while pixels > 0:
        many = 4 // vectors if pixels >= 4 // vectors else 1
        sent += FIRE(
            like, vectors, many, marked, c, pitch, across, frames, p, wide, hard, out, apart, over,
            same, worth,
        )  # fmt: skip
        pixels, c = pixels - many, c + many * across
        out, same = out + many * over, same + many * over
    return sent


@part
def shortcut(same, worth, block):  # type: ignore[no-untyped-def]
    """(address of a train or 0, address of what its spikes of a block are worth or 0)."""
    if len(worth):
        return same.ctypes.data, worth.ctypes.data + block * PITCH
    return 0, 0
