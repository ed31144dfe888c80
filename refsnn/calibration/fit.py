"""Burst neurons from activations: one a layer, thresholds fitted batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from refsnn.calibration.parts import ann_values, bias_owner, with_graph_params
from refsnn.calibration.thresholds import averaged, shaped
from refsnn.errors import InputError
from refsnn.graph import Graph
from refsnn.neurons import AdaFire
from refsnn.snn import SNN
from refsnn.tell import Tell, silent
from refsnn.typing import Array

Fit = Callable[..., Array]
"""``fit(activations, phi=...)``: thresholds (C,) or () of one batch."""


def batches_of(x: Array, size: int, most: int) -> list[Array]:
    """The first ``most`` blocks of ``size`` calibration images, float64."""
    if not len(x):
        raise InputError("no calibration images", where="--calib")
    x = np.asarray(x, np.float64)
    return [x[start : start + size] for start in range(0, len(x), size)][:most]


def burst_neurons(
    graph: Graph,
    batches: list[Array],
    phi: Mapping[str, int],
    fit: Fit,
    tell: Tell = silent,
    **settings: Any,
) -> dict[str, AdaFire]:
    """One neuron for each activation that ``phi`` names, with its burst limit.

    ``settings`` are those of `AdaFire` that all share. Channels without a threshold are dead.
    """
    fitted: dict[str, list[Array]] = {name: [] for name in phi}
    for i, part in enumerate(batches):
        for name, values in ann_values(graph, part, list(phi)).items():
            fitted[name].append(fit(values, phi=phi[name]))
        tell(f"thresholds: batch {i + 1} of {len(batches)}")
    neurons = {}
    for name, thetas in fitted.items():
        theta = shaped(averaged(thetas), len(graph.shapes[name]))
        neurons[name] = _neuron(theta, phi=phi[name], **settings)
    return neurons


def _neuron(theta: Array, **settings: Any) -> AdaFire:
    dead = theta <= 0
    theta = np.where(dead, np.ones_like(theta), theta)
    return AdaFire(theta=theta, dead=dead if dead.any() else None, **settings)


def snapped(snn: SNN, bits: int) -> SNN:
    """Thresholds, start values, weights and biases on the grid of ``2**-bits``; the source stays.

    A threshold never vanishes: at least one step.
    """
    step, neurons = 2.0**-bits, {}
    for name, n in snn.neurons.items():
        assert isinstance(n, AdaFire)
        theta = np.maximum(np.round(n.theta / step), 1) * step
        v0 = None if n.v0 is None else np.round(n.v0 / step) * step
        neurons[name] = replace(n, theta=theta, v0=v0)
    moved = {k: np.round(v / step) * step for k, v in snn.graph.params.items()}
    return replace(with_graph_params(snn, moved), neurons=neurons)


def fit_notes(snn: SNN) -> dict[str, Any]:
    """What was fitted, layer by layer, in plain values."""
    burst = {k: n for k, n in snn.neurons.items() if isinstance(n, AdaFire)}
    return {
        "phi": {name: n.phi for name, n in burst.items()},
        "theta_mean": {name: float(np.mean(n.theta)) for name, n in burst.items()},
        "dead_channels": {k: int(n.dead.sum()) for k, n in burst.items() if n.dead is not None},
        "bias_not_calibrated": [k for k in burst if bias_owner(snn.graph, k) is None],
        "analog": list(snn.analog),
    }
