"""Record what every neuron did in every step."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from refsnn.neurons import Phase, Step
from refsnn.typing import Array


class Trace(NamedTuple):
    """Rows s = 1..S of one layer: everything a step saw and did. Arrays are (S, B, ...)."""

    phase: Array
    """(S,) names of the phases."""
    t: Array
    """(S,) step within the phase, counted over the whole run."""
    current: Array
    """Input current; zero where the phase takes no frame."""
    u: Array
    """What the comparison saw: membrane before the reset (emission: the count)."""
    fired: Array
    """+1, 0, -1 (inhibitory). In an emission: the spike sent."""
    v: Array
    """Membrane after the reset."""


class Recorder:
    """A watch that keeps the steps of the named layers (all when ``names`` is None)."""

    def __init__(self, names: Iterable[str] | None = None) -> None:
        self.names = None if names is None else frozenset(names)
        self.rows: dict[str, list[tuple[str, Array, Array, Array, Array]]] = {}

    def __call__(self, name: str, phase: Phase, current: Array | None, step: Step) -> None:
        """Keep one step of one layer."""
        if self.wants(name):
            given = np.zeros_like(step.state.v) if current is None else current
            row = (phase.name, given, step.u, step.fired, step.state.v)
            self.rows.setdefault(name, []).append(row)

    def wants(self, name: str) -> bool:
        """Whether this layer is recorded."""
        return self.names is None or name in self.names

    def traces(self) -> dict[str, Trace]:
        """One trace per recorded layer."""
        return {name: _stack(rows) for name, rows in self.rows.items()}


def _stack(rows: list[tuple[str, Array, Array, Array, Array]]) -> Trace:
    names = [row[0] for row in rows]
    clock = [names[: i + 1].count(name) for i, name in enumerate(names)]
    columns = (np.stack([row[k] for row in rows]) for k in range(1, 5))
    return Trace(np.array(names), np.array(clock), *columns)


class Later(UserDict[str, Any]):
    """A mapping whose values are computed when they are first asked for."""

    def __getitem__(self, name: str) -> Any:
        """The value, computed once."""
        value = self.data[name]
        if callable(value):
            value = self.data[name] = value()
        return value


@dataclass(frozen=True, eq=False)
class Run:
    """Outcome of running a spiking network on some samples."""

    logits: Array
    """(B, K)."""
    counts: Mapping[str, Array]
    """What each neuron's train stands for, in units of theta, (B, ...) int64."""
    sent: Mapping[str, Array]
    """Spikes sent, inhibitory ones too, (B, ...) int64."""
    sums: Mapping[str, Array]
    """Transmitted values summed over frames, (B, ...)."""
    charges: Mapping[str, Array]
    """Input charge, bias included, (B, ...)."""
    traces: Mapping[str, Trace]
    """Recorded layers."""


def joined(runs: list[Run]) -> Run:
    """The runs of consecutive blocks of samples as one."""
    if len(runs) == 1:
        return runs[0]
    first = runs[0]

    def cat(field: str) -> Mapping[str, Array]:
        def whole(name: str) -> Array:
            return np.concatenate([getattr(run, field)[name] for run in runs])

        names = getattr(first, field)
        if isinstance(names, Later):
            return Later({name: partial(whole, name) for name in names})
        return {name: whole(name) for name in names}

    traces = {name: _joined([run.traces[name] for run in runs]) for name in first.traces}
    logits = np.concatenate([run.logits for run in runs])
    return Run(logits, cat("counts"), cat("sent"), cat("sums"), cat("charges"), traces)


def _joined(traces: list[Trace]) -> Trace:
    along_batch = (
        np.concatenate(parts, axis=1) for parts in zip(*(t[2:] for t in traces), strict=True)
    )
    return Trace(traces[0].phase, traces[0].t, *along_batch)
