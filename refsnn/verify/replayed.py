"""A neuron that follows a `Rule`: the replay of what another implementation may have done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from refsnn.neurons import Neuron, Phase, Step, phases
from refsnn.semantics import Semantics
from refsnn.typing import Array, IntArray, Shape
from refsnn.verify.levels import frame_of, level_of
from refsnn.verify.membrane import excites, inhibits, integrated, reaches, reset
from refsnn.verify.rule import Rule


class ReplayState(NamedTuple):
    """State of `Replayed`."""

    v: Array
    last: Array
    """Spikes of the step before."""
    net: Array
    """Net spikes."""
    charge: Array
    """Charge so far, without the start value."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Replayed(Neuron):
    """The rule as a neuron. With the rule of ``base`` unchanged it does what ``base`` does.

    Parameters
    ----------
    base : Neuron
        Whose amplitude and decoding it keeps.
    rule : Rule
        What it does.
    """

    base: Neuron
    rule: Rule

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("synchronous", "thermometer"):
            object.__setattr__(self, name, getattr(self.base, name))

    @property
    def semantics(self) -> Semantics:
        """Those of the base, with the rule's bias plan."""
        return replace(self.base.semantics, bias_plan=self.rule.bias_plan)

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """That of the base, with more or fewer relaxation steps."""
        made = self.base.schedule(t_in)
        relaxing = [phase for phase in made if phase.name == "relax"]
        if not self.rule.relax or self.rule.kind != "count":
            return made
        steps = max(0, len(relaxing) + self.rule.relax)
        fresh = phases("relax", steps, consumes=False, emits=False)
        before = tuple(phase for phase in made if phase.name == "integrate")
        return (*before, *fresh, *(phase for phase in made if phase.name == "emit"))

    def init(self, shape: Shape, dtype: Any, bias: Array | None = None) -> ReplayState:
        """The rule's start value, plus a charge that enters once."""
        once = np.zeros(()) if bias is None else bias
        v = np.broadcast_to(np.asarray(self.rule.start, dtype) + once, shape).astype(dtype)
        nothing = np.zeros(shape, np.int64)
        return ReplayState(v, nothing, nothing, np.broadcast_to(once, shape).astype(dtype))

    def step(self, state: ReplayState, current: Array | None, phase: Phase) -> Step:
        """One step of the phase that the schedule names."""
        if phase.name == "fire":
            return self._fire(state, current)
        if phase.name == "emit":
            return self._emit(state, phase)
        return self._absorb(state, current, phase.name)

    def _fire(self, state: ReplayState, current: Array | None) -> Step:
        assert current is not None
        rule = self.rule
        u = integrated(rule, state.v, current)
        u = reset(rule, u, state.last) if rule.late else u
        n = excites(rule, u, state.net) - inhibits(rule, u, state.net)
        n = n if rule.dead is None else np.where(rule.dead, 0, n)
        v = u if rule.late else reset(rule, u, state.last if rule.lagging else n)
        v = v if rule.v_min is None else np.maximum(v, np.asarray(rule.v_min, v.dtype))
        sent = n.astype(np.int8)
        return Step(ReplayState(v, n, state.net + n, state.charge + current), sent, u, sent)

    def _absorb(self, state: ReplayState, current: Array | None, phase: str) -> Step:
        """Take a frame in, or relax."""
        rule, given = self.rule, np.zeros_like(state.v) if current is None else current
        u, charge = state.v + given, state.charge + given
        if rule.kind != "count":
            return Step(ReplayState(u, state.last, state.net, charge), None, u, 0 * state.net)
        n = reaches(rule, u, np.asarray(rule.theta, u.dtype)).astype(np.int64)
        if phase == "relax":
            n = n - inhibits(rule, u, state.net)
        v = reset(rule, u, n)
        return Step(ReplayState(v, n, state.net + n, charge), None, u, n.astype(np.int8))

    def _emit(self, state: ReplayState, phase: Phase) -> Step:
        rule = self.rule
        if rule.level != "own" or rule.lsb_first:
            level = level_of(rule, state.net, state.v, state.charge)
            return self._send(state, frame_of(rule, level, phase.t))
        if rule.kind == "count":
            spikes = (state.net >= phase.t + rule.offset).astype(np.int8)
            return Step(state, spikes, state.net, spikes)
        worth = 2.0 ** (rule.t_out - phase.t + rule.offset) if rule.kind == "bits" else 1.0
        threshold = np.asarray(rule.theta * worth, state.v.dtype)
        fired = reaches(rule, state.v, threshold)
        left = state.v - threshold * fired
        left = np.where(fired, 0, left).astype(left.dtype) if rule.hard else left
        spikes = fired.astype(np.int8)
        return Step(state._replace(v=left), spikes, state.v, spikes)

    def _send(self, state: ReplayState, n: Array) -> Step:
        u = state.net if self.rule.kind == "count" else state.v
        return Step(state, n, u, n)

    def max_count(self, frames: int) -> int:
        """That of the base."""
        return self.base.max_count(frames)

    def decode(self, spikes: Array) -> IntArray:
        """As the next layer reads it."""
        return self.base.decode(spikes[::-1] if self._flipped else spikes)

    def amplitude(self, frames: int, ndim: int, dtype: Any) -> Array:
        """As the next layer reads it."""
        worth = self.base.amplitude(frames, ndim, dtype)
        return worth[::-1] if self._flipped else worth

    @property
    def _flipped(self) -> bool:
        return self.rule.lsb_first and self.rule.read_so
