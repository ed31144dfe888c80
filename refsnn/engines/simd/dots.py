"""Dense products: unsigned bytes times signed bytes, summed in 32 bits.

A tile is ``lanes`` inputs (time steps, samples or pixels, a constant stride apart) times
``16 * vectors`` outputs. Its sums stay in registers; each vector of weights that is loaded serves
all lanes, so weights are read once for eight time steps.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from refsnn.engines.simd.build import (
    I32,
    I64,
    at,
    call,
    load,
    number,
    one_of,
    plus,
    repeat,
    routine,
    splat,
    store,
    variable,
    vec,
    zero,
)  # fmt: skip
from refsnn.engines.simd.cpu import has_dot

I32x16 = vec(I32, 16)
CHAINS = 16
"""Sums in flight: fewer, and one waits for the last."""


def dot4(builder: Any, total: Any, data: Any, weights: Any) -> Any:
    """``total[j] + sum_i data[4 j + i] weights[4 j + i]``; all three are <16 x i32>.

    Exact: no step saturates. With one instruction where the processor has it, else with four
    products of shifted bytes.
    """
    if has_dot():
        return call(builder, "llvm.x86.avx512.vpdpbusd.512", I32x16, [total, data, weights])
    for byte in range(4):
        left, right = (ir.Constant(I32x16, [n] * 16) for n in (24 - 8 * byte, 24))
        d = builder.lshr(builder.shl(data, left), right)
        w = builder.ashr(builder.shl(weights, left), right)
        total = builder.add(total, builder.mul(d, w))
    return total


def tile(lanes: int, vectors: int) -> Any:
    """The instructions of a tile.

    ``tile(x, stride, taps, n, steps, w, out, pitch, factor, more)``: lane l reads
    ``x + l stride + taps[i]`` for n taps, ``4 * steps`` bytes of each; weights are
    [tap][step][vector][16][4]. Row l of ``out`` (int32, ``pitch`` bytes apart) becomes ``factor``
    times the sums, added to what it holds if ``more`` is one.
    """
    chains = max(1, CHAINS // (lanes * vectors))

    def write(
        b: Any, x: Any, stride: Any, taps: Any, n: Any, steps: Any, w: Any, *rest: Any
    ) -> None:
        sums = [variable(b, zero(I32x16)) for _ in range(lanes * vectors * chains)]
        pairs = b.udiv(steps, number(chains))
        with repeat(b, n) as i:
            source = b.add(x, load(b, plus(b, taps, i, 8), I64, 8))
            weights = plus(b, w, i, b.mul(steps, number(64 * vectors)))
            with repeat(b, pairs) as k:
                for c in range(chains):
                    step = b.add(b.mul(k, number(chains)), number(c))
                    _step(b, sums[c::chains], source, stride, weights, step, vectors)
            with repeat(b, b.urem(steps, number(chains))) as k:
                step = b.add(b.mul(pairs, number(chains)), k)
                _step(b, sums[0::chains], source, stride, weights, step, vectors)
        for slot in range(0, len(sums), chains):
            _join(b, sums[slot : slot + chains])
        close(b, sums[::chains], vectors, *rest)

    return write


def _step(
    b: Any, sums: Any, source: Any, stride: Any, weights: Any, step: Any, vectors: int
) -> None:
    """Four bytes of every lane."""
    row = plus(b, weights, step, 64 * vectors)
    loaded = [load(b, at(b, row, 64 * v), I32x16) for v in range(vectors)]
    base = plus(b, source, step, 4)
    for lane in range(len(sums) // vectors):
        data = splat(b, load(b, plus(b, base, number(lane), stride), I32), 16)
        for v in range(vectors):
            slot = sums[lane * vectors + v]
            b.store(dot4(b, b.load(slot), data, loaded[v]), slot)


def _join(b: Any, chains: Any) -> None:
    """The sum of all chains, in the first."""
    first, *others = chains
    for slot in others:
        b.store(b.add(b.load(first), b.load(slot)), first)


def close(b: Any, sums: Any, vectors: int, *rest: Any) -> None:
    """Write the sums of some lanes: ``vectors`` of each."""
    out, pitch, factor, more = rest
    scale, keep = splat(b, b.trunc(factor, I32), 16), splat(b, b.trunc(more, I32), 16)
    for i, slot in enumerate(sums):
        target = at(b, plus(b, out, number(i // vectors), pitch), 64 * (i % vectors))
        held = b.and_(load(b, target, I32x16), b.sub(zero(I32x16), keep))
        store(b, b.add(held, b.mul(b.load(slot), scale)), target)


TILE = routine(12)(
    one_of({(lanes, vectors): tile(lanes, vectors) for lanes in (1, 2, 4, 8) for vectors in (1, 2)})
)
"""``TILE(lanes, vectors, ..)``."""
