"""Sinabs: several spikes a step, a floor of the membrane, resets by subtraction and to a value."""

from __future__ import annotations

import math

import numpy as np
import sinabs.activation
import sinabs.layers
import torch

from peers.record import Array, Peer, Record, Stepper, made, peer_maker

NAMES = {"sl": sinabs.layers, "sa": sinabs.activation, "tensor": torch.tensor}
HALF = 1 / math.log(2)
"""Time constant of a membrane that halves in a step."""


def stepper(code: str) -> Stepper:
    """A layer that takes one step at a time and keeps its membrane."""
    layer = made(code, NAMES)

    def step(current: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        spikes = layer(current[:, None])[:, 0]
        return spikes, layer.v_mem.clone()

    return step


def play(code: str, currents: Array) -> Record:
    """Run a layer over (T, N), which it takes as (N, T, 1)."""
    layer = made(code, NAMES)
    layer.record_states = True
    with torch.no_grad():
        spikes = layer(torch.from_numpy(np.ascontiguousarray(currents.T[..., None])))
        membrane = layer.recordings["v_mem"]
    return Record(np.asarray(spikes)[..., 0].T, np.asarray(membrane)[..., 0].T)


peer = peer_maker("sinabs", play)


def peers() -> list[Peer]:
    """The layers compared."""
    single = "sl.IAF(spike_fn=sa.SingleSpike{})"
    return [
        peer("sl.IAF()", note="Ours sends at most 127 spikes a step."),
        peer("sl.IAF(min_v_mem=-1.0)", note="What `from_model` makes of a ReLU."),
        peer("sl.IAF(spike_fn=sa.MaxSpike(2))"),
        peer(single.format("")),
        peer(single.format(", reset_fn=sa.MembraneReset()")),
        peer(
            single.format(", reset_fn=sa.MembraneReset(0.5)"), v_reset=0.5,
            note="The value is added in every step, with or without a spike.",
        ),
        peer("sl.IAF(reset_fn=sa.MembraneReset())", note="Several spikes and a hard reset."),
        peer(f"sl.LIF(tau_mem={HALF!r})", "leaky", tau=HALF),
        peer(
            f"sl.LIF(tau_mem={HALF!r}, spike_fn=sa.SingleSpike)", "leaky", tau=HALF,
        ),
        peer(
            f"sl.LIF(tau_mem={HALF!r}, spike_fn=sa.SingleSpike, norm_input=False)", "leaky",
            tau=HALF,
        ),
    ]  # fmt: skip
