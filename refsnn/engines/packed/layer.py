"""A layer of a packed network: its weights as the kernels want them, and the choice of a kernel."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from refsnn.engines import simd
from refsnn.engines.blocked import each
from refsnn.engines.packed.trains import Codes, Train, image
from refsnn.engines.simd.geometry import Reading
from refsnn.engines.source import Source
from refsnn.graph import INPUT
from refsnn.typing import Array, IntArray, Shape

LISTED = 2**16
ADD, LIST, CALL = 0.5, 2.0, 10.0
"""ns for a row of 64 weights, for a word of 64 spikes, for a block of 64 outputs."""
DENSE, NEURONS = 0.14, 1.5
"""ns for 64 products of bytes, for the rest of 16 outputs."""
FETCH, STREAM = 5.0, 1.3
"""ns more for 64 weights that are far: for a row somewhere, for the next of all. As measured once;
only the ratios of these prices matter."""
NEAR = 2**20
"""Bytes of weights that are not far: those of a usual cache of a processor."""


class Matrix:
    """Weights of a tap, laid out when a kernel first wants them.

    Rows for events hold all that the weights do: these are then let go.
    """

    def __init__(self, reading: Reading, weights: Array, factor: int) -> None:
        self.reading, self.factor = reading, factor
        self.outputs, self.dtype = len(weights), weights.dtype
        self._weights: Array = weights
        self._rows: Array | None = None
        self._lock = Lock()

    @property
    def weights(self) -> Array:
        """(outputs, C, kh, kw)."""
        with self._lock:
            if self._rows is None:
                return self._weights
        return simd.of_events(self._rows, self.outputs, self.reading)

    @property
    def rows(self) -> Array:
        """For the event-driven kernel."""
        with self._lock:  # whoever runs the network in another thread must not find neither
            if self._rows is None:
                self._rows = simd.for_events(self._weights)
                self._weights = np.zeros((0, 0, 0, 0), self.dtype)  # no view, which would keep them
            return self._rows

    @cached_property
    def numbers(self) -> IntArray:
        """The geometry."""
        return self.reading.numbers(self.factor)

    @cached_property
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

    @property
    def far(self) -> bool:
        """Whether the weights are too many to stay near the processor."""
        return self.outputs * self.reading.inputs * self.dtype.itemsize > NEAR

    def rows_price(self, spikes: float) -> float:
        """Ns for the rows of so many spikes: each is added, and where they are far first fetched.

        Spikes that are anywhere leave the share ``exp(-reads / inputs)`` of the rows alone.
        """
        reads, inputs = spikes * self.readers, self.reading.inputs
        fetched = -math.expm1(-reads / inputs) * inputs if self.far else 0
        return simd.words(self.outputs) * (reads * ADD + fetched * FETCH)

    @cached_property
    def tiles(self) -> Array:
        """For dense kernels."""
        return simd.for_tiles(self.weights)

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
    """One or two; none where the image comes as currents in float32."""
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
    def analog(self) -> bool:
        """Whether its currents are those of the image, worked out elsewhere."""
        return not self.links

    @property
    def outputs(self) -> int:
        """Channels."""
        return image(self.shape)[0]

    @cached_property
    def vectors(self) -> int:
        """Outputs in sixteens."""
        return simd.up(self.outputs, simd.LANES) // simd.LANES

    def fire(self, sources: Mapping[str, Any], blocks: list[slice], threads: int = 1) -> Train:
        """All frames of all samples, ``blocks`` of which are worked off one by one."""
        c, h, w = image(self.shape)
        out = np.empty((blocks[-1].stop, h * w, self.frames, simd.words(c)), np.uint64)
        kernel, rest = self._kernel(sources), (self.p, self.vectors, int(self.hard))
        sent = each(lambda part: int(kernel(part)(*rest, out[part])), blocks, threads)
        return Train(out, self.shape, self.amplitude, sum(sent))

    def _kernel(self, sources: Mapping[str, Any]) -> Callable[[slice], Callable[..., int]]:
        """The kernel, with what it reads of some samples."""
        if self.analog:
            return lambda part: partial(simd.steady_frames, self._currents(sources[INPUT], part))
        if self.blank is not None:
            (edge, numbers, tiles), blank = self.dense[0], self.blank
            codes = sources[edge]
            return lambda part: partial(simd.still_frames, codes[part], numbers, tiles, blank)
        events = self.prefers_events(sources)
        run, inputs = (
            (simd.event_frames, self.sparse) if events else (simd.dense_frames, self.dense)
        )
        trains = {name: train.words for name, train in sources.items()}
        return lambda part: partial(run, *self._given(inputs, trains, part, NO_TRAIN))

    def _currents(self, source: Source, part: slice) -> Array:
        """Those of an image that stands still, which is one frame."""
        (rows,) = source.rows(part)
        return simd.in_blocks(rows.reshape(len(rows), *image(self.shape)))

    def count(self, sources: Mapping[str, Any], blocks: list[slice], threads: int = 1) -> Codes:
        """The count of every neuron from one pass."""
        _, h, w = image(self.shape)
        out = np.empty((blocks[-1].stop, h, w, self.vectors * simd.LANES), np.uint8)
        rest = (self.blank or 0, self.p, self.vectors, self.levels)

        def work(part: slice) -> None:
            given = self._given(self.dense, sources, part, NO_CODES)
            simd.code_counts(*given, *rest, out[part])

        each(work, blocks, threads)
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
        budget, batch = self._budget, len(next(iter(trains.values())).words)
        price = sum(one.rows_price(trains[edge].sent / batch) for edge, one in self.links)
        return price < budget

    @cached_property
    def _budget(self) -> float:
        """Ns that the dense kernel takes for a sample, less those of the lists of events."""
        c, h, w = image(self.shape)
        lists = sum(link.matrix.words for link in self.links) * LIST + simd.words(c) * CALL
        halves = len(self.in_bytes) / len(self.links)  # int16: two products for one
        inputs = sum(link.matrix.reading.inputs for link in self.links)
        dense = halves * inputs / 4 * DENSE + NEURONS
        far = sum(matrix.outputs * matrix.reading.inputs for _, matrix in self.links if matrix.far)
        return h * w * self.frames * (dense * self.vectors - lists) + halves * far / 64 * STREAM

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
