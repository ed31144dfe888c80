"""When a spike count stands for a level."""

from __future__ import annotations

import numpy as np

from refsnn.activations import Activation
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray


def decodes_to(snn: SNN, name: str, counts: IntArray, level: IntArray) -> Array:
    """Whether counts n stand for levels k: ``n L = k T`` under a mean, ``n = k`` under a sum.

    Exact: compared in integers. ``snn.graph`` must have levels at this node.
    """
    if snn.neurons[name].semantics.readout == "sum":
        return np.asarray(counts == level)
    op = snn.graph.node(name).op
    assert isinstance(op, Activation)
    return np.asarray(counts * (op.levels or 0) == level * snn.frames[name])
