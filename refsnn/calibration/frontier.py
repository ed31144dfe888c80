"""One choice for every layer at the least total gain-or-loss within a budget: exact frontier."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refsnn.errors import InputError, UnsupportedError
from refsnn.typing import Array


class Point(NamedTuple):
    """A partial choice that no other beats in both sums."""

    cost: float
    loss: float
    choice: tuple[int, ...]
    """Index of the candidate of each layer so far, in network order."""


class Plan(NamedTuple):
    """The best choice and what it was chosen from."""

    choice: tuple[int, ...]
    """Index of the candidate of each layer, in network order."""
    front: Array
    """(points, 2): cost and loss of the frontier after the last layer, cost ascending."""


def best_choice(loss: Array, cost: Array, budget: float) -> Plan:
    """Minimise the sum of losses over layers, the sum of costs within ``budget``.

    Parameters
    ----------
    loss, cost : array (candidates, layers)
        What candidate k costs in layer l. Costs are not negative.

    Notes
    -----
    Layer by layer every partial choice is extended by every candidate; sorted by cost (equal
    costs: in the order they were made), one is kept if it is within the budget and its loss is
    below that of the last one kept. Exact for sums of costs that are not negative; with negative
    costs pruning by the budget would lose solutions, so they are refused.

    Raises
    ------
    UnsupportedError
        Nothing fits the budget.

    Source
    ------
    The authors' code (adaptive_calibration.23); that it is exact is checked against all choices.
    """
    loss, cost = np.asarray(loss, np.float64), np.asarray(cost, np.float64)
    if loss.ndim != 2 or loss.shape != cost.shape or not loss.size:
        got = f"{loss.shape} and {cost.shape}"
        raise InputError("tables do not fit", expected="(candidates, layers) twice", got=got)
    if not (np.all(np.isfinite(loss)) and np.all(np.isfinite(cost)) and np.all(cost >= 0)):
        raise InputError("costs are negative or not finite", where="search", got=cost.min())
    points = [Point(0.0, 0.0, ())]
    for losses, costs in zip(loss.T, cost.T, strict=True):
        points = _pruned(_extended(points, losses, costs), budget)
    if not points:
        least = float(cost.min(axis=0).sum())
        raise UnsupportedError(
            "no choice fits the budget",
            where="search",
            expected=f"a budget of {least:.6g} or more",
            got=f"{budget:.6g}",
            fix="raise the budget ratio",
        )
    chosen = min(points, key=lambda point: point.loss)
    return Plan(chosen.choice, np.array([(p.cost, p.loss) for p in points]))


def _extended(points: list[Point], losses: Array, costs: Array) -> list[Point]:
    """Every point with every candidate of the next layer."""
    return [
        Point(point.cost + float(c), point.loss + float(s), (*point.choice, k))
        for point in points
        for k, (s, c) in enumerate(zip(losses, costs, strict=True))
    ]


def _pruned(points: list[Point], budget: float) -> list[Point]:
    kept: list[Point] = []
    for point in sorted(points, key=lambda point: point.cost):  # stable
        if point.cost <= budget and (not kept or point.loss < kept[-1].loss):
            kept.append(point)  # eq: adaptive_calibration.23
    return kept
