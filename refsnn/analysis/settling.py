"""How long a network goes on firing after its input has ended."""

from __future__ import annotations

import numpy as np

from refsnn.ann import BATCH, blocks
from refsnn.codings import constant
from refsnn.engines.propagate import constant_part, propagate
from refsnn.graph import INPUT
from refsnn.snn import SNN
from refsnn.typing import Array


def enough_extra_frames(snn: SNN) -> int:
    """Extra frames that let every capped network of `DualThreshold` neurons settle, on any input.

    ``T (D - 1)``, D the largest number of neurons in a row: the first one is driven constantly
    and has settled at T; each later one settles within T frames after those before it (derived).
    """
    depth = {INPUT: 0}
    for node in snn.graph.nodes:
        before = max(depth[name] for name in node.inputs)
        depth[node.name] = before + (node.name in snn.neurons)
    return snn.input_frames * max(max(depth.values()) - 1, 0)  # eq: error_compensation.33


def frames_to_settle(snn: SNN, x: Array, most: int) -> int | None:
    """Extra frames after which nothing fires any more, for every sample of ``x``.

    A whole frame without a spike leaves every membrane as it is, so no later one has any.
    None: still firing after ``most`` extra frames (a plain neuron never takes anything back, but
    a free inhibitory one can fire for ever).
    """
    needed = [_one_block(snn, part, most) for part in blocks(x, BATCH)]
    return None if any(k is None for k in needed) else max(k or 0 for k in needed)


def _one_block(snn: SNN, x: Array, most: int) -> int | None:
    offsets = constant_part(snn, x.dtype)
    silent = {name: np.zeros_like(value) for name, value in offsets.items()}
    states = propagate(snn, constant(x, snn.input_frames), {}, offsets).states
    for extra in range(most + 1):
        chunk = propagate(snn, np.zeros_like(x)[None], states, silent)
        if not any(sent.any() for sent in chunk.sent.values()):
            return extra
        states = chunk.states
    return None
