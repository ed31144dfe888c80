"""Mean and mean square of a neuron's error under uniform constant drive, in exact fractions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from refsnn.neurons import Neuron, respond

CELLS = 8
"""Values of z per count: z runs over the middles of that many equal cells of each ``theta/T``."""


class DriveError(NamedTuple):
    """Moments of ``(theta N / T - z)`` over z, in units of ``theta/T`` and its square."""

    mean: Fraction
    mean_square: Fraction

    def miss(self, expected: DriveError) -> float:
        """The larger of the two differences."""
        return float(max(abs(a - b) for a, b in zip(self, expected, strict=True)))


def drive_error(neuron: Neuron, steps: int) -> DriveError:
    """Drive a neuron with constant currents spread evenly over [0, theta], and count.

    In integers: theta is rescaled to ``2 CELLS T``, and z runs over the odd integers below it.
    """
    theta = 2 * CELLS * steps
    z = np.arange(1, theta, 2, dtype=np.int64)
    scaled = replace(neuron, theta=np.asarray(theta))
    spikes = respond(scaled, np.broadcast_to(z, (steps, len(z)))).spikes
    assert spikes is not None
    gaps = scaled.decode(spikes) * theta - z * steps
    total, squares = int(gaps.sum()), int((gaps * gaps).sum())
    return DriveError(Fraction(total, theta * len(z)), Fraction(squares, theta**2 * len(z)))


def predicted_error(start: Fraction) -> DriveError:
    """What a neuron with at most one spike a step gives, ``start`` its first charge over theta.

    ``start - 1/2``, and ``(start - 1/2)^2 + 1/12``, where the finite number of cells makes the
    last term ``(1 - 1/CELLS^2) / 12``. ``start`` is a multiple of ``1/CELLS``, and a shift counts
    as the sum over all steps. Source: derived.
    """
    mean = start - Fraction(1, 2)  # eq: potential_initialization.12
    spread = (1 - Fraction(1, CELLS**2)) / 12
    return DriveError(mean, mean**2 + spread)  # eq: potential_initialization.13


def worst_drive_error(neurons: Iterable[Neuron], steps: int, start: Fraction) -> float:
    """Largest difference between `drive_error` and `predicted_error` among neurons."""
    expected = predicted_error(start)
    return max(drive_error(neuron, steps).miss(expected) for neuron in neurons)
