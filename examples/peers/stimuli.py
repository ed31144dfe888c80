"""Currents that tell conventions apart, (T, N) float32.

All but `general` are multiples of 1/4, so that sums, halvings and comparisons are exact in single
precision: whatever differs then differs in meaning, not in rounding.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

DIRECTED = (
    (1, 0, 0, 1, -1, 2, 0, 0),  # on the threshold, from nothing and after a spike
    (4, 0, 0, 0, 0, 0, 0, 0),  # several thresholds at once, then silence
    (1.5, 0, 0, 1.5, 0, 0, 0, 0),  # more than one threshold is left behind after the second
    (-3, 1, 1, 1, 1, 1, 0, 0),  # below any floor, and back up to a tie
    (0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5),  # constant: start values show
    (0, 0, 0, 0, 0, 0, 0, 0),  # silence: a start on the threshold shows
    (2, -1, 1, -1, 1, -1, 1, -1),  # ties on the way up and down
    (1.25, -2.25, 0.75, 0.25, 1, -4, 1, 2),  # up, deep down, up
)
LEVELS = (-1.5, -0.5, 0.0, 0.5, 1.0, 2.5)
"""Of `exhaustive`: sums land on 1, on 0 and on -1, from both sides and by more than a step."""


class Drive(NamedTuple):
    """A set of trains."""

    name: str
    currents: Array


def directed() -> Array:
    """One train for each trap."""
    return np.array(DIRECTED, np.float32).T


def exhaustive(levels: tuple[float, ...], steps: int) -> Array:
    """Every train of so many steps over these levels."""
    return np.array(list(product(levels, repeat=steps)), np.float32).T


def drawn(low: int, high: int, steps: int, trains: int) -> Array:
    """Quarters from ``low / 4`` to ``high / 4``, drawn uniformly."""
    rng = np.random.default_rng(2026)
    return (rng.integers(low, high + 1, (steps, trains)) / 4).astype(np.float32)


def all_drives() -> list[Drive]:
    """Currents of any size, for a threshold of 1."""
    return [
        Drive("directed", directed()),
        Drive("every train", exhaustive(LEVELS, 6)),
        Drive("random", drawn(-8, 12, 16, 4096)),
    ]


def mild_drives() -> list[Drive]:
    """No current above the threshold: charge for a second spike never comes in one step."""
    return [
        Drive("every train", exhaustive(tuple(x for x in LEVELS if x <= 1), 6)),
        Drive("random", drawn(-4, 4, 16, 4096)),
    ]


def general() -> Array:
    """Floats whose sums are rounded."""
    rng = np.random.default_rng(2026)
    return rng.normal(0.3, 0.5, (32, 4096)).astype(np.float32)
