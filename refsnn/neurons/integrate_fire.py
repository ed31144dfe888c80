"""Integrate-and-fire neuron of rate-coded conversion (QCFS: Bu et al., ICLR 2022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from refsnn.errors import InputError
from refsnn.neurons.protocol import Neuron, Phase, Step, start_value
from refsnn.semantics import CHOICES, Compare, Reset, Semantics, choose
from refsnn.typing import Array, Shape


class IFState(NamedTuple):
    """State of `IF`."""

    v: Array
    """Membrane, in the unit of theta (as released: in multiples of theta)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class IF(Neuron):
    """Add the current, fire at the threshold, reset; at most one spike per step.

    Parameters
    ----------
    theta : float or array, > 0
        Threshold and spike amplitude.
    compare : "ge" or "gt"
        Fire at ``u >= theta`` or ``u > theta``.
    reset : "subtract" or "zero"
        Soft or hard reset.
    v_init : float
        Start value in units of theta; QCFS: 1/2.
    as_released : bool
        The authors' code: currents are divided by theta and compared with 1.

    Notes
    -----
    The membrane has no floor and no ceiling; a bias enters in full in every frame.

    Exactness
    ---------
    With a soft reset ``theta * sum(s) = v(0) + sum(I) - v(T)`` holds exactly in integers and on
    dyadic data (law `conservation`). For constant drive ``I = z`` and ``v(0) = theta/2`` the count
    is ``clip(floor(T z / theta + 1/2), 0, T)``, qcfs.11; for a drive that varies in
    time it is **not** (unevenness): that is the error `pascal` removes.

    Source
    ------
    Neuron: the authors' code, qcfs.4 to qcfs.6 of docs/equations.md.
    """

    compare: Compare = "ge"
    reset: Reset = "subtract"
    v_init: float = 0.5
    as_released: bool = False

    laws: ClassVar[frozenset[str]] = frozenset(
        {"conservation", "split_time", "batch", "permutation", "rescale"}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        choose("compare", self.compare, CHOICES["compare"])
        choose("reset", self.reset, ("subtract", "zero"))
        if not np.isfinite(self.v_init):
            raise InputError("start value is not finite", where="IF.v_init", got=self.v_init)

    @property
    def semantics(self) -> Semantics:
        """The conventions of this neuron as data."""
        return Semantics(compare=self.compare, reset=self.reset, v_init=self.v_init)

    def init(self, shape: Shape, dtype: Any, bias: Array | None = None) -> IFState:
        """Start at ``v_init * theta``, plus a charge that enters once."""
        unit = np.ones_like(self.theta) if self.as_released else self.theta
        start = start_value(unit, self.v_init, dtype) + (0 if bias is None else bias)
        return IFState(np.broadcast_to(start, shape).astype(dtype))

    def step(self, state: IFState, current: Array | None, phase: Phase) -> Step:
        """Integrate, fire, reset."""
        assert current is not None
        theta = np.asarray(self.theta, state.v.dtype)
        if self.as_released:
            current, theta = current / theta, np.ones_like(theta)
        u = state.v + current  # eq: qcfs.4
        fired = u >= theta if self.compare == "ge" else u > theta  # eq: qcfs.5
        if self.reset == "subtract":
            v = u - theta * fired.astype(u.dtype)  # eq: qcfs.6
        else:
            v = np.where(fired, np.zeros_like(u), u)
        spikes = fired.astype(np.int8)
        return Step(IFState(v), spikes, u, spikes)
