"""Sensitivity Spike Compression: larger thresholds where the output does not mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from refsnn.calibration.frontier import Plan, best_choice
from refsnn.calibration.sensitivity import Tables, tables
from refsnn.errors import InputError
from refsnn.neurons import AdaFire
from refsnn.snn import SNN
from refsnn.tell import Tell, silent
from refsnn.typing import Array

RATIOS = tuple(1 + k / 2 for k in range(19))  # eq: adaptive_calibration.25
"""1, 1.5, .., 10."""


class RatioSearch(NamedTuple):
    """The ratios that were chosen, and from what."""

    ratio: dict[str, float]
    tables: Tables
    budget: float
    """Most divergence of all layers together, by the tables."""
    plan: Plan


def compress(snn: SNN, ratios: Mapping[str, float]) -> SNN:
    """``theta <- ratio theta`` in comparison, reset, amplitude and shift of the named layers.

    Source: the authors' code, adaptive_calibration.24.
    """
    neurons = dict(snn.neurons)
    for name, ratio in ratios.items():
        neuron = neurons[name]
        assert isinstance(neuron, AdaFire)
        neurons[name] = _larger(neuron, ratio)
    return replace(snn, neurons=neurons)


def search_ratios(
    snn: SNN,
    x: Array,
    *,
    candidates: Sequence[float] = RATIOS,
    ratio: float = 1.0,
    released_order: bool = False,
    as_released: bool = False,
    tell: Tell = silent,
) -> RatioSearch:
    """Ratios of fewest spikes within a budget of divergence.

    The budget is ``ratio * L`` times the divergence of the network as it is: it is held to its
    own error, so a worse network may compress more.

    Parameters
    ----------
    candidates : sequence of float
        Ratios to try, the first of them 1.
    released_order : bool
        The authors' code gives the list of ratios, last layer first, to the layers in order.
    as_released : bool
        Count spikes as the authors' counter does (`refsnn.calibration.sensitivity.phantoms`).

    Source
    ------
    The authors' code: adaptive_calibration.25, .26.
    """
    if not candidates or candidates[0] != 1 or not all(r >= 1 for r in candidates):
        raise InputError("ratios", where="candidates", expected="1, then >= 1", got=candidates)
    variants = [partial(_larger, ratio=r) for r in candidates]
    found = tables(snn, x, variants, as_released=as_released, tell=tell)
    budget = ratio * float(np.sum(found.divergence[0]))  # eq: adaptive_calibration.26
    plan = best_choice(found.spikes, found.divergence, budget)
    chosen = [float(candidates[k]) for k in plan.choice]
    if released_order:
        chosen.reverse()
    return RatioSearch(dict(zip(snn.neurons, chosen, strict=True)), found, budget, plan)


def _larger(neuron: AdaFire, ratio: float) -> AdaFire:
    theta = np.asarray(neuron.theta) * ratio  # eq: adaptive_calibration.24
    return replace(neuron, theta=theta)
