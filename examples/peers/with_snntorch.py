"""snnTorch: `Leaky` with and without a leak, its resets and its delay of the reset."""

from __future__ import annotations

import snntorch
import torch

from peers.record import Array, Peer, Record, Stepper, by_step, made

NAMES = {"snn": snntorch}
DELAYED = "The delay shows in the reported membrane; no spike differs from a reset at once."
UNDELAYED = (
    "A membrane that is above the threshold after its reset counts as reset already: it fires "
    "next only above twice the threshold, and is held as long as it does not."
)


def stepper(code: str) -> Stepper:
    """A neuron whose membrane is handed back to it."""
    node, kept = made(code, NAMES), []

    def step(current: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        before = kept[-1] if kept else torch.zeros_like(current)
        spikes, membrane = node(current, before)
        kept[:] = [membrane]
        return spikes, membrane

    return step


def play(code: str, currents: Array) -> Record:
    """Run a neuron over (T, N), without gradients."""
    with torch.no_grad():
        return by_step(stepper(code), torch.from_numpy(currents))


def peer(beta: float, settings: str, note: str = "") -> Peer:
    """`Leaky` with these settings; a beta below 1 is a time constant of 1 / (1 - beta)."""
    leak = {} if beta == 1 else {"tau": (round(1 / (1 - beta), 6),)}
    return Peer(
        package="snntorch", code=f"snn.Leaky(beta={beta}{settings})", play=play,
        grid="leaky" if leak else "plain", numbers=leak, note=note,
    )  # fmt: skip


def peers() -> list[Peer]:
    """The neurons compared."""
    zero, at_once = ", reset_mechanism='zero'", ", reset_delay=False"
    return [
        peer(1.0, "", DELAYED),
        peer(1.0, at_once, UNDELAYED),
        peer(1.0, zero, DELAYED),
        peer(1.0, zero + at_once),
        peer(1.0, ", reset_mechanism='none'", "It fires in every step above the threshold."),
        peer(0.5, "", "The delay comes after the leak: other spikes than with a reset at once."),
        peer(0.9, "", "Sums are rounded here, on both sides alike."),
        peer(0.5, at_once, UNDELAYED),
        peer(0.5, zero, DELAYED),
        peer(0.5, zero + at_once),
    ]
