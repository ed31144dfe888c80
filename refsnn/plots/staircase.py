"""What a neuron sends against what drives it: the staircase on top of the clipped ReLU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from refsnn.plots.canvas import GREY, LOOKS
from refsnn.typing import Array


def staircases(axis: Any, drive: Array, sent: Mapping[str, Array], theta: float) -> None:
    """Stairs over the clipped ReLU that they stand for; both axes have the unit of theta.

    Parameters
    ----------
    drive : array (K,)
        Constant inputs, ascending.
    sent : mapping
        Name to the values sent (K,), such as theta N / T.
    """
    axis.plot(drive, np.clip(drive, 0, theta), color=GREY, lw=5, alpha=0.5, label="clipped ReLU")
    axis.axvline(theta, color=GREY, linestyle=":")
    axis.text(theta, 0, " theta", color=GREY)
    for (name, values), (colour, _), line in zip(sent.items(), LOOKS, LINES, strict=False):
        axis.step(drive, values, line, where="post", color=colour, linewidth=1.8, label=name)
    axis.set(xlabel="input x of every step (charge)", ylabel="sent: theta N / T (charge)")
    axis.legend(loc="upper left")


LINES = ("--", "-", "-.", ":") * 2
"""Looks of the stairs, beside their colours."""
