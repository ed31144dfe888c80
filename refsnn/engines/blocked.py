"""Send a chunk of frames through a network with compiled neurons, in blocks of samples.

The same calls of the same operations as `refsnn.engines.propagate` and the same arithmetic in
every neuron; what differs is the storage. Trains are kept as int8 spikes, and the operations
between two layers of neurons see a block of samples at a time: no float train of a whole batch
exists, except behind a `Linear` layer, whose last bits can depend on the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from refsnn.codings import is_constant
from refsnn.engines.kernels import bound
from refsnn.engines.layer import Layer
from refsnn.engines.propagate import Chunk, fire, share
from refsnn.engines.signals import EVERYTHING, Signal, Total, Values
from refsnn.engines.source import Source
from refsnn.engines.stages import Stage, stages, trains
from refsnn.engines.trace import Recorder
from refsnn.graph import INPUT
from refsnn.snn import SNN
from refsnn.typing import Array

BLOCK_BYTES = 2 * 2**20
"""Largest train of floats between two layers of neurons (at least that of one sample)."""


class Walk(NamedTuple):
    """A chunk of frames on its way through a network."""

    snn: SNN
    frames: Array
    states: Mapping[str, Any]
    offsets: Mapping[str, Array]
    recorder: Recorder
    stepped: frozenset[str]
    """Stages that need every frame of their source; the others take its sum."""
    chunk: Chunk
    threads: int


def send(
    snn: SNN,
    frames: Array,
    states: Mapping[str, Any],
    offsets: Mapping[str, Array],
    recorder: Recorder,
    *,
    totals: bool = False,
    threads: int = 1,
) -> Chunk:
    """As `refsnn.engines.propagate.propagate`; recorded layers are left to its time loop.

    Parameters
    ----------
    totals : bool
        Layers that depend on their total charge only are given it as a train of one frame.
    threads : int
        Threads that share the blocks of a layer: one parallel region a layer.
    """
    chunk, plan = Chunk({}, {}, {}, {}, {}), stages(snn)
    stepped = trains(snn, plan, recorder.wants) if totals else frozenset(s.name for s in plan)
    walk = Walk(snn, frames, states, offsets, recorder, stepped, chunk, threads)
    signals: dict[str, Signal] = {INPUT: Values(frames)}
    for i, stage in enumerate(plan):
        signals[stage.name] = worked_off(walk, stage, Source.of(snn, stage, signals, offsets))
        needed = {name for later in plan[i + 1 :] for name in later.reads}
        signals = {name: signal for name, signal in signals.items() if name in needed}
    return chunk


def worked_off(walk: Walk, stage: Stage, source: Source) -> Signal:
    """Run one stage; gives its train."""
    drive = Drive.of(walk, stage, source)
    batch, neuron = walk.frames.shape[1], stage.neuron
    blocks = parts(stage, batch, drive.frames * walk.frames.itemsize, walk.threads)
    if neuron is None:
        return drive.kept(blocks)
    shape = (batch, *walk.snn.graph.shapes[stage.source])
    alone = int(np.prod(shape)) == 1  # one number: NumPy adds its frames up in another order
    kernel = None
    if not (alone or walk.recorder.wants(stage.name)):
        kernel = bound(neuron, shape[1:], walk.frames.dtype)
    if kernel is None:
        rest = (walk.states, walk.chunk, walk.recorder)
        return Values(fire(stage.name, neuron, drive.rows(EVERYTHING), drive.bias, *rest))
    given = walk.states.get(stage.name)
    layer = Layer.of(kernel, neuron, shape, drive.frames, drive.bias, given)
    each(lambda part: layer.drive(drive.rows(part), part.start), blocks, walk.threads)
    return layer.close(walk.chunk, stage.name)


class Drive(NamedTuple):
    """What a stage is given: every frame, or one that holds their sum."""

    source: Source
    frames: int
    """T, or 1."""
    bias: Array
    """(1, ...): what enters in each of these frames, or once."""
    stepped: bool

    @classmethod
    def of(cls, walk: Walk, stage: Stage, source: Source) -> Drive:
        """As the walk has it."""
        length, stepped = source.length, stage.name in walk.stepped
        neuron, bias = stage.neuron, walk.offsets[stage.source]
        if neuron is not None:
            bias = share(walk.snn, neuron, stage.source, walk.offsets)
            if not stepped and neuron.semantics.bias_plan == "every_frame":
                bias = bias * bias.dtype.type(length)
        return cls(source, length if stepped else 1, bias, stepped)

    def rows(self, part: slice) -> Array:
        """(T or 1, b, ...) of some samples."""
        return self.source.rows(part) if self.stepped else self.source.total(part)[None]

    def kept(self, blocks: Iterable[slice]) -> Signal:
        """An operation that is a stage of its own."""
        found = [self.rows(part) for part in blocks]
        constant = is_constant(found[0])
        rows = np.concatenate([rows[:1] if constant else rows for rows in found], axis=1)
        if not self.stepped:
            return Total(rows[0], self.source.length)
        return Values(np.broadcast_to(rows, (self.frames, *rows.shape[1:])))


def parts(stage: Stage, batch: int, bytes_each: int, threads: int) -> Iterator[slice]:
    """Blocks of samples whose largest train fits `BLOCK_BYTES`, at least one for each thread."""
    rows = max(1, min(BLOCK_BYTES // (bytes_each * stage.size), -(-batch // threads)))
    rows = batch if stage.whole else rows
    for start in range(0, batch, rows):
        yield slice(start, min(batch, start + rows))


def even(batch: int, threads: int) -> list[slice]:
    """As many blocks as there are threads."""
    count = max(1, min(batch, threads))
    return [slice(batch * i // count, batch * (i + 1) // count) for i in range(count)]


def each(work: Callable[[slice], Any], blocks: Iterable[slice], threads: int) -> list[Any]:
    """Work off all blocks; every block has rows of its own to write to."""
    if threads == 1:
        return [work(block) for block in blocks]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, blocks))
