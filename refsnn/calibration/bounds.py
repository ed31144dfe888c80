"""How far a layer of burst neurons may be from the ReLU it stands for: bound and error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refsnn.ann import Reference, evaluate, references
from refsnn.engines import Run, run
from refsnn.engines.memory import run_blocks
from refsnn.neurons import AdaFire
from refsnn.snn import SNN
from refsnn.typing import Array

ROUNDING = 1e-9
"""Slack for float64 sums, in units of theta."""


class LayerBound(NamedTuple):
    """One layer on some data."""

    error: float
    """Largest ``|a_hat - a|``."""
    bound: float
    """Largest bound of a neuron."""
    broken: int
    """Neurons whose error exceeds their own bound."""


def layer_bounds(snn: SNN, x: Array) -> dict[str, LayerBound]:
    """Every layer of burst neurons against its bound.

    Of each neuron, with z its mean drive and ``F = floor(S(T) / theta)``::

        |a_hat - a| <= |z - z_ann| + theta / (2T) + |v0| / T
                       + max(z - phi theta, 0) + (theta / T) |N - clip(F, 0, phi T)|

    what it inherits, rounding, start value, clipping, and what the order of arrival did. The first
    and the last two are measured, so this explains an error; it does not predict one. Dead
    channels send nothing and are bound by their drive.

    Source
    ------
    Derived: adaptive_calibration.19 of docs/equations.md, neuron by neuron.
    """
    parts = [_block_bounds(snn, x[block]) for block in run_blocks(snn, len(x))]
    return {name: _joined([part[name] for part in parts]) for name in parts[0]}


def _block_bounds(snn: SNN, x: Array) -> dict[str, LayerBound]:
    done, refs = run(snn, x), references(snn.ann, evaluate(snn.ann, x))
    found = {}
    for name, neuron in snn.neurons.items():
        if isinstance(neuron, AdaFire):
            bound = _bound(neuron, done, name, refs[name], snn.frames[name])
            error = np.abs(done.sums[name] / snn.frames[name] - refs[name].a)
            broken = error > bound + ROUNDING * np.asarray(neuron.theta)
            found[name] = LayerBound(float(error.max()), float(bound.max()), int(broken.sum()))
    return found


def _joined(parts: list[LayerBound]) -> LayerBound:
    errors, bounds, broken = zip(*parts, strict=True)
    return LayerBound(max(errors), max(bounds), sum(broken))


def _bound(neuron: AdaFire, done: Run, name: str, reference: Reference, steps: int) -> Array:
    theta, charge = np.asarray(neuron.theta, np.float64), done.charges[name]
    start = np.zeros(()) if neuron.v0 is None else neuron.v0
    z = charge / steps
    level = np.floor((charge + start + steps * neuron.shift(np.float64)) / theta)
    uneven = np.abs(done.counts[name] - np.clip(level, 0, neuron.max_count(steps))) * theta / steps
    half = neuron.shift(np.float64) if neuron.steps == steps else theta / steps
    clipped = np.maximum(z - neuron.phi * theta, 0)
    own = half + np.abs(start) / steps + clipped + uneven  # eq: adaptive_calibration.19
    if neuron.dead is not None:
        own = np.where(neuron.dead, np.maximum(z, 0), own)
    return np.asarray(np.abs(z - reference.z) + own)
