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
    """The intrinsic of a tile.

    ``tile(x, stride, taps, n, steps, w, out, pitch, factor, more)``: lane l reads
    ``x + l stride + taps[i]`` for n taps, ``4 * steps`` bytes of each; weights are
    [tap][step][vector][16][4]. Row l of ``out`` (int32, ``pitch`` bytes apart) becomes ``factor``
    times the sums, added to what it holds if ``more`` is one.
    """
    chains = max(1, CHAINS // (lanes * vectors))

    @routine(10)
    def write(
        b: Any, x: Any, stride: Any, taps: Any, n: Any, steps: Any, w: Any, *rest: Any
    ) -> None:
        nothing = ir.Constant(I32x16, [0] * 16)
        sums = [variable(b, nothing) for _ in range(lanes * vectors * chains)]
        pairs = b.udiv(steps, number(chains))
        with repeat(b, n) as i:
            source = b.add(x, load(b, plus(b, taps, i, 8), ir.IntType(64), 8))
            weights = plus(b, w, i, b.mul(steps, number(64 * vectors)))
            with repeat(b, pairs) as k:
                for c in range(chains):
                    step = b.add(b.mul(k, number(chains)), number(c))
                    _step(b, sums[c::chains], source, stride, weights, step, vectors)
            with repeat(b, b.urem(steps, number(chains))) as k:
                step = b.add(b.mul(pairs, number(chains)), k)
                _step(b, sums[0::chains], source, stride, weights, step, vectors)
        _close(b, sums, chains, vectors, *rest)

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


def _close(b: Any, sums: Any, chains: int, vectors: int, *rest: Any) -> None:
    out, pitch, factor, more = rest
    scale, keep = splat(b, b.trunc(factor, I32), 16), splat(b, b.trunc(more, I32), 16)
    for i in range(len(sums) // chains):
        total = b.load(sums[i * chains])
        for c in range(1, chains):
            total = b.add(total, b.load(sums[i * chains + c]))
        target = at(b, plus(b, out, number(i // vectors), pitch), 64 * (i % vectors))
        held = b.and_(load(b, target, I32x16), b.sub(ir.Constant(I32x16, [0] * 16), keep))
        store(b, b.add(held, b.mul(total, scale)), target)


TILES = {(lanes, vectors): tile(lanes, vectors) for lanes in (1, 2, 4, 8) for vectors in (1, 2)}
