"""Integrate and fire over a whole train: membranes stay in registers, spikes leave as bits."""

from __future__ import annotations

from typing import Any

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

LANES = 16


def firing(vectors: int, pixels: int, marked: bool) -> Any:
    """The instructions for ``16 * vectors`` neurons of some pixels, on int32 or float32.

    ``fire(like, currents, pitch, across, frames, v, wide, hard, out, apart, over, same, worth)``:
    in each frame ``u = v + current + bias``; a spike where ``u >= level``; then ``v = u - drop``,
    or 0 if ``hard`` is one. Row t of the currents is ``pitch`` bytes after row t - 1 (0: the same),
    word t of ``out`` ``apart`` bytes; those of the next pixel are ``across`` and ``over`` bytes
    further on. At ``v`` is the start of each neuron, ``wide`` bytes further its level, then drop,
    then bias. ``marked``: the current grows by ``worth`` (one a neuron) where word t of ``same``
    has a spike. Gives the number of spikes.

    A membrane waits for its last frame; pixels do not wait for each other.
    """

    def fire(b: Any, element: Any, currents: Any, pitch: Any, across: Any, *rest: Any) -> Any:
        frames, v, wide, hard, out, apart, over, same, worth = rest
        kind, each = vec(element, LANES), range(vectors)
        rows = [plus(b, v, number(i), wide) for i in range(4)] + [worth] * marked
        held = [[load(b, at(b, row, 64 * i), kind) for row in rows] for i in each]
        state = [[variable(b, start) for start, *_ in held] for _ in range(pixels)]
        clear, sent = splat(b, b.trunc(hard, I1), LANES), variable(b, number(0))
        with repeat(b, frames) as t:
            row, place = plus(b, currents, t, pitch), b.mul(t, apart)
            for pixel, membranes in enumerate(state):
                here, target = plus(b, row, across, pixel), plus(b, place, over, pixel)
                seen = load(b, b.add(same, target), I64, 8) if marked else None
                word = number(0)
                for i in each:
                    given = load(b, at(b, here, 64 * i), kind)
                    given = _marked(b, given, seen, i, held[i][4]) if marked else given
                    spikes = _step(b, membranes[i], given, held[i][1:4], clear)
                    word = b.or_(word, b.shl(spikes, number(LANES * i)))
                store(b, word, b.add(out, target), 8)
                b.store(b.add(b.load(sent), call(b, "llvm.ctpop.i64", I64, [word])), sent)
        return b.load(sent)

    return fire


def _marked(b: Any, given: Any, word: Any, part: int, worth: Any) -> Any:
    """The current and the worth of the spikes in sixteen bits of a word."""
    bits = b.trunc(b.lshr(word, number(LANES * part)), I16)
    added = b.select(b.bitcast(bits, vec(I1, LANES)), worth, zero(worth.type))
    return b.fadd(given, added) if worth.type.element == F32 else b.add(given, added)


def _step(b: Any, slot: Any, given: Any, held: Any, clear: Any) -> Any:
    """One frame of sixteen neurons; gives their spikes as bits."""
    level, drop, bias = held
    real = slot.type.pointee.element == F32
    add, sub = (b.fadd, b.fsub) if real else (b.add, b.sub)
    u = add(b.load(slot), add(given, bias))
    fired = b.fcmp_ordered(">=", u, level) if real else b.icmp_signed(">=", u, level)
    left = b.select(clear, zero(u.type), sub(u, drop))
    b.store(b.select(fired, left, u), slot)
    return b.zext(b.bitcast(fired, I16), I64)


@routine(6)
def rank(b: Any, totals: Any, bias: Any, levels: Any, n: Any, out: Any, apart: Any) -> Any:
    """How many of n levels (int32, [level][16], ascending) sixteen totals reach; bytes."""
    kind = vec(I32, LANES)
    reached = variable(b, zero(kind))
    total = b.add(load(b, totals, kind), load(b, bias, kind))
    with repeat(b, n) as k:
        level = load(b, plus(b, levels, k, apart), kind)
        above = b.sext(b.icmp_signed(">=", total, level), kind)
        b.store(b.sub(b.load(reached), above), reached)
    store(b, b.trunc(b.load(reached), vec(I8, LANES)), out)


@routine(4)
def weigh(b: Any, codes: Any, worth: Any, out: Any, vectors: Any) -> None:
    """Add ``worth`` (int32, one a channel) times bytes, sixteen at a time, to ``out``."""
    kind = vec(I32, LANES)
    with repeat(b, vectors) as i:
        given = b.zext(load(b, plus(b, codes, i, LANES), vec(I8, LANES)), kind)
        target = plus(b, out, i, 64)
        value = b.mul(given, load(b, plus(b, worth, i, 64), kind))
        store(b, b.add(load(b, target, kind), value), target)


MANY = {1: 4, 2: 2, 4: 1}
"""Pixels that fire together, for so many vectors of neurons each."""
FIRE = routine(15, returns=True, like=True)(
    one_of(
        {
            (vectors, pixels, marked): firing(vectors, pixels, bool(marked))
            for vectors, many in MANY.items()
            for pixels in {1, many}
            for marked in (0, 1)
        },
        like=True,
    )
)
"""``FIRE(like, vectors, pixels, marked, ..)``."""
