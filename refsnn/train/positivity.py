"""How a learned clipping threshold is kept positive in training: by a floor, or by its form.

The root form ``lambda = (k + sqrt(k^2 + 0.01)) / 2`` is positive for every k; k is what is trained.
The network always stores lambda.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from refsnn.typing import Array

SMOOTH = 0.01
"""Under the root: lambda is 0.05 at k = 0."""


def from_free(k: Array) -> Array:
    """``(k + sqrt(k^2 + 0.01)) / 2 > 0``, in the dtype of k; no cancellation for negative k."""
    root = np.hypot(k, k.dtype.type(np.sqrt(SMOOTH)))
    small = k.dtype.type(SMOOTH) / (2 * (root + np.abs(k)))
    return np.asarray(np.where(k > 0, (k + root) / 2, small))  # eq: error_compensation.30


def to_free(lam: Array) -> Array:
    """The k of a lambda: ``lambda - 0.0025 / lambda``."""
    lam = np.asarray(lam)
    return np.asarray(lam - lam.dtype.type(SMOOTH / 4) / lam)


def slope(lam: Array) -> Array:
    """``dlambda / dk = lambda^2 / (lambda^2 + 0.0025)``."""
    square = lam * lam
    return np.asarray(square / (square + lam.dtype.type(SMOOTH / 4)))  # eq: error_compensation.31


@dataclass(frozen=True)
class Rooted:
    """An optimiser that trains k in place of every ``.lambda``.

    Parameters
    ----------
    rule : Optimiser
        Any of `refsnn.train`; its weight decay then acts on k.
    """

    rule: Any

    def start(self, params: Mapping[str, Array]) -> tuple[Any, dict[str, Array]]:
        """The rule's own state, and k of every threshold."""
        free = {name: to_free(value) for name, value in params.items() if is_threshold(name)}
        return self.rule.start({**params, **free}), free

    def step(
        self,
        state: tuple[Any, dict[str, Array]],
        params: Mapping[str, Array],
        gradients: Mapping[str, Array],
        rate: Any,
    ) -> tuple[tuple[Any, dict[str, Array]], dict[str, Array]]:
        """One step of the rule in k, by the chain rule."""
        inner, free = state
        slopes = {name: slope(params[name]) for name in free}
        chained = {n: g * slopes[n] if n in slopes else g for n, g in gradients.items()}
        inner, new = self.rule.step(inner, {**params, **free}, chained, rate)
        moved = {name: new[name] for name in free}
        return (inner, moved), {**new, **{name: from_free(k) for name, k in moved.items()}}


def is_threshold(name: str) -> bool:
    """Whether a parameter is a learned clipping threshold."""
    return name.endswith(".lambda")
