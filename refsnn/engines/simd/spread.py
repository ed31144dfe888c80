"""Bits to bytes."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from refsnn.engines.simd.build import I1, I8, I64, load, plus, repeat, routine, store, vec


def spreading(width: int, more: bool) -> Any:
    """The intrinsic ``spread(words, step, count, out, size)`` for pixels of up to 64 bytes.

    The bits of words ``step`` bytes apart become bytes of zeros and ones, ``size`` bytes apart,
    ``width`` of them each: what is behind the last is cleared, or (``more``: they are added to
    what is there) kept.
    """

    @routine(5)
    def spread(b: Any, words: Any, step: Any, count: Any, out: Any, size: Any) -> None:
        with repeat(b, count) as k:
            word = load(b, plus(b, words, k, step), I64, 8)
            word = word if width == 64 else b.trunc(word, ir.IntType(width))
            found = b.zext(b.bitcast(word, vec(I1, width)), vec(I8, width))
            target = plus(b, out, k, size)
            store(b, b.add(load(b, target, found.type), found) if more else found, target)

    return spread


spread, spread16 = spreading(64, False), spreading(16, False)
spread_more = spreading(64, True)
