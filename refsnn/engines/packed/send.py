"""Send the frames of an image through a network with packed layers where it has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from refsnn.codings import is_constant
from refsnn.engines import blocked
from refsnn.engines.packed.layer import PackedLayer
from refsnn.engines.packed.pixels import Pixels
from refsnn.engines.packed.plan import Plan, plan_of
from refsnn.engines.packed.trains import Codes, Train
from refsnn.engines.propagate import Chunk, share
from refsnn.engines.signals import EVERYTHING, Signal, Spikes, Values
from refsnn.engines.source import Source
from refsnn.engines.stages import Stage
from refsnn.engines.trace import Later, Recorder
from refsnn.graph import INPUT
from refsnn.neurons.readout import ReadoutState
from refsnn.snn import SNN
from refsnn.typing import Array


def send(
    snn: SNN,
    frames: Array,
    states: Mapping[str, Any],
    offsets: Mapping[str, Array],
    recorder: Recorder,
    *,
    floats: bool = False,
    threads: int = 1,
) -> Chunk:
    """As `refsnn.engines.propagate.propagate`, at level E bit for bit, which the caller has proved.

    Counts, sums and charges are computed when they are asked for. States are those of the readout
    and of layers that do not run packed: networks with frames after the image, a state to start
    from, or traces are left to `refsnn.engines.blocked`.

    Parameters
    ----------
    floats : bool
        Weights in float32, events added in an order of their own: spikes can move.
    threads : int
        Threads that share the samples of a layer.
    """
    still = len(frames) == 1 or is_constant(frames)
    plain = still and not snn.extra_frames and not states
    if not plain or recorder.names is None or recorder.names:
        rest = (states, offsets, recorder)
        return blocked.send(snn, frames, *rest, totals=True, threads=threads)
    plan, codes = _planned(snn, frames[0], floats)
    chunk = Chunk({}, Later(), Later(), Later(), Later())  # type: ignore[arg-type]
    walk = blocked.Walk(snn, frames, {}, offsets, recorder, plan.stepped, chunk, threads)
    return _Walk(walk, plan, codes).run()


class _Walk:
    """One pass."""

    def __init__(self, walk: blocked.Walk, plan: Plan, codes: Array | None) -> None:
        self.walk, self.plan, self.codes = walk, plan, codes
        self.snn, self.chunk = walk.snn, walk.chunk
        self.signals: dict[str, Any] = {INPUT: Values(walk.frames)}

    def run(self) -> Chunk:
        """Every stage in turn."""
        for stage in self.plan.stages:
            layer = self.plan.layers.get(stage.name)
            if stage is self.plan.stages[-1]:
                self._read_out(stage)
            elif layer is None:
                found = blocked.worked_off(self.walk, stage, self._currents(stage))
                self.signals[stage.name] = found
            else:
                self.signals[stage.name] = self._packed(stage, layer)
        return self.chunk

    def _packed(self, stage: Stage, layer: PackedLayer) -> Signal:
        (_, batch, *_), threads = self.walk.frames.shape, self.walk.threads
        sources: dict[str, Any]
        if layer.analog:  # one frame stands for all
            one = self.walk.frames[:1]
            sources = {INPUT: Source.of(self.snn, stage, {INPUT: Values(one)}, self.walk.offsets)}
            blocks = list(blocked.parts(stage, batch, one.itemsize, threads))
        else:
            sources = {name: self._source(name) for name in layer.reads}
            blocks = blocked.even(batch, threads)
        run = layer.count if layer.counts else layer.fire
        signal: Train | Codes = run(sources, blocks, threads)
        name = stage.name
        self.chunk.counts[name] = signal.counts  # type: ignore[assignment]
        self.chunk.sent[name] = signal.spikes  # type: ignore[assignment]
        self.chunk.sums[name] = lambda: signal.total(EVERYTHING)  # type: ignore[assignment]
        self.chunk.charges[name] = lambda: self._charge(stage)  # type: ignore[assignment]
        return signal

    def _source(self, name: str) -> Any:
        """Bytes of the image or of counts, or a train of bits."""
        signal = self.signals[name]
        if name == INPUT:
            return self.codes
        if isinstance(signal, Codes):
            return signal.codes
        if isinstance(signal, Spikes):
            signal = self.signals[name] = Train.of(signal)
        return signal

    def _currents(self, stage: Stage) -> Source:
        return Source.of(self.snn, stage, self.signals, self.walk.offsets)

    def _read_out(self, stage: Stage) -> None:
        """The readout needs the sum of its currents only."""
        total = self._charge(stage)
        self.chunk.states[stage.name] = ReadoutState(total)
        self.chunk.charges[stage.name] = total

    def _charge(self, stage: Stage) -> Array:
        """The sum of the currents, bias included: linear in the sums of the sources."""
        assert stage.neuron is not None
        source = self._currents(stage)
        bias = share(self.snn, stage.neuron, stage.source, self.walk.offsets)
        once = stage.neuron.semantics.bias_plan == "once"
        times = bias.dtype.type(1 if once else self.snn.frames[stage.source])
        return np.asarray(source.total(EVERYTHING) + bias * times)


_SEEN: WeakKeyDictionary[SNN, dict[str, Pixels]] = WeakKeyDictionary()


def _planned(snn: SNN, x: Array, floats: bool) -> tuple[Plan, Array | None]:
    """The plan for an image, and its bytes: in the form of the image before, if that fits."""
    if floats:
        return plan_of(snn, x.dtype, None, True), None
    seen = _SEEN.setdefault(snn, {})
    known = seen.get(x.dtype.str)
    codes = None if known is None else known.codes(x)
    if codes is None:
        known = Pixels.of(x)
        codes = None if known is None else known.codes(x)
        if known is not None and codes is not None:
            seen[x.dtype.str] = known
    return plan_of(snn, x.dtype, known if codes is not None else None, False), codes
