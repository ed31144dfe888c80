"""How a kernel is compiled: ahead of its first call, for both float types, kept on disk.

Nothing is reassociated and nothing is contracted: no fastmath, and LLVM fuses a product with a sum
only where it is told to. A kernel calls compiled functions of its own file only, because the
cache notices a change of that file and of no other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from numba import types

from refsnn.typing import Array, Shape

Function = TypeVar("Function", bound=Callable[..., Any])

CHUNK = 1024
"""Neurons that take all their steps before the next ones do: their membranes stay in L1."""

WHOLE = {"n": types.int64, "s": types.int8}
njit: Any = numba.njit
ARITHMETIC: dict[str, Any] = {"error_model": "numpy", "fastmath": False}
FLAGS = {"i": types.int64, "b": types.boolean, "t": types.void}


class Bound(NamedTuple):
    """The kernel of one neuron, ready to run."""

    fire: Callable[..., None]
    """``fire(currents (R, b, S), frames, lo, spikes (T', B, S), *state (B, S), *settings)``: rows
    lo.. take all their steps. R is 1 where every frame is the same, else the number of frames.
    The state is replaced."""
    settings: tuple[Any, ...] = ()
    before: Callable[[Array], Array] | None = None
    """What the neuron does to a current before it adds it."""
    weights: tuple[int, ...] | None = None
    """What a spike of each output frame counts; None: one."""


def compiled(arguments: str, returns: str = "t") -> Callable[[Function], Function]:
    """Compile for float32 and float64.

    Parameters
    ----------
    arguments : str
        One word each: "i" integer, "b" flag, "f" float; "f2" a float array of two axes that is
        written, "r2" one that is read only, "n2" int64, "s2" int8, all in C order.
    returns : str
        The same; "t" is nothing.
    """

    def decorate(function: Function) -> Function:
        signatures = [
            _type(returns, number)(*(_type(word, number) for word in arguments.split()))
            for number in (types.float32, types.float64)
        ]
        return njit(signatures, cache=True, nogil=True, **ARITHMETIC)(function)  # type: ignore[no-any-return]

    return decorate


def part(function: Function) -> Function:
    """Compile a function that kernels of the same file call, usually on a chunk of neurons.

    Slices that start at zero are what LLVM vectorises: 0.13 ns for a step of a neuron, against
    1.4 with the offsets in the indices. More than about eight pairs of arrays to check for
    overlap, and it gives up: hence several short loops.
    """
    return njit(**ARITHMETIC)(function)  # type: ignore[no-any-return]


def _type(word: str, number: Any) -> Any:
    kind, axes = word[0], word[1:]
    if kind in FLAGS:
        return FLAGS[kind]
    element = WHOLE.get(kind, number)
    return types.Array(element, int(axes), "C", readonly=kind == "r") if axes else element


def spread(value: Any, shape: Shape, dtype: Any) -> Array:
    """A setting as one number a neuron, (S,), for samples of ``shape``."""
    whole = np.broadcast_to(np.asarray(value, dtype), shape)
    return np.array(whole.reshape(-1))
