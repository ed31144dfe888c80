"""Loops in machine code: sums and membranes that saturate on the way, in a stated order.

Numba is imported with this module, so import it where it is used. Every kernel equals its
specification in array code, bit for bit; the tests hold the two, and `py_func` of each, together.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from fixedpoint.typing import AnyArray

_READ = nb.types.Array(nb.int64, 2, "C", readonly=True)
_WEIGHTS = nb.types.Array(nb.int32, 2, "C", readonly=True)
_WEIGHTS16 = nb.types.Array(nb.int16, 2, "C", readonly=True)
_READ16 = nb.types.Array(nb.int16, 1, "C", readonly=True)
_READ32 = nb.types.Array(nb.int32, 1, "C", readonly=True)
_READ64 = nb.types.Array(nb.int64, 1, "C", readonly=True)
_TABLE = nb.types.Array(nb.int8, 1, "C", readonly=True)
_ENDS = nb.types.UniTuple(nb.int64, 2)  # type: ignore[no-untyped-call]  # Numba has no types


@nb.njit(nb.void(nb.int64[:, ::1], _READ, _WEIGHTS, nb.int64, nb.int64), cache=True)
def add_in_order(acc: AnyArray, x: AnyArray, columns: AnyArray, low: int, high: int) -> None:
    """``acc = clip(acc + x_k w_k, low, high)`` for k = 0, 1, .., in place.

    Parameters
    ----------
    acc : int64 (N, out)
        Sums so far.
    x : int64 (N, in)
    columns : int32 (in, out)
        Weights, one row for each input: the outputs are the inner loop.
    """
    for n in range(acc.shape[0]):
        for k in range(x.shape[1]):
            value = x[n, k]
            if value == 0:
                continue
            for o in range(acc.shape[1]):
                total = acc[n, o] + value * columns[k, o]
                acc[n, o] = min(max(total, low), high)


@nb.njit(
    nb.void(nb.int32[:, ::1], _READ, _WEIGHTS16, nb.int32, nb.int32),
    cache=True,
    error_model="numpy",
)
def add_in_order_32(acc: AnyArray, x: AnyArray, columns: AnyArray, low: int, high: int) -> None:
    """`add_in_order` for registers of up to 32 bits, weights and inputs of up to 16.

    All in 32 bits, twice as many at a time. A sum that leaves them has wrapped: then it and the
    product differ in sign where the register and the product do not, and it belongs at the end
    that the product points to.
    """
    for n in range(acc.shape[0]):
        for k in range(x.shape[1]):
            value = nb.int32(x[n, k])
            if value == 0:
                continue
            for o in range(acc.shape[1]):
                product, before = nb.int32(value * nb.int32(columns[k, o])), acc[n, o]
                total = nb.int32(before + product)
                wrapped = nb.int32((before ^ total) & (product ^ total)) < 0
                end = high if product > 0 else low
                total = nb.int32(min(max(total, low), high))
                acc[n, o] = end if wrapped else total


@nb.njit(error_model="numpy")
def _rescaled(total: int, drop: int, increments: AnyArray, low: int, high: int) -> int:
    """Round by a table of `fixedpoint.arith.increments`, then saturate; ``drop`` 0..62.

    Of the doubled sum one bit more is dropped, which is never set: so 0 is no case of its own.
    """
    doubled, half = total << 1, nb.int64(1) << drop
    floor = doubled >> (drop + 1)
    place = (floor & 1) << 3 | nb.int64(total < 0) << 2
    place |= nb.int64(doubled & half != 0) << 1 | nb.int64(doubled & (half - 1) != 0)
    rounded: int = floor + nb.int64(increments[place])  # eq: integers.1
    return min(max(rounded, low), high)


@nb.njit(
    nb.boolean(
        *(_READ, _ENDS, _READ32, _WEIGHTS16, _READ64, _ENDS, nb.int64, _TABLE, _ENDS),
        nb.int64[:, ::1],
    ),
    cache=True,
    error_model="numpy",
)
def rescaled_sums(
    x: AnyArray,
    x_range: tuple[int, int],
    begin: AnyArray,
    columns: AnyArray,
    last: AnyArray,
    register: tuple[int, int],
    drop: int,
    increments: AnyArray,
    ends: tuple[int, int],
    out: AnyArray,
) -> bool:
    """`add_in_order_32` from ``begin``, ``last`` added at the end, and what a cast makes of it.

    Parameters
    ----------
    x : int64 (N, in)
    x_range, register, ends : (low, high)
        Of the inputs, of the sums, and of what is written.
    begin, last : int32 and int64 (out,)
    drop, increments
        The rounding, as `_rescaled` takes it.
    out : int64 (N, out)
        Written.

    Returns
    -------
    bool
        False, and nothing is written, if an input is outside its range.
    """
    for n in range(x.shape[0]):
        for k in range(x.shape[1]):
            if x[n, k] < x_range[0] or x[n, k] > x_range[1]:
                return False
    acc = np.empty((1, len(begin)), np.int32)
    for n in range(x.shape[0]):
        acc[0] = begin
        add_in_order_32(acc, x[n : n + 1], columns, register[0], register[1])
        for o in range(len(begin)):
            total = min(max(acc[0, o] + last[o], register[0]), register[1])
            out[n, o] = _rescaled(total, drop, increments, ends[0], ends[1])
    return True


@nb.njit(
    [
        nb.void(_READ16, _READ16, nb.int16, nb.int16, nb.int16, nb.int16[::1], nb.uint8[::1]),
        nb.void(_READ32, _READ32, nb.int32, nb.int32, nb.int32, nb.int32[::1], nb.uint8[::1]),
    ],
    cache=True,
)
def if_step(
    v: AnyArray,
    current: AnyArray,
    theta: int,
    low: int,
    high: int,
    after: AnyArray,
    spikes: AnyArray,
) -> None:
    """One step of many IF neurons with a saturating membrane, into ``after`` and ``spikes``.

    ``u = clip(v + I, low, high); s = [u >= theta]; v = u - theta s``. The sum of two codes must fit
    64 bits, which those of 16 and 32 bits do.
    """
    for i in range(v.shape[0]):
        u = min(max(nb.int64(v[i]) + nb.int64(current[i]), nb.int64(low)), nb.int64(high))
        fire = u >= theta
        spikes[i] = fire
        after[i] = u - theta if fire else u


@nb.njit(error_model="numpy")
def _add_row(v: AnyArray, row: AnyArray, low: int, high: int) -> None:
    """One input that spikes: its weights, all outputs at once."""
    for o in range(v.shape[0]):
        v[o] = min(max(v[o] + nb.int32(row[o]), low), high)


@nb.njit(error_model="numpy")
def _fire(v: AnyArray, theta: int, out: AnyArray) -> None:
    for o in range(v.shape[0]):
        fire = v[o] >= theta
        out[o] = fire
        v[o] = v[o] - theta if fire else v[o]


@nb.njit(
    nb.void(
        nb.int32[::1],
        nb.types.Array(nb.uint8, 2, "C", readonly=True),
        nb.types.Array(nb.int8, 2, "C", readonly=True),
        nb.int32,
        nb.int32,
        nb.int32,
        nb.uint8[:, ::1],
    ),
    cache=True,
    error_model="numpy",
)
def if_layer(
    v: AnyArray, x: AnyArray, columns: AnyArray, theta: int, low: int, high: int, out: AnyArray
) -> None:
    """A whole train through IF neurons whose membranes take one weight after the other.

    In each frame ``v = clip(v + w_k, low, high)`` for every input k that spikes, in order; then
    ``s = [v >= theta]; v = v - theta s``.

    Parameters
    ----------
    v : int32 (out,)
        Membranes, replaced; registers of up to 24 bits.
    x : uint8 (T, in)
        Spikes, 0 or 1.
    columns : int8 (in, out)
    out : uint8 (T, out)
        Written.
    """
    for t in range(x.shape[0]):
        for k in range(x.shape[1]):
            if x[t, k]:
                _add_row(v, columns[k], low, high)
        _fire(v, theta, out[t])
