"""Output layer: a neuron that never fires; its state is the logits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np

from refsnn.neurons.protocol import Neuron, Phase, Step, phases, positive
from refsnn.semantics import BiasPlan, Semantics
from refsnn.semantics import Readout as ReadoutKind
from refsnn.typing import Array, Shape


class ReadoutState(NamedTuple):
    """State of `Readout`."""

    v: Array
    """Sum of the currents so far."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Readout(Neuron):
    """Add up the currents of the last linear layer.

    Parameters
    ----------
    bias_plan : "every_frame", "once" or "spread"
        As of the neurons before it.
    kind : "mean" or "sum"
        Logits are the sum divided by the number of frames, or the sum.
    """

    theta: Array = field(default_factory=lambda: np.ones(()))
    """Never compared with: here for the protocol only."""
    bias_plan: BiasPlan = "every_frame"
    kind: ReadoutKind = "mean"

    laws: ClassVar[frozenset[str]] = frozenset({"batch", "permutation", "split_time"})

    @property
    def semantics(self) -> Semantics:
        """The conventions of this neuron as data."""
        return Semantics(
            reset="none", spikes_per_step=0, v_init=0.0, bias_plan=self.bias_plan, readout=self.kind
        )

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """Absorb every frame."""
        return phases("absorb", positive("T", t_in), consumes=True, emits=False)

    def init(self, shape: Shape, dtype: Any, bias: Array | None = None) -> ReadoutState:
        """Start at the bias."""
        return ReadoutState(
            np.broadcast_to(np.asarray(0 if bias is None else bias), shape).astype(dtype)
        )

    def step(self, state: ReadoutState, current: Array | None, phase: Phase) -> Step:
        """Add the current."""
        assert current is not None
        v = state.v + current
        return Step(ReadoutState(v), None, v, np.zeros(v.shape, np.int8))
