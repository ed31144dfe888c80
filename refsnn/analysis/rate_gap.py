"""How far spike counts are from their target rates, and how long that takes to matter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from refsnn.analysis.mean_error import CELLS
from refsnn.neurons import Neuron, respond
from refsnn.typing import Array


def omega(rates: Array) -> float:
    """``||a||_1 / ||a||_2^2`` of target rates a in [0, 1]: ``1 - K(t) <= Omega / t``.

    K(t) is the projection of the actual rates on the targets. Infinite for a silent layer.
    """
    squares = float(np.sum(rates * rates))
    return float(np.sum(np.abs(rates)) / squares) if squares else float("inf")  # eq: rate_norm.8


def projection(actual: Array, target: Array) -> float:
    """``K = <r, a> / ||a||^2``: 1 where all rates have arrived."""
    return float(np.sum(actual * target) / np.sum(target * target))  # eq: rate_norm.7


def worst_rate_gap(neurons: Iterable[Neuron], steps: int) -> float:
    """Largest ``|T a - N|`` over constant drives from -theta to 2 theta, ``a = clip(z/theta)``.

    In integers, as `refsnn.analysis.mean_error.drive_error`; z runs over the odd integers.
    """
    return max(_gap(neuron, steps) for neuron in neurons)


def _gap(neuron: Neuron, steps: int) -> float:
    theta = 2 * CELLS * steps
    z = np.arange(1 - theta, 2 * theta, 2, dtype=np.int64)
    spikes = respond(
        replace(neuron, theta=np.asarray(theta)), np.broadcast_to(z, (steps, len(z)))
    ).spikes
    assert spikes is not None
    gaps = np.clip(z, 0, theta) * steps - neuron.decode(spikes) * theta
    return float(np.abs(gaps).max() / theta)
