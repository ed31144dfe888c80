"""The largest pre-activations of a network on some data: thresholds of untrained ceilings."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from refsnn.ann import evaluate, graph_blocks
from refsnn.errors import InputError
from refsnn.graph import Graph
from refsnn.typing import Array


def largest_inputs(
    graph: Graph, x: Array, names: Iterable[str], percentile: float = 100.0
) -> dict[str, Array]:
    """A percentile of ``ReLU(z)`` at each named activation, one number a layer, ().

    Parameters
    ----------
    x : array (B, ...)
        Calibration data.
    names : activation nodes
        Their pre-activation z is taken.
    percentile : float in (0, 100]
        Over all samples, channels, pixels, zeros included; 100 is the maximum. Linear between
        the two nearest values, as NumPy does it.

    Raises
    ------
    InputError
        Where the result is 0: nothing there is ever active.
    """
    if not 0 < percentile <= 100:
        expected = "0 < p <= 100"
        raise InputError("no percentile", where="percentile", expected=expected, got=percentile)
    names = tuple(names)
    parts: dict[str, list[Array]] = {name: [] for name in names}
    for block in graph_blocks(graph, len(x)):
        values = evaluate(graph, x[block])
        for name in names:
            z = np.maximum(values[graph.node(name).inputs[0]], 0).ravel()
            parts[name].append(z if percentile < 100 else np.atleast_1d(z.max(initial=0)))
    found = {name: np.percentile(np.concatenate(parts[name]), percentile) for name in names}
    return {name: _active(name, np.asarray(value)) for name, value in found.items()}


def _active(name: str, value: Array) -> Array:
    if not value > 0:
        raise InputError(
            "no neuron of the layer is active on the calibration data",
            where=name,
            fix="give more images, or a higher percentile",
        )
    return value
