"""How each package makes a network, runs it, writes it as NIR and reads it back."""

from __future__ import annotations

from typing import Any

import norse.torch
import numpy as np
import sinabs.activation
import sinabs.layers
import sinabs.nir
import snntorch
import snntorch.export_nir
import snntorch.import_nir
import torch
from spikingjelly.activation_based import layer, nir_exchange
from torch import nn

from peers import with_norse, with_sinabs, with_snntorch, with_spikingjelly
from peers.nir_trips import SAMPLES, STEPS, weights
from peers.record import Array, made

NAMES = {
    **with_spikingjelly.NAMES, **with_snntorch.NAMES, **with_norse.NAMES, **with_sinabs.NAMES,
    "HALF": with_sinabs.HALF,
}  # fmt: skip


def linear(kind: type[nn.Linear] = nn.Linear) -> nn.Linear:
    """The layer before the neuron."""
    built, (weight, bias) = kind(3, 4), weights()
    with torch.no_grad():
        built.weight.copy_(torch.from_numpy(weight))
        built.bias.copy_(torch.from_numpy(bias))
    return built


def carried(net: Any, frames: Array) -> Array:
    """Frame by frame, the state handed back."""
    state, spikes = None, []
    for frame in torch.from_numpy(frames):
        out, state = net(frame, state)
        spikes.append(out.detach().numpy())
    return np.stack(spikes)


class SpikingJelly:
    """Neurons keep their state; a network that was read back hands it around."""

    @staticmethod
    def build(code: str) -> nn.Module:
        """A linear layer and the neuron."""
        return nn.Sequential(linear(layer.Linear), made(code, NAMES))

    @staticmethod
    def play(net: Any, frames: Array) -> Array:
        """Spikes (T, B, 4)."""
        if not isinstance(net, nn.Sequential):
            return carried(net, frames)
        with torch.no_grad():
            return np.stack([net(frame).numpy() for frame in torch.from_numpy(frames)])

    @staticmethod
    def export(net: nn.Module) -> Any:
        """NIR, by the package's own writer."""
        return nir_exchange.export_to_nir(net, torch.zeros(1, 3))

    @staticmethod
    def back(graph: Any) -> Any:
        """A network, by its own reader."""
        return nir_exchange.import_from_nir(graph)


class SnnTorch(SpikingJelly):
    """The same; the example for its writer has no batch."""

    @staticmethod
    def build(code: str) -> nn.Module:
        """A linear layer and the neuron."""
        return nn.Sequential(linear(), made(code, NAMES))

    @staticmethod
    def export(net: nn.Module) -> Any:
        """NIR, by the package's own writer."""
        return snntorch.export_nir.export_to_nir(net, torch.zeros(3))

    @staticmethod
    def back(graph: Any) -> Any:
        """A network, by its own reader."""
        return snntorch.import_nir.import_from_nir(graph)


class Norse:
    """States are always handed around."""

    play = staticmethod(carried)

    @staticmethod
    def build(code: str) -> nn.Module:
        """A linear layer and the neuron."""
        return norse.torch.SequentialState(linear(), made(code, NAMES))

    @staticmethod
    def export(net: nn.Module) -> Any:
        """NIR, by the package's own writer."""
        return norse.torch.to_nir(net, torch.zeros(3))

    @staticmethod
    def back(graph: Any) -> Any:
        """A network, by its own reader."""
        return norse.torch.from_nir(graph, ignore_warnings=True)


class Sinabs(SnnTorch):
    """Batch and time are one axis."""

    @staticmethod
    def play(net: Any, frames: Array) -> Array:
        """Spikes (T, B, 4)."""
        flat = np.ascontiguousarray(frames.swapaxes(0, 1)).reshape(STEPS * SAMPLES, -1)
        with torch.no_grad():
            out = net(torch.from_numpy(flat))
        spikes = (out[0] if isinstance(out, tuple) else out).numpy()
        return np.asarray(spikes.reshape(SAMPLES, STEPS, -1).swapaxes(0, 1))

    @staticmethod
    def export(net: nn.Module) -> Any:
        """NIR, by the package's own writer."""
        return sinabs.nir.to_nir(net, torch.zeros(SAMPLES, 3))

    @staticmethod
    def back(graph: Any) -> Any:
        """A network, by its own reader."""
        return sinabs.nir.from_nir(graph, batch_size=SAMPLES)


SHOPS = {"spikingjelly": SpikingJelly, "snntorch": SnnTorch, "norse": Norse, "sinabs": Sinabs}
