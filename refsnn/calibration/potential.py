"""Potential calibration of SNN Calibration: a start value for the membrane of every neuron."""

from __future__ import annotations

from dataclasses import replace

from refsnn.calibration.parts import ann_means, with_neuron
from refsnn.calibration.walk import Walk
from refsnn.neurons import AdaFire
from refsnn.snn import SNN
from refsnn.typing import Array


def calibrate_potentials(snn: SNN, x: Array) -> SNN:
    """Start every neuron at T times the gap of its means, layer by layer.

    ``v0_j = T (mean a_j - mean a_hat_j)`` over samples, for each neuron's place; an earlier v0 is
    replaced.

    Source
    ------
    Li et al., ICML 2021, and the authors' code, whose main scripts do not call it:
    adaptive_calibration.7.
    """
    means, walk = ann_means(snn.ann, x, list(snn.neurons)), Walk(x)
    for name, neuron in snn.neurons.items():
        assert isinstance(neuron, AdaFire)
        fresh = replace(neuron, v0=None)
        gap = means[name] - walk.mean_sent(with_neuron(snn, name, fresh), name).mean(axis=0)
        v0 = snn.frames[name] * gap  # eq: adaptive_calibration.7
        snn = with_neuron(snn, name, replace(fresh, v0=v0))
        walk.go(snn, name)
    return snn
