"""Dropping least significant bits: how far that can move the logits, for every input."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refsnn.engines.propagate import linear_part
from refsnn.graph import INPUT, Node
from refsnn.neurons import BitSerial
from refsnn.snn import SNN
from refsnn.typing import Array


class Reach(NamedTuple):
    """What the values of an edge can differ by, SNN minus ANN: ``mid - rad .. mid + rad``."""

    mid: Array
    rad: Array


def truncation_bound(snn: SNN) -> float:
    """Largest ``|logit - ANN logit|`` that truncated levels can cause, over all inputs.

    Method
    ------
    A linear layer carries an interval of differences by W and ``|W|``. A difference d of a
    pre-activation moves the level by at most ``floor(d_low / theta) .. ceil(d_high / theta)``;
    truncation takes 0 .. 2**drop - 1 more; no level differs by more than L.

    Exactness
    ---------
    A bound of exact arithmetic (level E); float rounding at level R comes on top. Derived.
    """
    graph = snn.graph
    reach = {INPUT: Reach(*(np.zeros((1, *graph.input_shape)) for _ in range(2)))}
    for node in graph.nodes:
        given = [reach[name] for name in node.inputs]
        neuron = snn.neurons.get(node.name)
        if neuron is None:
            reach[node.name] = _through_op(snn, node, given)
        else:
            assert isinstance(neuron, BitSerial)
            reach[node.name] = _through_neuron(neuron, given[0])
    final = reach[graph.output]
    return float(np.max(np.abs(final.mid) + final.rad, initial=0))


def _through_op(snn: SNN, node: Node, given: list[Reach]) -> Reach:
    linear = linear_part(node.op, snn.graph.of(node.name))
    sizes = {key: np.abs(value) for key, value in linear.items()}
    mid = node.op.apply(linear, *(reach.mid for reach in given))
    return Reach(mid, node.op.apply(sizes, *(reach.rad for reach in given)))


def _through_neuron(neuron: BitSerial, given: Reach) -> Reach:
    theta = np.asarray(neuron.theta, np.float64)
    top = (1 << neuron.t_out) - 1
    low = np.floor((given.mid - given.rad) / theta) - ((1 << neuron.drop) - 1)
    high = np.ceil((given.mid + given.rad) / theta)
    low, high = np.clip(low, -top, top), np.clip(high, -top, top)
    return Reach(theta * (low + high) / 2, theta * (high - low) / 2)  # eq: snn_meets_ann.22
