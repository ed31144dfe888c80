"""One-neuron networks: every number of a result can be worked out by hand."""

from __future__ import annotations

import numpy as np

from refsnn.activations import QCFS
from refsnn.ann import Reference
from refsnn.engines import Run
from refsnn.graph import INPUT, Graph, Node
from refsnn.neurons import IF, Neuron, Readout
from refsnn.ops import Linear
from refsnn.snn import SNN


def one_neuron(levels=4, lam=1.0) -> Graph:
    """x, times one, activation, times one."""
    nodes = (
        Node("fc0", Linear(1), (INPUT,)),
        Node("act", QCFS(levels=levels), ("fc0",)),
        Node("fc1", Linear(1), ("act",)),
    )
    params = {"fc0.weight": [[1.0]], "fc0.bias": [0.0], "act.lambda": lam}
    params |= {"fc1.weight": [[1.0]], "fc1.bias": [0.0]}
    return Graph((1,), nodes, {k: np.array(v) for k, v in params.items()})


def rate_network(steps=4, neuron: Neuron | None = None, **graph) -> SNN:
    """Its rate coded network, with any neuron in the middle."""
    made = one_neuron(**graph)
    theta = made.params["act.lambda"]
    return SNN(made, {"act": neuron or IF(theta=theta)}, Readout(), steps)


def outcome(charge, spikes, theta, logit=0.0) -> Run:
    """A run that was written down, not made."""
    count = np.array([[spikes]])
    value = {"act": count * theta}
    return Run(
        np.array([[logit]]),
        {"act": count},
        {"act": np.abs(count)},
        value,
        {"act": np.array([[charge]])},
        {},
    )


def reference(graph: Graph, z: float) -> Reference:
    """The ANN's neuron at pre-activation z."""
    op, params, z = graph.node("act").op, graph.of("act"), np.array([[z]])
    return Reference(z, op.apply(params, z), op.level(params, z))
