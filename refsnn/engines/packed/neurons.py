"""What of a neuron a packed layer needs: numbers for each output channel."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from refsnn.engines.packed.trains import image
from refsnn.neurons import IF, LIF, BitSerial, Neuron, Pascal, PascalFirst, ShiftedIF
from refsnn.typing import Array, Shape

MOST = 255
"""Counts are bytes."""


class Firing(NamedTuple):
    """A neuron that fires in every frame: ``u = v + I + bias``, a spike at ``u >= level``."""

    start: Array
    level: Array
    drop: Array
    """What a spike takes away."""
    bias: Array
    hard: bool
    """A spike sets the membrane to zero instead."""
    strict: bool
    """A spike needs ``u > level``."""


class Counting(NamedTuple):
    """A neuron whose count is ``clip(floor(total / theta + 1/2), 0, top)``."""

    theta: Array
    bias: Array
    """Added to the total once."""
    top: int


def firing(neuron: Neuron, shape: Shape, bias: Array) -> Firing | None:
    """The neuron's numbers (C,), float64; None for one of another kind, or not by channel."""
    if not _fires(neuron):
        return None
    theta, extra = neuron.theta, np.zeros(())
    if isinstance(neuron, ShiftedIF):
        extra = np.asarray(theta / (2 * neuron.t_ref))
    fields = [by_channel(v, shape) for v in (neuron.start(), theta, theta, bias, extra)]
    if any(field is None for field in fields):
        return None
    start, level, drop, constant, shift = fields
    hard, strict = neuron.semantics.reset == "zero", neuron.semantics.compare == "gt"
    return Firing(start, level, drop, constant + shift, hard, strict)  # type: ignore[operator, arg-type]


def _fires(neuron: Neuron) -> bool:
    if type(neuron) in (IF, ShiftedIF):
        return not neuron.as_released  # type: ignore[attr-defined]
    return type(neuron) is LIF and neuron.plain


def counting(neuron: Neuron, shape: Shape, bias: Array, frames: int) -> Counting | None:
    """The same for neurons whose output is a function of their total charge."""
    if type(neuron) not in (BitSerial, Pascal, PascalFirst) or getattr(neuron, "drop", 0) != 0:
        return None
    plan = neuron.semantics.bias_plan
    top = neuron.max_count(neuron.frames_out(frames))
    theta = by_channel(neuron.theta, shape)
    constant = by_channel(bias if plan == "once" else bias * frames, shape)
    if theta is None or constant is None or top > MOST or plan == "spread":
        return None
    return Counting(theta, constant, top)


def by_channel(values: Any, shape: Shape) -> Array | None:
    """Numbers that broadcast against a sample as one a channel, float64; None if they differ."""
    values = np.asarray(values, np.float64)
    if values.ndim > len(shape):
        values = values[0]
    c, h, w = image(shape)
    full = np.broadcast_to(values, shape).reshape(c, h * w)
    first = full[:, :1]
    return np.array(first[:, 0]) if np.all(full == first) else None
