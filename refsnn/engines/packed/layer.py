"""A layer of a packed network: its weights as the kernels want them, and the choice of a kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from refsnn.engines import simd
from refsnn.engines.packed.trains import Codes, Train, image
from refsnn.engines.simd.geometry import Reading
from refsnn.typing import Array, IntArray, Shape

LISTED = 2**16
ADD, LIST, CALL = 0.5, 2.0, 10.0
"""ns for a row of 64 weights, for a word of 64 spikes, for a block of 64 outputs."""
DENSE, NEURONS = 0.14, 3.0
"""ns for 64 products of bytes, for the rest of 16 outputs. Only the ratios matter."""


class Matrix:
    """Weights of a tap, laid out when a kernel first wants them.

    Rows for events hold all that the weights do: these are then let go.
    """

    def __init__(self, reading: Reading, weights: Array, factor: int) -> None:
        self.reading, self.factor, self._weights = reading, factor, weights
        self.outputs, self.dtype = len(weights), weights.dtype

    @property
    def weights(self) -> Array:
        """(outputs, C, kh, kw)."""
        if self._weights.size:
            return self._weights
        return simd.of_events(self.rows, self.outputs, self.reading)

    @cached_property
    def numbers(self) -> IntArray:
        """The geometry."""
        return self.reading.numbers(self.factor)

    @property
    def readers(self) -> float:
        """Windows that read a spike, on average."""
        found, cells = 1, 1
        for axis in range(2):
            size = self.reading.shape[1 + axis] // self.reading.pool[axis]
            starts = np.arange(self.reading.out[axis]) * self.reading.stride[axis]
            taps = np.arange(self.reading.kernel[axis]) * self.reading.dilation[axis]
            place = starts[:, None] + taps - self.reading.padding[axis]
            found *= int(((place >= 0) & (place < size)).sum())
            cells *= size
        return found / cells

    @property
    def words(self) -> int:
        """Words of a window."""
        (ph, pw), (kh, kw) = self.reading.pool, self.reading.kernel
        return ph * pw * kh * kw * simd.words(self.reading.shape[0])

    @cached_property
    def tiles(self) -> Array:
        """For dense kernels."""
        return simd.for_tiles(self.weights)

    @cached_property
    def rows(self) -> Array:
        """For the event-driven kernel."""
        made = simd.for_events(self._weights)
        self._weights = np.zeros((0, 0, 0, 0), self.dtype)  # not a view, which would keep them
        return made

    def in_bytes(self) -> list[Matrix]:
        """Itself, or the two whose sum it is: ``w = 256 high + low``; none for floats."""
        if self.dtype == np.int8:
            return [self]
        if self.dtype != np.int16:
            return []
        low = self.weights.astype(np.int8)  # the lower byte, signed
        high = (self.weights.astype(np.int32) - low) >> 8
        if high.max(initial=0) > 127:
            return []
        upper = Matrix(self.reading, high.astype(np.int8), 256 * self.factor)
        return [upper, Matrix(self.reading, low, self.factor)]


NO_TRAIN = np.zeros((0, 0, 0, 0), np.uint64)
NO_CODES = np.zeros((0, 0, 0, 0), np.uint8)


class Input(NamedTuple):
    """A source as a kernel is given it."""

    edge: str
    numbers: IntArray
    """The geometry."""
    weights: Array


class Link(NamedTuple):
    """A source and its weights."""

    edge: str
    matrix: Matrix


@dataclass(frozen=True, eq=False)
class PackedLayer:
    """One stage; see `refsnn.engines.simd.dense.dense_frames` for what it computes."""

    links: tuple[Link, ...]
    """One or two."""
    same: str | None
    """Source of an identity shortcut."""
    worth: Array
    """int32 or float32 (outputs,), or empty."""
    p: Array
    """(4, outputs): start, level, drop, bias."""
    levels: Array
    """Of a counting layer (n, outputs)."""
    hard: bool
    shape: Shape
    """Of the output of a sample."""
    amplitude: Array
    frames: int
    """T of the output."""
    blank: int | None = None
    """The source is the image, in codes; the code of zero."""
    binary: bool = False
    """A train sends the bits of a count."""
    counts: bool = False
    """Counts its total charge, does not fire in every frame."""

    @property
    def outputs(self) -> int:
        """Channels."""
        return image(self.shape)[0]

    @cached_property
    def vectors(self) -> int:
        """Outputs in sixteens."""
        return simd.up(self.outputs, simd.LANES) // simd.LANES

    def fire(self, sources: Mapping[str, Any], batch: int, threads: int = 1) -> Train:
        """All frames of all samples."""
        c, h, w = image(self.shape)
        out = np.empty((batch, h * w, self.frames, simd.words(c)), np.uint64)
        rest = (self.p, self.vectors, int(self.hard))
        if self.blank is not None:
            (one, numbers, tiles), blank = self.dense[0], self.blank

            def work(part: slice) -> int:
                given = (sources[one][part], numbers, tiles, blank)
                return int(simd.still_frames(*given, *rest, out[part]))
        else:
            trains = {name: train.words for name, train in sources.items()}
            events = self.prefers_events(sources)
            run = simd.event_frames if events else simd.dense_frames
            inputs = self.sparse if events else self.dense

            def work(part: slice) -> int:
                return int(run(*self._given(inputs, trains, part, NO_TRAIN), *rest, out[part]))

        return Train(out, self.shape, self.amplitude, sum(shared(work, batch, threads)))

    def count(self, sources: Mapping[str, Any], batch: int, threads: int = 1) -> Codes:
        """The count of every neuron from one pass."""
        _, h, w = image(self.shape)
        out = np.empty((batch, h, w, self.vectors * simd.LANES), np.uint8)
        rest = (self.blank or 0, self.p, self.vectors, self.levels)

        def work(part: slice) -> None:
            given = self._given(self.dense, sources, part, NO_CODES)
            simd.code_counts(*given, *rest, out[part])

        shared(work, batch, threads)
        return Codes(out, self.shape, self.amplitude, self.frames, self.binary)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """Its sources."""
        names = [link.edge for link in self.links] + ([self.same] if self.same else [])
        return tuple(dict.fromkeys(names))

    @cached_property
    def sparse(self) -> list[Input]:
        """What the event-driven kernel is given."""
        return [Input(edge, one.numbers, one.rows) for edge, one in self.links]

    @cached_property
    def in_bytes(self) -> list[Link]:
        """Its sources for a dense kernel; none, where that cannot take the weights."""
        found = [Link(edge, part) for edge, one in self.links for part in one.in_bytes()]
        return found if len(found) <= 2 else []

    @cached_property
    def dense(self) -> list[Input]:
        """What a dense kernel is given."""
        return [Input(edge, one.numbers, one.tiles) for edge, one in self.in_bytes]

    @cached_property
    def listable(self) -> bool:
        """Whether lists of events can name all inputs, in sixteen bits."""
        return all(link.matrix.reading.inputs < LISTED for link in self.links)

    def prefers_events(self, trains: Mapping[str, Train]) -> bool:
        """Whether adding rows for spikes is quicker than reading every input."""
        if not (self.in_bytes and self.listable):
            return self.listable
        budget, prices = self._prices
        spikes = sum(trains[edge].sent * price for edge, price in prices)
        return spikes < budget * len(next(iter(trains.values())).words)

    @cached_property
    def _prices(self) -> tuple[float, list[tuple[str, float]]]:
        """What may be spent on the spikes of a sample, in ns, and the price of one of a source."""
        c, h, w = image(self.shape)
        blocks, windows = simd.words(c), h * w * self.frames
        lists = sum(link.matrix.words for link in self.links) * LIST + blocks * CALL
        halves = len(self.in_bytes) / len(self.links)  # int16: two products for one
        inputs = sum(link.matrix.reading.inputs for link in self.links)
        dense = halves * inputs / 4 * DENSE + NEURONS
        prices = [(edge, matrix.readers * blocks * ADD) for edge, matrix in self.links]
        return windows * (dense * self.vectors - lists), prices

    def _given(
        self, inputs: list[Input], sources: Mapping[str, Any], part: slice, nothing: Array
    ) -> list[Any]:
        """Arguments of a kernel for some samples."""
        made: list[Any] = []
        for edge, numbers, weights in inputs:
            made += [sources[edge][part], numbers, weights]
        if len(inputs) == 1:
            made += [nothing, simd.nothing(), made[2][:0]]
        return [*made, sources[self.same][part] if self.same else nothing, self.worth]


def shared(work: Callable[[slice], Any], batch: int, threads: int) -> list[Any]:
    """Work off the samples in as many parts as there are threads."""
    count = min(batch, threads)
    if count <= 1:
        return [work(slice(0, batch))]
    parts = [slice(batch * i // count, batch * (i + 1) // count) for i in range(count)]
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(work, parts))
