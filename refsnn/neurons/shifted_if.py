"""Integrate-and-fire neuron with a bias shift (Deng & Gu, ICLR 2021)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from refsnn.neurons.integrate_fire import IF, IFState
from refsnn.neurons.protocol import Phase, Step, positive
from refsnn.semantics import Semantics
from refsnn.typing import Array


@dataclass(frozen=True, kw_only=True, eq=False)
class ShiftedIF(IF):
    """An `IF` neuron that starts empty and is given ``theta / (2 t_ref)`` in every step.

    Parameters
    ----------
    t_ref : int >= 1
        Number of frames the shift is meant for: only then does it add up to half a threshold.

    Exactness
    ---------
    For constant drive over ``t_ref`` frames the count is that of `IF` with ``v_init = 1/2``
    (potential_initialization.14). Before that it is lower, after it higher. Integers: the shift is
    floored, so theta should be a multiple of ``2 t_ref``.

    Source
    ------
    The authors' code, threshold_balancing.3 of docs/equations.md.
    """

    t_ref: int
    v_init: float = 0.0

    laws: ClassVar[frozenset[str]] = frozenset(
        {"conservation", "split_time", "batch", "permutation", "rescale"}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "t_ref", positive("ShiftedIF.t_ref", self.t_ref))

    @property
    def semantics(self) -> Semantics:
        """The conventions of this neuron as data."""
        return replace(super().semantics, shift=1 / (2 * self.t_ref))

    def shift(self, dtype: Any) -> Array:
        """What is added in every step, in the unit of theta."""
        theta = np.asarray(self.theta, dtype)
        if theta.dtype.kind in "iu":
            return theta // (2 * self.t_ref)
        return np.asarray(theta / theta.dtype.type(2 * self.t_ref))

    def step(self, state: IFState, current: Array | None, phase: Phase) -> Step:
        """Integrate current and shift, fire, reset."""
        assert current is not None
        shifted = current + self.shift(state.v.dtype)  # eq: threshold_balancing.3
        return super().step(state, shifted, phase)
