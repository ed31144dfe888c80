"""Advanced calibration of SNN Calibration: tune each layer's weights to its quantised output."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from refsnn.calibration.parts import ann_values, bias_owner, with_graph_params
from refsnn.calibration.thresholds import quantised
from refsnn.calibration.walk import Walk
from refsnn.graph import INPUT, Node
from refsnn.neurons import AdaFire
from refsnn.neurons.protocol import positive
from refsnn.snn import SNN
from refsnn.train import Adam, cosine
from refsnn.typing import Array


def calibrate_weights(
    snn: SNN, x: Array, *, iterations: int = 5000, rate: float = 1e-5, batch: int = 32
) -> SNN:
    """Layer by layer, minimise the gap of ``q(W x + b)`` to the source network's activation.

    x is what the spiking network feeds the layer on average; q is `quantised` with the neuron's
    theta, T and phi (floor), with a straight-through gradient inside ``0 <= z <= phi theta``. The
    loss is the sum over channels of the squared gap, mean over samples and places. Adam, rate
    falling to 0 along a cosine; batches go round the images in their order, so there is no seed.
    The authors draw them at random; calibrate the biases afterwards, as they do.

    Layers whose weights serve other activations as well, or that join a shortcut, are left alone.
    An activation that stays analog is taken at the mean of its input.

    Source
    ------
    Li et al., ICML 2021, their code, with phi = 1: no burst version was published.
    """
    positive("iterations", iterations)
    positive("batch", batch)
    walk, sent = Walk(x), {INPUT: x}
    for name, neuron in snn.neurons.items():
        owner = bias_owner(snn.graph, name)
        assert isinstance(neuron, AdaFire)
        if owner is not None and owner.name == snn.graph.node(name).inputs[0]:
            given, target = _edge(snn, owner.inputs[0], sent), ann_values(snn.ann, x, [name])[name]
            params = {k: np.array(v) for k, v in snn.graph.of(owner.name).items()}
            params = _tuned(
                owner, neuron, params, given, target, snn.frames[name], iterations, rate, batch
            )
            snn = with_graph_params(snn, {f"{owner.name}.{k}": v for k, v in params.items()})
        sent[name] = walk.mean_sent(snn, name)
        walk.go(snn, name)
    return snn


def _edge(snn: SNN, edge: str, sent: Mapping[str, Array]) -> Array:
    """What reaches an edge on average: linear operations act on the mean of what is sent."""
    if edge in sent:
        return sent[edge]
    node = snn.graph.node(edge)
    inputs = (_edge(snn, name, sent) for name in node.inputs)
    return node.op.apply(snn.graph.of(edge), *inputs)


def _tuned(
    owner: Node,
    neuron: AdaFire,
    params: dict[str, Array],
    x: Array,
    target: Array,
    steps: int,
    iterations: int,
    rate: float,
    batch: int,
) -> dict[str, Array]:
    """Weights and bias after the given number of Adam steps."""
    rule = Adam()
    state = rule.start(params)
    for i in range(iterations):
        rows = np.arange(i * batch, (i + 1) * batch) % len(x)
        gradients = loss_gradients(owner, neuron, params, x[rows], target[rows], steps)[1]
        state, moved = rule.step(state, params, gradients, cosine(rate, i / iterations))
        params = {**params, **moved}
    return params


def loss_gradients(
    owner: Node, neuron: AdaFire, params: dict[str, Array], x: Array, target: Array, steps: int
) -> tuple[float, dict[str, Array]]:
    """Squared gap and its straight-through gradient with respect to weights and bias."""
    z, saved = owner.op.forward(params, x)
    theta = np.asarray(neuron.theta, z.dtype)
    gap = quantised(z, theta, steps, neuron.phi) - target
    share = z.size / z.shape[1]
    inside = (z >= 0) & (z <= neuron.phi * theta)
    _, gradients = owner.op.backward(params, saved, 2 * gap * inside / share)
    return float(np.sum(gap**2) / share), gradients
