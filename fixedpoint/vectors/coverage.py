"""Which corner cases a stimulus reaches, counted on the signals it produced."""

from __future__ import annotations

import numpy as np

from fixedpoint.neurons import IntPascal
from fixedpoint.typing import IntArray
from fixedpoint.vectors.layer import Layer


def coverage(
    layer: Layer, stimulus: IntArray, signals: dict[str, IntArray]
) -> dict[str, int | None]:
    """Count the hits of each bin; null where a bin does not apply."""
    pascal = isinstance(layer.neuron, IntPascal)
    compared = layer.rows - (layer.t_out if pascal else 0)  # rows in which u is the membrane
    u, spike = signals["u"][:, :compared], signals["spike"][:, :compared]
    theta = layer.per_neuron(layer.neuron.theta)
    charge = layer.per_neuron(layer.neuron.v_init) + layer.currents(stimulus).sum(axis=1)
    level = charge // theta
    inside = (level >= 1) & (level <= layer.t_out)
    return {
        "exact_threshold": int((u == theta).sum()),
        "threshold_minus_1": int((u == theta - 1).sum()),
        "negative_membrane": int((signals["v"] < 0).sum()),
        "tie_up": int((inside & (charge % theta == 0)).sum()),
        "tie_down": int((inside & (charge % theta == theta - 1)).sum()),
        "zero_input": int((stimulus == 0).all(axis=(1, 2)).sum()),
        "max_run_of_spikes": _longest_run(spike),
        "inhibitory_spikes": int((spike < 0).sum()) if pascal else None,
        "levels_hit": int(np.unique(signals["out"].sum(axis=1)).size),
        "plus_sat": None,
        "minus_sat": None,
        "clear_mid_run": None,
    }


def _longest_run(spike: IntArray) -> int:
    longest = run = np.zeros(spike[:, 0].shape, np.int64)
    for row in np.swapaxes(spike, 0, 1):
        run = np.where(row > 0, run + 1, 0)
        longest = np.maximum(longest, run)
    return int(longest.max())
