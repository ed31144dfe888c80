"""A small convolutional network of dyadic weights, in our terms: conv, pool, two linear layers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from peers.record import Array
from peers.settings import neuron_of
from refsnn.activations import ReLU
from refsnn.convert import Calibration
from refsnn.convert.base import Method
from refsnn.engines import Run, run, run_frames
from refsnn.graph import Graph, Node
from refsnn.neurons import Readout
from refsnn.ops import AvgPool2d, Conv2d, Flatten, Linear
from refsnn.snn import SNN

STEPS, SAMPLES, SIDE = 12, 64, 6
SPIKING = ("act1", "act2")
SHAPES = {
    "conv.weight": (4, 1, 3, 3), "conv.bias": (4,), "fc1.weight": (10, 36), "fc1.bias": (10,),
    "fc2.weight": (3, 10), "fc2.bias": (3,),
}  # fmt: skip
NODES = (
    Node("conv", Conv2d(4, 3, padding=1), ("input",)), Node("act1", ReLU(), ("conv",)),
    Node("pool", AvgPool2d(2), ("act1",)), Node("flat", Flatten(), ("pool",)),
    Node("fc1", Linear(10), ("flat",)), Node("act2", ReLU(), ("fc1",)),
    Node("fc2", Linear(3), ("act2",)),
)  # fmt: skip


class Signals(NamedTuple):
    """What a network did."""

    spikes: dict[str, Array]
    """(T, B, ...) of each spiking layer."""
    membranes: dict[str, Array]
    logits: Array
    """(B, 3), summed over frames."""


def dyadic_params() -> dict[str, Array]:
    """Weights in quarters; the first neuron of each spiking layer has a constant drive of 8.

    A converter that divides by the largest activation then divides by a power of two.
    """
    rng = np.random.default_rng(2026)
    params = {name: rng.integers(-3, 4, shape) / 4 for name, shape in SHAPES.items()}
    params["fc1.weight"] /= 4  # 36 inputs: keeps every sum below 8
    for layer in ("conv", "fc1"):
        params[f"{layer}.weight"][0], params[f"{layer}.bias"][0] = 0, 8
    return {name: value.astype(np.float32) for name, value in params.items()}


def rounded_params() -> dict[str, Array]:
    """Weights whose sums are rounded."""
    rng = np.random.default_rng(2026)
    return {name: rng.normal(0, 0.4, shape).astype(np.float32) for name, shape in SHAPES.items()}


def frames() -> Array:
    """Input that differs from frame to frame, in quarters: (T, B, 1, H, W)."""
    rng = np.random.default_rng(2027)
    return (rng.integers(-2, 7, (STEPS, SAMPLES, 1, SIDE, SIDE)) / 4).astype(np.float32)


def graph_of(params: dict[str, Array]) -> Graph:
    """The ANN."""
    return Graph((1, SIDE, SIDE), NODES, params)


def with_neurons(setting: str) -> Signals:
    """The network with one neuron of ours at both activations, on `frames`."""
    neurons = {name: neuron_of(setting) for name in SPIKING}
    snn = SNN(graph_of(dyadic_params()), neurons, Readout(kind="sum"), STEPS)
    return signals(run_frames(snn, frames(), record=SPIKING))


def converted(method: Method, params: dict[str, Array], x: Array) -> Signals:
    """The network as a method of ours converts it, on constant images."""
    snn, _ = method.convert(graph_of(params), Calibration(x.astype(np.float64)))
    done = signals(run(snn, x, record=SPIKING))
    return done._replace(logits=done.logits * STEPS)


def signals(done: Run) -> Signals:
    """What is compared of a run of ours."""
    spikes = {name: done.traces[name].fired for name in SPIKING}
    membranes = {name: done.traces[name].v for name in SPIKING}
    return Signals(spikes, membranes, done.logits)
