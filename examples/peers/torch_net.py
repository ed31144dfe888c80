"""The same small network in PyTorch, with neurons of any package."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from peers.record import Array, Stepper
from peers.small_net import SPIKING, Signals


class Net(nn.Sequential):
    """Convolution, activation, average pooling, linear, activation, linear."""

    def __init__(self, params: dict[str, Array]) -> None:
        conv, fc1, fc2 = nn.Conv2d(1, 4, 3, padding=1), nn.Linear(36, 10), nn.Linear(10, 3)
        super().__init__(conv, nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), fc1, nn.ReLU(), fc2)
        with torch.no_grad():
            for name, layer in (("conv", conv), ("fc1", fc1), ("fc2", fc2)):
                layer.weight.copy_(torch.from_numpy(params[f"{name}.weight"]))
                layer.bias.copy_(torch.from_numpy(params[f"{name}.bias"]))
        self.eval()


def stepped(params: dict[str, Array], neurons: tuple[Stepper, Stepper], frames: Array) -> Signals:
    """Frame by frame, with a neuron in the place of each ReLU."""
    net, done = Net(params), []
    with torch.no_grad():
        for frame in torch.from_numpy(frames):
            spikes1, membrane1 = neurons[0](net[0](frame))
            spikes2, membrane2 = neurons[1](net[4](net[3](net[2](spikes1))))
            done.append((spikes1, membrane1, spikes2, membrane2, net[6](spikes2)))
        one, v1, two, v2, out = (torch.stack(part).numpy() for part in zip(*done, strict=True))
    first, second = SPIKING
    return Signals({first: one, second: two}, {first: v1, second: v2}, np.asarray(out.sum(axis=0)))
