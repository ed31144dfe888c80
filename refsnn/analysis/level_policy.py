"""From the Adaptive Layerwise metric to a number of levels per layer: this project's own policy.

The paper's mapping is neither in the released code nor could it be read. What is published are its
outcomes: L out of 1, 2, 4, 8, 16, larger at the first and the last layers, often 1 in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.checks import whole
from refsnn.typing import Array


@dataclass(frozen=True, kw_only=True)
class LevelPolicy:
    """Few levels where the metric is large: where few histogram bins hold most activations.

    Parameters
    ----------
    choices : tuple of int
        Levels to choose from, ascending.
    cuts : tuple of float, optional
        Ascending thresholds of the metric, one fewer than choices: a layer whose metric reaches i
        of them gets the i-th largest choice (i from 0). None: quantiles of the metrics of this
        network's inner layers, so that the choices are taken about equally often; a network
        then always gets all of them, whatever the size of its metrics.
    top : int, optional
        No inner layer gets more levels. None: the uniform level of the first stage.
    ends : int, optional
        Levels of the first and the last activation. None: the uniform level of the first stage.

    Notes
    -----
    A NaN metric (a flat histogram) is the opposite of concentrated: it gets the most levels.

    Source
    ------
    Ours, not the paper's.
    """

    choices: tuple[int, ...] = (1, 2, 4, 8, 16)
    cuts: tuple[float, ...] | None = None
    top: int | None = None
    ends: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", _ascending("choices", self.choices))
        for level in self.choices:
            whole("choices", level, 1)
        if not self.choices:
            raise InputError("no levels to choose from", where="choices")
        for name in ("top", "ends"):
            if getattr(self, name) is not None:
                whole(name, getattr(self, name), 1)
        if self.cuts is not None:
            object.__setattr__(self, "cuts", _ascending("cuts", self.cuts))
            if len(self.cuts) != len(self.choices) - 1:
                expected = len(self.choices) - 1
                raise InputError(
                    "wrong number of thresholds", where="cuts", expected=expected,
                    got=len(self.cuts), fix="one fewer than choices",
                )  # fmt: skip

    def choose(self, metrics: Mapping[str, float], uniform: int) -> dict[str, int]:
        """Levels of every layer, from its metric; ``uniform``: the levels it was measured with."""
        names = list(metrics)
        inner = names[1:-1]
        chosen = self._inner(np.array([metrics[name] for name in inner], float), uniform)
        end = uniform if self.ends is None else self.ends
        levels = {**dict.fromkeys(names, end), **dict(zip(inner, chosen, strict=True))}
        return {name: int(level) for name, level in levels.items()}

    def _inner(self, metrics: Array, uniform: int) -> Array:
        top = uniform if self.top is None else self.top
        choices = [level for level in self.choices if self.cuts is not None or level <= top]
        if not choices:
            raise InputError(
                "no level is small enough", where="choices", expected=f"one <= {top}",
                got=self.choices,
            )  # fmt: skip
        cuts = _quantiles(metrics, len(choices)) if self.cuts is None else np.array(self.cuts)
        reached = np.searchsorted(cuts, np.where(np.isnan(metrics), -np.inf, metrics), side="right")
        return np.asarray(np.minimum(np.array(choices[::-1])[reached], top))


def _quantiles(metrics: Array, parts: int) -> Array:
    """Cuts that split the known metrics into parts of equal size."""
    known = metrics[~np.isnan(metrics)]
    if not known.size:
        return np.full(parts - 1, np.inf)
    return np.asarray(np.quantile(known, np.arange(1, parts) / parts))


def _ascending(where: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    found = tuple(values)
    for value in found:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise InputError("not a number", where=where, got=repr(value))
    if any(not a < b for a, b in pairwise(found)):
        raise InputError("not ascending", where=where, got=found)
    return found
