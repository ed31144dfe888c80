"""Norse: cells without and with a leak, with and without a synaptic current."""

from __future__ import annotations

import norse.torch
import torch
from norse.torch.functional.iaf import IAFParameters
from norse.torch.functional.lif import LIFParameters
from norse.torch.functional.lif_box import LIFBoxParameters
from norse.torch.functional.reset import reset_subtract

from peers.record import Array, Peer, Record, Stepper, by_step, made, peer_maker

NAMES = {
    "norse": norse.torch, "IAFParameters": IAFParameters, "LIFBoxParameters": LIFBoxParameters,
    "LIFParameters": LIFParameters, "reset_subtract": reset_subtract, "tensor": torch.tensor,
}  # fmt: skip
FAST = "tau_mem_inv=tensor(1.0)"
"""With dt = 1/2: a time constant of two steps."""


def stepper(code: str) -> Stepper:
    """A cell whose state is handed back to it."""
    cell, kept = made(code, NAMES), [None]

    def step(current: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        spikes, kept[0] = cell(current, kept[0])
        return spikes.detach(), kept[0].v.detach()

    return step


def play(code: str, currents: Array) -> Record:
    """Run a cell over (T, N)."""
    return by_step(stepper(code), torch.from_numpy(currents))


peer = peer_maker("norse", play)


def peers() -> list[Peer]:
    """The cells compared."""
    lif = "norse.LIFCell(p=LIFParameters({}), dt=0.5)"
    box = "norse.LIFBoxCell(p=LIFBoxParameters({}), dt=0.5)"
    return [
        peer("norse.IAFCell()"),
        peer(
            "norse.IAFCell(p=IAFParameters(v_reset=tensor(-0.5)))", v_reset=-0.5, v_init=-0.5,
            note="The membrane starts at `v_reset`.",
        ),
        peer(box.format(FAST), "leaky", tau=2.0),
        peer(
            box.format(f"{FAST}, reset_method=reset_subtract"), "leaky", tau=2.0,
        ),
        peer(
            lif.format(f"{FAST}, tau_syn_inv=tensor(2.0)"), "leaky", tau=2.0,
            note="`tau_syn_inv = 1 / dt`: the synaptic current is gone after its step.",
        ),
        peer(
            lif.format(f"{FAST}, tau_syn_inv=tensor(1.0)"), "leaky", tau=2.0,
            note="A current that decays over several steps (the default): ours have none.",
        ),
    ]  # fmt: skip
