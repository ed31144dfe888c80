"""Spike-accumulation neuron of PASCAL (Ramesh & Srinivasan, TMLR 2025).

It sends the QCFS level of its total charge, as a spike train.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from refsnn.neurons.protocol import Neuron, Phase, Step, phases, positive, start_value
from refsnn.semantics import BiasPlan, Semantics
from refsnn.typing import Array, Shape

TOLERANCE = 8e-5
"""Absolute slack of every comparison in the authors' code; used by ``as_released`` only."""


class PascalState(NamedTuple):
    """State of `Pascal`."""

    v: Array
    """Membrane, in the unit of theta."""
    count: Array  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    """Signed spike count, int64 (as released: theta times the count, in the membrane's dtype)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pascal(Neuron):
    """Count spikes while the input lasts, correct the count, then emit it.

    Parameters
    ----------
    theta : float or array, > 0
        Threshold and spike amplitude: lambda / L of the QCFS activation it replaces.
    t_out : int >= 1
        Output frames: the levels L of that activation.
    as_released : bool
        The authors' code: comparisons with a tolerance of 8e-5, the count kept as a float
        multiple of theta, the bias as ``b / T`` in every frame.

    Exactness
    ---------
    Exact. In exact arithmetic the emitted count is ``clip(floor(sum(I) / theta + 1/2), 0, t_out)``
    for every input in every order: pascal.10, law `test_pascal_is_qcfs`.
    ``max(T_in, t_out) - 1`` relaxation steps are enough, and one fewer is not. With
    ``as_released=True`` the theorem does not hold near ties.

    Source
    ------
    Neuron: the authors' code, without its comparison tolerance. Theorem: claimed by the paper,
    proved in docs/equations.md.
    """

    t_out: int
    as_released: bool = False

    synchronous: ClassVar[bool] = False
    thermometer: ClassVar[bool] = True
    laws: ClassVar[frozenset[str]] = frozenset(
        {"conservation", "batch", "permutation", "rescale", "order", "qcfs_level"}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "t_out", positive("Pascal.t_out", self.t_out))

    @property
    def semantics(self) -> Semantics:
        """The conventions of this neuron as data."""
        plan: BiasPlan = "spread" if self.as_released else "once"
        return Semantics(negative="free", bias_plan=plan, readout="sum")

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """Integrate ``t_in`` frames, relax, emit ``t_out`` frames."""
        positive("T", t_in)
        return (
            phases("integrate", t_in, consumes=True, emits=False)
            + phases("relax", max(t_in, self.t_out) - 1, consumes=False, emits=False)
            + phases("emit", self.t_out, consumes=False, emits=True)
        )

    def init(self, shape: Shape, dtype: Any, bias: Array | None = None) -> PascalState:
        """Start at half a threshold, plus the bias."""
        start = start_value(self.theta, 0.5, dtype) + (0 if bias is None else bias)
        counter = dtype if self.as_released else np.int64
        return PascalState(np.broadcast_to(start, shape).astype(dtype), np.zeros(shape, counter))

    def step(self, state: PascalState, current: Array | None, phase: Phase) -> Step:
        """One step of the phase that the schedule names."""
        if phase.name == "integrate":
            return self._integrate(state, current)
        return self._relax(state) if phase.name == "relax" else self._emit(state, phase)

    def _integrate(self, state: PascalState, current: Array | None) -> Step:
        assert current is not None
        u = state.v + current  # eq: pascal.5
        return self._reset(state, u, self._fires(u).astype(np.int8))  # eq: pascal.6

    def _relax(self, state: PascalState) -> Step:
        u = state.v
        fire = self._fires(u).astype(np.int8)  # eq: pascal.7
        retract = (u < 0).astype(np.int8)
        return self._reset(state, u, fire - retract)  # eq: pascal.8

    def _emit(self, state: PascalState, phase: Phase) -> Step:
        if self.as_released:
            return self._drain(state)
        spikes = (state.count >= phase.t).astype(np.int8)  # eq: pascal.9
        return Step(state, spikes, state.count, spikes)

    def _drain(self, state: PascalState) -> Step:
        spikes = self._fires(state.count).astype(np.int8)
        left = state.count - np.asarray(self.theta, state.count.dtype) * spikes
        return Step(state._replace(count=left), spikes, state.count, spikes)

    def _fires(self, u: Array) -> Array:
        theta = np.asarray(self.theta, u.dtype)
        if self.as_released:
            return np.asarray(u - theta >= -np.asarray(TOLERANCE, u.dtype))
        return np.asarray(u >= theta)

    def _reset(self, state: PascalState, u: Array, net: Array) -> Step:
        theta = np.asarray(self.theta, u.dtype)
        v = u - theta * net.astype(u.dtype)
        unit = theta if self.as_released else 1
        count = state.count + unit * net.astype(state.count.dtype)
        return Step(PascalState(v, count), None, u, net)
