"""The operations in front of a layer of neurons, evaluated for a block of samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from refsnn.engines.propagate import linear_part, over_frames
from refsnn.engines.signals import Signal
from refsnn.engines.stages import Stage
from refsnn.graph import Node
from refsnn.snn import SNN
from refsnn.typing import Array, Params


class Source(NamedTuple):
    """What drives a stage."""

    snn: SNN
    stage: Stage
    params: dict[str, Params]
    """Biases at zero: they enter in the neurons."""
    signals: Mapping[str, Signal]
    """The edges it reads."""
    offsets: Mapping[str, Array]

    @classmethod
    def of(
        cls, snn: SNN, stage: Stage, signals: Mapping[str, Signal], offsets: Mapping[str, Array]
    ) -> Source:
        """The signals of now: what is forgotten later stays."""
        params: dict[str, Params] = {}
        for node in stage.inside:
            own = snn.graph.of(node.name)
            params[node.name] = own if node.name in snn.analog else linear_part(node.op, own)
        return cls(snn, stage, params, {name: signals[name] for name in stage.reads}, offsets)

    @property
    def length(self) -> int:
        """T: a train keeps the length of the first input of every operation."""
        name, inside = self.stage.source, {node.name: node for node in self.stage.inside}
        while name in inside:
            name = inside[name].inputs[0]
        return self.signals[name].length

    def rows(self, part: slice) -> Array:
        """Currents (T, b, ...) of some samples."""
        found = {name: signal.rows(part) for name, signal in self.signals.items()}
        for node in self.stage.inside:
            inputs = self._inputs(node, found)
            found[node.name] = over_frames(node.op, self.params[node.name], inputs)
        return found[self.stage.source]

    def total(self, part: slice) -> Array:
        """Their sum over frames, (b, ...), from the sums of what is read: one pass, not T."""
        found = {name: signal.total(part) for name, signal in self.signals.items()}
        for node in self.stage.inside:
            inputs = [found[name] for name in node.inputs]
            found[node.name] = node.op.apply(self.params[node.name], *inputs)
        return found[self.stage.source]

    def _inputs(self, node: Node, found: Mapping[str, Array]) -> list[Array]:
        inputs = [found[name] for name in node.inputs]
        if node.name in self.snn.analog:
            return [inputs[0] + self.offsets[node.inputs[0]]]
        return inputs
