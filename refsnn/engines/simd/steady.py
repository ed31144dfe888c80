"""Neurons on currents that are the same in every frame, computed elsewhere."""

from __future__ import annotations

from refsnn.engines.simd.parts import PITCH, compiled, fire


@compiled("i8(f4[:,:,:,:,::1],f4[:,::1],i8,i8,u8[:,:,:,::1])")
def steady_frames(currents, p, vectors, hard, out):  # type: ignore[no-untyped-def]
    """Fire on ``currents`` in every frame; gives the number of spikes.

    Parameters
    ----------
    currents : float32 (B, blocks of 64 outputs, pixels, 1, 64)
        `refsnn.engines.simd.pack.in_blocks`.
    p : float32 (4, outputs)
    vectors, hard, out
        As of `refsnn.engines.simd.dense.dense_frames`.
    """
    pixels, frames, size, sent = out.shape[1], out.shape[2], 8 * out.shape[3], 0
    wide = 4 * p.shape[1]
    for b in range(len(out)):
        for k in range(out.shape[3]):
            v, start = min(4, vectors - 4 * k), p.ctypes.data + k * PITCH
            a = out.ctypes.data + b * pixels * frames * size + 8 * k
            sent += fire(
                p, v, pixels, currents[b, k], 0, frames, start, wide, hard, a, size,
                frames * size, 0, 0,
            )  # fmt: skip
    return sent
