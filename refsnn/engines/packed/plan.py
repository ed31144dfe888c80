"""Which stages of a network run packed, and how; worked out once for a network and its data."""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from refsnn.engines.packed.layer import PackedLayer
from refsnn.engines.packed.make import Given, in_floats, in_integers, readable
from refsnn.engines.packed.neurons import Counting, Firing, by_channel, counting, firing
from refsnn.engines.packed.pixels import Pixels
from refsnn.engines.packed.taps import Tap, taps
from refsnn.engines.propagate import constant_part, share
from refsnn.engines.stages import Stage, stages, trains
from refsnn.graph import INPUT
from refsnn.neurons import IF, LIF, BitSerial, ShiftedIF
from refsnn.snn import SNN
from refsnn.typing import Array


class Plan(NamedTuple):
    """What is done with each stage."""

    stages: list[Stage]
    stepped: frozenset[str]
    """Stages that need every frame of their source."""
    layers: dict[str, PackedLayer]
    """Those that run packed."""


_KNOWN: WeakKeyDictionary[SNN, dict[Any, Plan]] = WeakKeyDictionary()


def plan_of(snn: SNN, dtype: Any, pixels: Pixels | None, floats: bool) -> Plan:
    """The plan for data of a type, made once; ``floats``: in float32, not in exact integers."""
    known = _KNOWN.setdefault(snn, {})
    key = (np.dtype(dtype).str, pixels, floats)
    if key not in known:
        cut = stages(snn, whole=False)
        stepped = trains(snn, cut, lambda _: False)
        framed = {name for stage in cut if stage.name in stepped for name in stage.reads}
        planner = _Planner(snn, dtype, pixels, floats, stepped, framed, {})
        for stage in cut[:-1]:
            planner.add(stage)
        known[key] = Plan(cut, stepped, planner.layers)
    return known[key]


class _Planner(NamedTuple):
    snn: SNN
    dtype: Any
    pixels: Pixels | None
    floats: bool
    stepped: frozenset[str]
    framed: set[str]
    """Edges that some stage needs frame by frame."""
    layers: dict[str, PackedLayer]

    def add(self, stage: Stage) -> None:
        """Note the packed form of a stage, if there is one."""
        found = None if stage.neuron is None else taps(self.snn.graph, stage)
        if not found or not readable(found) or not all(self._reads(stage, tap) for tap in found):
            return
        given = self._given(stage, found)
        made = None if given is None else (in_floats if self.floats else in_integers)(given)
        if made is not None:
            self.layers[stage.name] = made

    def _reads(self, stage: Stage, tap: Tap) -> bool:
        """Whether a source comes in bits, or in codes, as the stage needs it."""
        if tap.edge == INPUT:
            return self.floats or self.pixels is not None
        if stage.name not in self.stepped:
            return tap.edge in self.layers and tap.edge not in self.stepped
        neuron = self.snn.neurons.get(tap.edge)
        return type(neuron) in (IF, ShiftedIF) or (type(neuron) is LIF and neuron.most == 1)

    def _given(self, stage: Stage, found: list[Tap]) -> Given | None:
        graph, neuron = self.snn.graph, self._neuron(stage)
        worths = [self._worth(tap) for tap in found]
        known = [worth for worth in worths if worth is not None]
        if neuron is None or len(known) < len(worths):
            return None
        still = found[0].edge == INPUT
        return Given(
            found, known, [self._largest(tap) for tap in found], self.snn.frames[stage.source],
            neuron, graph.shapes[stage.name], self._amplitude(stage.name),
            self.snn.frames[stage.name], self.pixels.blank if still and self.pixels else None,
            isinstance(stage.neuron, BitSerial),
        )  # fmt: skip

    def _neuron(self, stage: Stage) -> Firing | Counting | None:
        assert stage.neuron is not None
        offsets = constant_part(self.snn, self.dtype)
        bias = share(self.snn, stage.neuron, stage.source, offsets)
        shape = self.snn.graph.shapes[stage.name]
        if stage.name in self.stepped:
            return firing(stage.neuron, shape, bias)
        if stage.name in self.framed:
            return None  # a count is no train
        return counting(stage.neuron, shape, bias, self.snn.frames[stage.source])

    def _worth(self, tap: Tap) -> Array | None:
        if tap.edge == INPUT:
            frac = self.pixels.frac if self.pixels else 0  # as floats: as it is
            return np.full(tap.reading.shape[0], 2.0**-frac)
        worth = by_channel(self._amplitude(tap.edge), self.snn.graph.shapes[tap.edge])
        return None if worth is None else worth * np.asarray(tap.scale, np.float64)

    def _amplitude(self, name: str) -> Array:
        """What a spike of a layer is worth, or (bits) a count of one."""
        neuron, shape = self.snn.neurons[name], self.snn.graph.shapes[name]
        value = neuron.amplitude(1, len(shape), self.dtype)[0, 0]
        if isinstance(neuron, BitSerial):
            value = np.asarray(neuron.theta, self.dtype)
        return np.array(np.broadcast_to(value, shape))

    def _largest(self, tap: Tap) -> int:
        area = tap.reading.pool[0] * tap.reading.pool[1]
        if tap.edge == INPUT:
            return 255
        if tap.edge in self.stepped:
            return area
        neuron = self.snn.neurons[tap.edge]
        return area * neuron.max_count(self.snn.frames[tap.edge])
