"""Layers of spiking networks in vector instructions, written in Python.

LLVM has types such as ``<16 x i32>``, and Numba lets an intrinsic write LLVM instructions. So the
inner loops are built here, instruction by instruction, by Python loops that unroll them (`build`,
`dots`, `events`, `fire`, `spread`); Numba compiles them, for the processor it runs on, together
with plain loops around them (`dense`, `sparse`, `codes`). A plain loop over bytes reaches a
twentieth of it: LLVM does not find the byte product by itself.

Everything but one instruction is generic: LLVM maps it to AVX2 or NEON as well. That one is
``vpdpbusd`` (64 byte products and their sums), guarded by a test of the processor (`cpu`).
`generic` has the same functions in NumPy; it runs where Numba does not compile
(``NUMBA_DISABLE_JIT=1``), and it is what the tests hold the others to.

Nothing outside this folder knows of vectors: it calls the functions below on arrays.
"""

from __future__ import annotations

from refsnn.engines.simd.cpu import compiles
from refsnn.engines.simd.geometry import Reading, nothing, words
from refsnn.engines.simd.pack import (
    BLOCK,
    LANES,
    for_events,
    for_tiles,
    in_blocks,
    of_events,
    per_output,
    to_counts,
    to_spikes,
    to_words,
    up,
)  # fmt: skip

if not compiles():
    from refsnn.engines.simd.generic import (
        code_counts,
        dense_frames,
        event_frames,
        steady_frames,
        still_frames,
    )
else:
    from refsnn.engines.simd.codes import code_counts, still_frames
    from refsnn.engines.simd.dense import dense_frames
    from refsnn.engines.simd.sparse import event_frames
    from refsnn.engines.simd.steady import steady_frames

__all__ = [
    "BLOCK", "LANES", "Reading", "code_counts", "dense_frames", "event_frames", "for_events",
    "for_tiles", "in_blocks", "nothing", "of_events", "per_output", "steady_frames", "still_frames",
    "to_counts", "to_spikes", "to_words", "up", "words",
]  # fmt: skip
