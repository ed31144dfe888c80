"""Edges of a packed network: a bit a spike, or a byte that stands for a whole train."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refsnn.engines import simd
from refsnn.engines.signals import Spikes
from refsnn.typing import Array, IntArray, Shape


class Train(NamedTuple):
    """Spikes 0 or 1 of a layer."""

    words: Array
    """(B, pixels, T, ceil(C / 64)) uint64."""
    shape: Shape
    """Of one sample, in the network."""
    amplitude: Array
    """What a spike is worth; broadcasts against a sample, in the dtype of the run."""
    sent: int
    """Spikes in all."""

    @classmethod
    def of(cls, spikes: Spikes) -> Train:
        """Pack a train of bytes. All its frames have one amplitude."""
        shape = spikes.sums.shape[1:]
        frames = spikes.spikes.reshape(*spikes.spikes.shape[:2], *image(shape))
        amplitude = spikes.amplitude[0].reshape(shape)
        return cls(simd.to_words(frames), shape, amplitude, int(spikes.spikes.sum()))

    @property
    def length(self) -> int:
        """T."""
        return int(self.words.shape[2])

    def counts(self, part: slice = slice(None)) -> IntArray:
        """Spikes of every neuron, (b, ...) int64."""
        words = self.words[part]
        return simd.to_counts(words, image(self.shape)).reshape(len(words), *self.shape)

    def rows(self, part: slice) -> Array:
        """Values (T, b, ...)."""
        words = self.words[part]
        spikes = simd.to_spikes(words, image(self.shape))
        return spikes.reshape(self.length, len(words), *self.shape) * self.amplitude

    def total(self, part: slice) -> Array:
        """Values summed over frames, (b, ...)."""
        return self.counts(part).astype(self.amplitude.dtype) * self.amplitude

    def spikes(self) -> IntArray:
        """Spikes sent by every neuron."""
        return self.counts()


class Codes(NamedTuple):
    """Counts of a layer whose output depends on its total charge only."""

    codes: Array
    """(B, H, W, C or more) uint8."""
    shape: Shape
    """Of one sample, in the network."""
    amplitude: Array
    """What a count of one is worth."""
    length: int
    """T of the train it stands for."""
    binary: bool
    """A train sends the bits of a count, not a spike for each."""

    def counts(self, part: slice = slice(None)) -> IntArray:
        """Counts of every neuron, (b, ...) int64."""
        codes = self.codes[part, ..., : image(self.shape)[0]]
        return codes.transpose(0, 3, 1, 2).reshape(len(codes), *self.shape).astype(np.int64)

    def spikes(self) -> IntArray:
        """Spikes sent by every neuron."""
        found = self.counts()
        return np.bitwise_count(found).astype(np.int64) if self.binary else found

    def total(self, part: slice) -> Array:
        """Values summed over frames, (b, ...)."""
        return self.counts(part).astype(self.amplitude.dtype) * self.amplitude

    def rows(self, part: slice) -> Array:
        """Never asked for: see `refsnn.engines.stages.trains`."""
        raise NotImplementedError


def image(shape: Shape) -> tuple[int, int, int]:
    """(C, H, W); a vector is an image of one pixel."""
    return (shape[0], shape[1], shape[2]) if len(shape) == 3 else (shape[0], 1, 1)
