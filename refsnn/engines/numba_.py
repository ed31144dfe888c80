"""The compiled engine: bit for bit the spikes, counts and logits of the NumPy engine.

At level E that holds however the work is ordered. At level R it holds because both engines call
the same linear operations with the same shapes, time folded into the batch, and every neuron rounds
as its `step` does: nothing is reassociated, nothing fused. (Both with one number of BLAS threads.)

What is faster: the time loop of a layer is inside one kernel, operations see blocks that fit a
cache, trains take a byte a spike; with ``totals``, one dense pass in place of T, and layers of
small integers run on bits, event-driven or dense, whichever is quicker.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import partial

import numpy as np

from refsnn.ann import BATCH, blocks, check_data
from refsnn.blas import single_threaded
from refsnn.codings import constant
from refsnn.engines import blocked
from refsnn.engines.numpy_ import Send, known_layers, layered
from refsnn.engines.trace import Run, joined
from refsnn.neurons.protocol import positive
from refsnn.snn import SNN
from refsnn.typing import Array

SMALL = 50_000_000
"""Neuron steps up to which a process without kernels does not load them. Loading costs 0.4 s, a
compiled step saves 2 ns (10 with ``totals``): NumPy is quicker below 40 to 200 million."""


KERNELS = ("refsnn.engines.kernels.compiled", "refsnn.engines.simd")
"""Loaded with the first kernel."""


def run_numba(
    snn: SNN,
    x: Array,
    *,
    record: Iterable[str] | None = (),
    batch: int = BATCH,
    totals: bool = False,
    floats: bool = False,
    threads: int | None = None,
    small: int = SMALL,
) -> Run:
    """Run layer by layer with compiled neurons.

    Parameters
    ----------
    x : float array (B, ...)
        Preprocessed data; float32 or float64, else the NumPy engine runs.
    record : names, or None for all
        Layers to trace: those are stepped by the NumPy time loop.
    batch : int
        Samples at a time, as of `refsnn.engines.run`.
    totals : bool
        Give a layer that depends on its total charge only (spike accumulation, bit-serial, the
        readout) the sum of its frames: one pass, not T. At level E, which the caller has proved
        (`refsnn.analysis.exactness`), bit for bit the same; at level R spikes can move.
        Layers whose numbers are small integers then run on bits (`refsnn.engines.packed`).
    floats : bool
        With ``totals``: add the weights of spikes as float32 numbers, in an order of their own, to
        currents and membranes of float32, whatever the type of ``x``. Spikes can move.
    threads : int, optional
        Threads that share the samples of a layer, with BLAS at one thread (one, where NumPy's
        BLAS cannot be told: `refsnn.blas`). None: this thread only, and BLAS as it is.
    small : int
        Neuron steps that are left to NumPy while no kernel is loaded.
    """
    x, record = check_data(snn.graph, x), known_layers(snn, record)
    frames = (constant(part, snn.input_frames) for part in blocks(x, batch))
    if _is_served_by_numpy(snn, x, small):
        return joined([layered(snn, part, record) for part in frames])
    if threads is None:
        send = sender(totals, 1, floats)
        return joined([layered(snn, part, record, send) for part in frames])
    with single_threaded() as alone:
        send = sender(totals, positive("threads", threads) if alone else 1, floats)
        return joined([layered(snn, part, record, send) for part in frames])


def sender(totals: bool = False, threads: int = 1, floats: bool = False) -> Send:
    """What stands in for `refsnn.engines.propagate.propagate`; see `run_numba`."""
    if totals:
        from refsnn.engines import packed  # loads kernels

        return partial(packed.send, floats=floats, threads=threads)
    return partial(blocked.send, threads=threads)


def _is_served_by_numpy(snn: SNN, x: Array, small: int) -> bool:
    if x.dtype not in (np.float32, np.float64):
        return True
    if any(name in sys.modules for name in KERNELS):
        return False
    steps = sum(int(np.prod(snn.graph.shapes[name])) * snn.frames[name] for name in snn.neurons)
    return steps * len(x) <= small
