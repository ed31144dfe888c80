"""Which totals lie so near a tie that roundings, or the authors' tolerance, decide their level."""

import numpy as np

from refsnn.neurons.pascal import TOLERANCE

NEAR = 1e-5
"""In units of theta: closer than this, float32 cannot tell which side of a tie it is on."""
SLACK = 1.1 * TOLERANCE
"""PASCAL's absolute tolerance, and what float32 adds to it."""


def clear(charge: np.ndarray, theta: np.ndarray | float, margin: float) -> np.ndarray:
    """Totals farther than ``margin`` from every ``(k + 1/2) theta``."""
    position = charge / theta + 0.5
    return np.abs(position - np.round(position)) * theta > margin
