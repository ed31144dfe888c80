"""What an edge of the compiled engine carries: floats, or spikes that become floats when read."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from refsnn.codings import is_constant
from refsnn.neurons import Neuron
from refsnn.typing import Array, Shape

EVERYTHING = slice(None)


class Signal(Protocol):
    """A train of a whole batch."""

    def rows(self, part: slice) -> Array:
        """Values (T, b, ...) of some samples."""

    def total(self, part: slice) -> Array:
        """Values summed over frames, (b, ...)."""

    @property
    def length(self) -> int:
        """T."""


class Values(NamedTuple):
    """Floats."""

    frames: Array
    """(T, B, ...)."""

    def rows(self, part: slice) -> Array:
        """A view."""
        return self.frames[:, part]

    def total(self, part: slice) -> Array:
        """One product where all frames are the same."""
        rows = self.rows(part)
        if is_constant(rows):
            return np.asarray(rows[0] * rows.dtype.type(len(rows)))
        return np.asarray(rows.sum(axis=0))

    @property
    def length(self) -> int:
        """T."""
        return len(self.frames)


class Spikes(NamedTuple):
    """Spikes and what they are worth: a quarter or an eighth of the memory of the floats."""

    spikes: Array
    """(T, B, S) int8."""
    amplitude: Array
    """(T, S), or (1, S) where a spike of every frame is worth the same."""
    sums: Array
    """(B, ...): values summed over frames."""

    def rows(self, part: slice) -> Array:
        """Spikes times amplitude."""
        from refsnn.engines.kernels.shared import values

        length, batch, size = self.spikes.shape
        lo, hi, _ = part.indices(batch)
        out = np.empty((length, hi - lo, size), self.amplitude.dtype)
        values(self.spikes, self.amplitude, lo, out)
        return out.reshape(length, hi - lo, *self.sums.shape[1:])

    def total(self, part: slice) -> Array:
        """A view of the sums."""
        return self.sums[part]

    @property
    def length(self) -> int:
        """T."""
        return len(self.spikes)


class Total(NamedTuple):
    """An edge of which only the sum over frames is asked for."""

    sums: Array
    """(B, ...)."""
    length: int
    """T of the train it stands for."""

    def rows(self, part: slice) -> Array:
        """Never asked for: see `refsnn.engines.stages.trains`."""
        raise NotImplementedError

    def total(self, part: slice) -> Array:
        """A view of the sums."""
        return self.sums[part]


def amplitude_of(neuron: Neuron, frames: int, shape: Shape, dtype: np.dtype[np.generic]) -> Array:
    """`Neuron.amplitude` as `Spikes` keeps it."""
    values = neuron.amplitude(frames, len(shape), dtype)[:, 0]
    values = values[:1] if values.strides[0] == 0 else values
    return np.array(
        np.broadcast_to(values, (len(values), *shape)).reshape(len(values), int(np.prod(shape)))
    )
