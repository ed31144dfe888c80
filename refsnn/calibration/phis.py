"""A burst limit for every layer, under a budget of spikes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NamedTuple

from refsnn.calibration.frontier import Plan, best_choice
from refsnn.calibration.sensitivity import Tables, tables
from refsnn.errors import InputError
from refsnn.neurons import AdaFire
from refsnn.neurons.protocol import positive
from refsnn.snn import SNN
from refsnn.tell import Tell, silent
from refsnn.typing import Array


class PhiSearch(NamedTuple):
    """The burst limits that were chosen, and from what."""

    phi: dict[str, int]
    tables: Tables
    budget: float
    """Most spikes of all layers together, by the tables."""
    plan: Plan


def search_phi(
    snn: SNN,
    x: Array,
    *,
    desired: int,
    least: int = 1,
    ratio: float = 1.0,
    as_released: bool = False,
    tell: Tell = silent,
) -> PhiSearch:
    """Burst limits ``least``.. of least total divergence within a budget of spikes.

    The network comes with one initial phi in all layers, and thresholds fitted to it. Each layer
    in turn takes each smaller phi, its threshold kept; the divergences and spikes of the layers
    are taken as if they added up. The budget is ``ratio`` times the spikes with ``desired``
    everywhere. Thresholds are fitted again afterwards, so the budget binds the tables, not the
    final network.

    Parameters
    ----------
    as_released : bool
        The authors' code: the budget is read from row ``desired`` of the table (counted from 1),
        which is that of ``desired`` only if ``least`` is 1.

    Source
    ------
    The authors' code: adaptive_calibration.23.
    """
    candidates = list(range(positive("phi_min", least), initial_phi(snn) + 1))
    if desired not in candidates:
        expected = f"{least}..{initial_phi(snn)}"
        raise InputError("no candidate", where="phi", expected=expected, got=desired)
    variants = [partial(_limited, phi=k) for k in candidates]
    found = tables(snn, x, variants, as_released=as_released, tell=tell)
    row = desired - 1 if as_released else candidates.index(desired)
    if row >= len(candidates):
        raise InputError("released budget row is outside the table", where="phi", got=desired)
    budget = ratio * float(found.spikes[row].sum())
    plan = best_choice(found.divergence, found.spikes, budget)
    chosen = (candidates[k] for k in plan.choice)
    return PhiSearch(dict(zip(snn.neurons, chosen, strict=True)), found, budget, plan)


def initial_phi(snn: SNN) -> int:
    """The burst limit that all layers share."""
    limits = {neuron.phi for neuron in snn.neurons.values() if isinstance(neuron, AdaFire)}
    if len(limits) != 1:
        raise InputError("layers differ", where="phi", expected="one initial phi", got=limits)
    return limits.pop()


def _limited(neuron: AdaFire, phi: int) -> AdaFire:
    return replace(neuron, phi=phi)
