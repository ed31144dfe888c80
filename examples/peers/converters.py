"""Networks that others convert themselves: SpikingJelly's `ann2snn`, Sinabs's `from_model`."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from spikingjelly.activation_based import functional, neuron
from spikingjelly.activation_based.ann2snn import FXConverter, RateCodingRecipe

from peers.record import Array
from peers.small_net import SPIKING, STEPS, Signals
from peers.torch_net import Net


def ann2snn(params: dict[str, Array], x: Array, **settings: Any) -> Signals:
    """`RateCodingRecipe` calibrated on ``x`` and run on it, T frames of the same images.

    Membranes are given in the unit of the activation: times the scale the recipe measured.
    """
    images, seen = torch.from_numpy(x), []
    net = FXConverter(RateCodingRecipe([images], **settings)).convert(Net(params))
    nodes = [m for m in net.modules() if isinstance(m, neuron.BaseNode)]
    scales = [net.get_submodule(f"spiking_{k}.scaler1").scale.numpy() for k in range(len(nodes))]
    for node in nodes:
        node.register_forward_hook(lambda m, _, spikes: seen.append((spikes, m.v)))
    functional.reset_net(net)
    with torch.no_grad():
        logits = sum(net(images) for _ in range(STEPS))
    spikes, membranes = {}, {}
    for k, name in enumerate(SPIKING):
        spikes[name] = torch.stack([s for s, _ in seen[k :: len(nodes)]]).numpy()
        membranes[name] = torch.stack([v for _, v in seen[k :: len(nodes)]]).numpy() * scales[k]
    return Signals(spikes, membranes, logits.numpy())


def half_threshold(scale: float) -> torch.nn.Module:
    """A neuron for `RateCodingRecipe(neuron_factory=...)` that starts at half its threshold."""
    return neuron.HalfThresholdIFNode()


def from_model(params: dict[str, Array], frames: Array) -> Signals:
    """Sinabs's conversion of the network, on frames (T, B, ...)."""
    from sinabs.from_torch import from_model as convert

    steps, samples = frames.shape[:2]
    spiking = convert(Net(params), batch_size=samples).spiking_model
    layers = [spiking[1], spiking[5]]
    for layer in layers:
        layer.record_states = True
    seen: list[Array] = []
    for layer in layers:
        layer.register_forward_hook(lambda m, _, out: seen.append(out.numpy()))
    with torch.no_grad():
        given = np.ascontiguousarray(frames.swapaxes(0, 1)).reshape(-1, *frames.shape[2:])
        out = spiking(torch.from_numpy(given)).numpy()
    in_time = [part.reshape(samples, steps, *part.shape[1:]).swapaxes(0, 1) for part in seen]
    membranes = [layer.recordings["v_mem"].numpy().swapaxes(0, 1) for layer in layers]
    logits = out.reshape(samples, steps, -1).sum(axis=1)
    by_layer = [dict(zip(SPIKING, parts, strict=True)) for parts in (in_time, membranes)]
    return Signals(*by_layer, np.asarray(logits))
