"""Biases that enter once a step: the shifted batch norm of bit-serial conversion, equation 10."""

from __future__ import annotations

import numpy as np

from refsnn.activations import Activation
from refsnn.errors import UnsupportedError
from refsnn.graph import INPUT, Graph, Node
from refsnn.ops import BatchNorm, Conv2d, Linear
from refsnn.typing import Array, Params


def shifted_beta(norm: Params, eps: float, conv_bias: Array | float, steps: int) -> Array:
    """Batch-norm shift with which T applications add up to one, per channel, float64.

    ``beta_c = beta / T + (1 - 1/T) gamma (mu - c) / sigma``

    Parameters
    ----------
    norm : mapping
        "weight" (gamma), "bias" (beta), "running_mean" (mu), "running_var", each (C,).
    conv_bias : array (C,) or 0
        c, the bias of the convolution before it, which every step adds in full.
    steps : int
        T, length of the train that enters this branch. With Horner's rule put ``2**T - 1``: it
        doubles what came before, the bias included.

    Source
    ------
    snn_meets_ann.10 of docs/equations.md: derived; with c = 0 as recalled of the paper's
    Theorem I. Its folded form is ``b' / T``.
    """
    gamma, beta, mean, var = (
        np.asarray(norm[k], np.float64) for k in ("weight", "bias", "running_mean", "running_var")
    )
    pull = gamma * (mean - conv_bias) / np.sqrt(var + eps)
    return np.asarray((beta + (steps - 1) * pull) / steps)  # eq: snn_meets_ann.10


def per_step(graph: Graph, steps: int) -> Graph:
    """The graph whose biases, added in each of T steps, sum to those of ``graph``.

    Batch norms are shifted and keep the bias of the layer before them; any other layer gets
    ``b / T``. Layers that read the analog image, which comes once, stay as they are.
    """
    analog, changed = analog_edges(graph), {}
    for node in graph.nodes:
        if node.name in analog or isinstance(node.op, Activation):
            continue
        _refuse_mixed(node, analog)
        if isinstance(node.op, BatchNorm):
            bias = _bias_before(graph, node)
            changed[f"{node.name}.bias"] = shifted_beta(
                graph.of(node.name), node.op.eps, bias, steps
            )
        elif f"{node.name}.bias" in graph.params and not _norm_after(graph, node):
            changed[f"{node.name}.bias"] = graph.params[f"{node.name}.bias"] / steps
    return graph.with_params(changed)


def analog_edges(graph: Graph) -> set[str]:
    """Edges that no activation lies before: what the image becomes, once."""
    found = {INPUT}
    for node in graph.nodes:
        if not isinstance(node.op, Activation) and found.issuperset(node.inputs):
            found.add(node.name)
    return found


def _refuse_mixed(node: Node, analog: set[str]) -> None:
    if any(name in analog for name in node.inputs):
        raise UnsupportedError(
            "the image and a train of bits meet: no one T for their biases",
            where=node.name,
            got=node.inputs,
            fix="use carry_bias=folded",
        )


def _bias_before(graph: Graph, norm: Node) -> Array | float:
    """The bias that the layer before a batch norm adds in every step."""
    for node in graph.nodes:
        if node.name == norm.inputs[0] and _norm_after(graph, node):
            return graph.params.get(f"{node.name}.bias", 0.0)
    return 0.0


def _norm_after(graph: Graph, node: Node) -> bool:
    """Whether a layer's output goes into a batch norm and nowhere else."""
    readers = graph.consumers(node.name)
    weighted = isinstance(node.op, Conv2d | Linear)
    return weighted and len(readers) == 1 and isinstance(readers[0].op, BatchNorm)
