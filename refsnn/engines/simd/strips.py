"""Dense products of kernels three columns wide: neighbouring pixels share their inputs.

A tile (`refsnn.engines.simd.dots`) reads an input again for every pixel that it reaches. A strip of
neighbouring pixels reads it once, for all three taps of a row. Where sixteen outputs are all there
are, reading is what takes the time.
"""

from __future__ import annotations

from typing import Any

from refsnn.engines.simd.build import (
    I32,
    I64,
    at,
    load,
    number,
    one_of,
    plus,
    repeat,
    routine,
    splat,
    variable,
    zero,
)  # fmt: skip
from refsnn.engines.simd.dots import I32x16, close, dot4

WIDE = 3
"""Columns of the kernel."""
LONG = {1: 8, 2: 4}
"""Pixels of a strip, for so many vectors of outputs: the sums of two lanes stay in registers."""


def strip(lanes: int, vectors: int) -> Any:
    """The instructions of a strip, pixels a stride of one column apart, no dilation.

    ``strip(x, stride, size, taps, n, steps, w, out, apart, pitch, factor, more)``: as
    `refsnn.engines.simd.dots.tile` for every pixel; pixel p reads ``p size`` bytes further on, and
    its rows of ``out`` are ``p apart`` bytes further on. ``n`` taps are rows of the kernel,
    ``steps`` are those of one column.
    """
    pixels = LONG[vectors]

    def write(
        b: Any, x: Any, stride: Any, size: Any, taps: Any, n: Any, steps: Any, w: Any, *rest: Any
    ) -> None:
        out, apart, *closing = rest
        sums = [[variable(b, zero(I32x16)) for _ in range(lanes * vectors)] for _ in range(pixels)]
        column = b.mul(steps, number(64 * vectors))
        with repeat(b, n) as i:
            source = b.add(x, load(b, plus(b, taps, i, 8), I64, 8))
            weights = plus(b, w, i, b.mul(column, number(WIDE)))
            with repeat(b, steps) as k:
                row = plus(b, weights, k, 64 * vectors)
                kernel = [_loaded(b, plus(b, row, number(j), column), vectors) for j in range(WIDE)]
                for lane in range(lanes):
                    first = plus(b, plus(b, source, k, 4), number(lane), stride)
                    here = slice(lane * vectors, (lane + 1) * vectors)
                    _row(b, [pixel[here] for pixel in sums], first, size, kernel)
        for p, found in enumerate(sums):
            close(b, found, vectors, plus(b, out, number(p), apart), *closing)

    return write


def _loaded(b: Any, address: Any, vectors: int) -> list[Any]:
    return [load(b, at(b, address, 64 * v), I32x16) for v in range(vectors)]


def _row(b: Any, sums: Any, first: Any, size: Any, kernel: Any) -> None:
    """Four bytes of every column that a lane of the strip reads."""
    for c in range(len(sums) + WIDE - 1):
        data = splat(b, load(b, plus(b, first, number(c), size), I32), 16)
        for j, weights in enumerate(kernel):
            if 0 <= c - j < len(sums):
                for slot, weight in zip(sums[c - j], weights, strict=True):
                    b.store(dot4(b, b.load(slot), data, weight), slot)


STRIP = routine(14)(
    one_of({(lanes, vectors): strip(lanes, vectors) for lanes in (1, 2) for vectors in LONG})
)
"""``STRIP(lanes, vectors, ..)``."""
