"""Small ReLU networks with burst neurons."""

from __future__ import annotations

import numpy as np

from refsnn.activations import ReLU
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.neurons import AdaFire, Readout
from refsnn.ops import Add, AvgPool2d, Conv2d, Flatten, Linear
from refsnn.snn import SNN

STEPS = 4


def graph(seed=0):
    """Convolution, residual block, pool, linear layers; weights are multiples of 1/8."""
    nodes = (
        Node("conv0", Conv2d(3, 3, padding=1), (INPUT,)),
        Node("act0", ReLU(), ("conv0",)),
        Node("conv1", Conv2d(3, 3, padding=1, bias=False), ("act0",)),
        Node("add", Add(), ("conv1", "act0")),
        Node("act1", ReLU(), ("add",)),
        Node("pool", AvgPool2d(2), ("act1",)),
        Node("flat", Flatten(), ("pool",)),
        Node("fc0", Linear(5), ("flat",)),
        Node("act2", ReLU(), ("fc0",)),
        Node("fc1", Linear(3), ("act2",)),
    )
    made, rng = initialise((2, 4, 4), nodes, seed), np.random.default_rng(seed)
    params = {k: rng.integers(-4, 6, v.shape) / 8 for k, v in made.params.items()}
    return made.with_params(params)


def images(seed=0, count=12):
    return np.random.default_rng(seed).integers(0, 9, (count, 2, 4, 4)) / 8


def network(seed=0, phi=2, theta=0.5):
    """The network with one threshold in all layers, and images: level E."""
    made = graph(seed)
    neurons = {f"act{i}": AdaFire(theta=theta, phi=phi, steps=STEPS) for i in range(3)}
    return SNN(made, neurons, Readout(), STEPS), images(seed)


def relu_net(**neuron):
    """x, times one, ReLU, times one: one neuron, T = 4."""
    nodes = (
        Node("fc0", Linear(1), (INPUT,)),
        Node("act", ReLU(), ("fc0",)),
        Node("fc1", Linear(1), ("act",)),
    )
    params = {f"fc{i}.weight": np.ones((1, 1)) for i in range(2)}
    params |= {f"fc{i}.bias": np.zeros(1) for i in range(2)}
    return SNN(Graph((1,), nodes, params), {"act": AdaFire(steps=4, **neuron)}, Readout(), 4)
