"""Sparse sums: add the rows of weights that belong to the spikes, and nothing for silence.

Spikes come as bits, 64 channels a word. `events` turns a word into the numbers of its channels;
`add` sums the rows of 64 weights with these numbers.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from refsnn.engines.simd.build import (
    F32,
    I1,
    I8,
    I16,
    I32,
    I64,
    at,
    call,
    load,
    number,
    plus,
    repeat,
    routine,
    splat,
    store,
    variable,
    vec,
    zero,
)  # fmt: skip

WIDTH = 64
"""Outputs of a row."""
SAFE = 255
"""Rows of int8 whose sum fits int16: 255 * 128 < 2**15."""


@routine(3, returns=True)
def events(b: Any, address: Any, first: Any, out: Any) -> Any:
    """Append ``first + i`` for every set bit i of a word to ``out`` (uint16); gives how many.

    May write up to 64 numbers behind the last: what is there is not yet used.
    """
    word = load(b, address, I64, 8)
    base, done = b.trunc(first, I16), number(0)
    for half in range(2):
        bits = b.trunc(b.lshr(word, number(32 * half)), I32)
        lanes = ir.Constant(vec(I16, 32), [32 * half + i for i in range(32)])
        named = b.add(splat(b, base, 32), lanes)
        mask = b.bitcast(bits, vec(I1, 32))
        packed = [named, mask, ir.Constant(vec(I16, 32), ir.Undefined)]
        name = "llvm.experimental.vector.compress.v32i16"
        store(b, call(b, name, vec(I16, 32), packed), plus(b, out, done, 2))
        done = b.add(done, b.zext(call(b, "llvm.ctpop.i32", I32, [bits]), I64))
    return done


TOTALS = {I8: (I16, 2), I16: (I32, 4), F32: (F32, 4)}
"""Type of a weight to the type of its sums, and how many vectors hold 64 of them."""


@routine(6, like=True)
def add(b: Any, weight: Any, listed: Any, n: Any, rows: Any, out: Any, *rest: Any) -> None:
    """``add(like, list, n, rows, out, factor, more)``: sums of 64 columns over n events.

    ``sum_i rows[list[i]]``, the rows of the type of ``like``; ``out`` (int32 or float32) becomes
    ``factor`` times it, added to what it holds if ``more`` is one. Integers are exact (int8: up
    to `SAFE` events); floats are added from the first event to the last, the factor is ignored.
    """
    element, parts = TOTALS[weight]
    kind = vec(element, WIDTH // parts)
    size = WIDTH * {I8: 1, I16: 2, F32: 4}[weight]
    sums = [variable(b, zero(kind)) for _ in range(parts)]

    def one(event: Any) -> None:
        index = b.zext(load(b, plus(b, listed, event, 2), I16), I64)
        row = plus(b, rows, index, size)
        for p, slot in enumerate(sums):
            b.store(_added(b, b.load(slot), at(b, row, p * (size // parts)), weight), slot)

    with repeat(b, b.udiv(n, number(4))) as four:
        for k in range(4):
            one(b.add(b.mul(four, number(4)), number(k)))
    with repeat(b, b.urem(n, number(4))) as k:
        one(b.add(b.and_(n, number(-4)), k))
    for p, slot in enumerate(sums):
        _close(b, b.load(slot), at(b, out, p * 4 * kind.count), *rest)


def _added(b: Any, total: Any, address: Any, weight: Any) -> Any:
    """One part of a row, widened."""
    kind = total.type
    row = load(b, address, vec(weight, kind.count))
    if weight == F32:
        return b.fadd(total, row)
    return b.add(total, b.sext(row, kind) if kind != row.type else row)


def _close(b: Any, total: Any, target: Any, factor: Any, more: Any) -> None:
    lanes, real = total.type.count, total.type.element == F32
    wide = vec(F32 if real else I32, lanes)
    total = total if total.type == wide else b.sext(total, wide)
    keep = splat(b, b.trunc(more, I1), lanes)
    held = b.select(keep, load(b, target, wide), zero(wide))
    if real:
        store(b, b.fadd(held, total), target)
        return
    store(b, b.add(held, b.mul(total, splat(b, b.trunc(factor, I32), lanes))), target)
