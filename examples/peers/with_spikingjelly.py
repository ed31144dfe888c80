"""SpikingJelly: integrate-and-fire, leaky and signed neurons, step by step and whole trains."""

from __future__ import annotations

import numpy as np
import torch
from spikingjelly.activation_based import neuron

from peers.record import Array, Peer, Record, Stepper, by_step, made, peer_maker

NAMES = {"neuron": neuron, "torch": torch}
TERNARY = "neuron.TernaryIFNode(v_reset={})"
STBIF = "neuron.STBIFNode(q_threshold=torch.ones(()), level=8, sym=False)"


def stepper(code: str) -> Stepper:
    """A neuron that takes one tensor a step."""
    node = made(code, NAMES)

    def step(current: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        spikes = node(current)
        return spikes, membrane_of(node)

    return step


def membrane_of(node: torch.nn.Module) -> torch.Tensor:
    """What a node keeps as its membrane."""
    return node.q if isinstance(node, neuron.STBIFNode) else node.v


def play(code: str, currents: Array) -> Record:
    """Run a node over (T, N), without gradients."""
    with torch.no_grad():
        if "step_mode='m'" in code:
            return whole(code, torch.from_numpy(currents))
        return by_step(stepper(code), torch.from_numpy(currents))


def whole(code: str, currents: torch.Tensor) -> Record:
    """A node that takes a whole train at once."""
    node = made(code, NAMES)
    node.store_v_seq = True
    spikes = node(currents)
    return Record(np.asarray(spikes), np.asarray(node.v_seq))


peer = peer_maker("spikingjelly", play)


def peers() -> list[Peer]:
    """The nodes compared."""
    return [
        peer("neuron.IFNode()"),
        peer("neuron.IFNode(step_mode='m')"),
        peer("neuron.IFNode(v_reset=None)"),
        peer("neuron.IFNode(v_reset=None, step_mode='m')"),
        peer(
            "neuron.IFNode(v_reset=-0.5)", v_reset=-0.5, v_init=-0.5,
            note="The membrane starts at `v_reset`.",
        ),
        peer(
            "neuron.SimpleIFNode(v_reset=-0.5)", v_reset=-0.5, v_init=-0.5,
            note="Unlike `IFNode`, it starts at 0.",
        ),
        peer("neuron.HalfThresholdIFNode()"),
        peer(
            "neuron.ActivationAwareIFNode(v_threshold=1.0, v_offset=0.5)",
            note="The offset is seen by the comparison only: theirs is our membrane minus 0.5.",
        ),
        peer("neuron.LIFNode(tau=2.0)", "leaky", tau=2.0),
        peer("neuron.LIFNode(tau=2.0, v_reset=None)", "leaky", tau=2.0),
        peer("neuron.LIFNode(tau=2.0, v_reset=None, decay_input=False)", "leaky", tau=2.0),
        peer(
            "neuron.LIFNode(tau=2.0, v_reset=-0.5)", "leaky",
            tau=2.0, v_reset=-0.5, v_init=-0.5, v_leak=-0.5,
            note="It leaks towards `v_reset`, and starts there.",
        ),
        peer(
            "neuron.ILIFNode(tau=2.0)", "leaky", tau=2.0,
            note="Several spikes a step: the membrane in thresholds, rounded to the nearest.",
        ),
        peer(TERNARY.format(None), "signed"),
        peer(TERNARY.format(0.0), "signed", note="Signed spikes with a hard reset."),
        peer(STBIF, "signed", cap=7, note="SpikeZIP's neuron: at most `pos_max` (here 7) spikes."),
    ]  # fmt: skip
