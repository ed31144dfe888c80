"""Loss, gradients and running statistics of a graph: one training pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from refsnn.graph import INPUT, Graph
from refsnn.ops.loss import softmax_cross_entropy
from refsnn.train.bit_penalty import Penalty, bit_penalty
from refsnn.typing import Array, IntArray


def loss_and_gradients(
    graph: Graph,
    x: Array,
    y: IntArray,
    *,
    label_smoothing: float = 0.0,
    kappa: float = 0.0,
    rng: np.random.Generator | None = None,
) -> tuple[float, dict[str, Array], dict[str, Array]]:
    """Training-mode forward and backward pass; ``kappa`` weighs `bit_penalty`.

    Returns
    -------
    loss : float
    gradients : dict
        One per trainable parameter, by its full name.
    updates : dict
        New running statistics.
    """
    values, saved = {INPUT: x}, {}
    updates: dict[str, Array] = {}
    for node in graph.nodes:
        params = graph.of(node.name)
        inputs = (values[name] for name in node.inputs)
        values[node.name], saved[node.name] = node.op.forward(
            params, *inputs, training=True, rng=rng
        )
        for key, value in node.op.updates(params, saved[node.name]).items():
            updates[f"{node.name}.{key}"] = value
    loss, grad = softmax_cross_entropy(values[graph.output], y, label_smoothing)
    penalty = bit_penalty(graph, values, kappa) if kappa else NO_PENALTY
    return loss + penalty.value, backward(graph, saved, grad, penalty), updates


NO_PENALTY = Penalty(0.0, {}, {})


def backward(
    graph: Graph, saved: Mapping[str, Any], grad: Array, penalty: Penalty = NO_PENALTY
) -> dict[str, Array]:
    """Gradient of every trainable parameter, from the gradient of the output.

    Parameters
    ----------
    saved : mapping
        What each node's forward pass kept.
    grad : array (B, K)
        Gradient of the loss with respect to the output.
    penalty : Penalty
        Gradients that enter at other edges and parameters.
    """
    incoming = dict(penalty.outputs)
    incoming[graph.output] = grad + incoming[graph.output] if graph.output in incoming else grad
    gradients: dict[str, Array] = {}
    for node in reversed(graph.nodes):
        grads, own = node.op.backward(
            graph.of(node.name), saved[node.name], incoming.pop(node.name)
        )
        gradients.update({f"{node.name}.{key}": value for key, value in own.items()})
        for name, part in zip(node.inputs, grads, strict=True):
            if name != INPUT:
                incoming[name] = incoming[name] + part if name in incoming else part
    for name, part in penalty.thresholds.items():
        gradients[name] = gradients[name] + part
    return gradients
