"""Burst neuron of Adaptive Calibration (Wang et al., AAAI 2025): up to phi spikes in a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from refsnn.errors import InputError
from refsnn.neurons.protocol import Neuron, Phase, Step, positive, start_value
from refsnn.semantics import Semantics, Several
from refsnn.typing import Array, Shape

MOST = 127
"""Spikes are sent as int8."""


class AdaFireState(NamedTuple):
    """State of `AdaFire`."""

    v: Array
    """Membrane, in the unit of theta."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AdaFire(Neuron):
    """Add the current and the shift, send up to phi spikes at once, subtract what was sent.

    Parameters
    ----------
    theta : float or array, > 0
        Threshold and spike amplitude (of a compressed layer: ratio included).
    phi : int, 1..127
        Burst limit: most spikes in one step. With 1 it fires as `IF` does.
    steps : int >= 1, optional
        T of the shift: every step adds ``h = theta / (2 T)``, so that T steps add theta/2.
        None: no shift.
    v0 : array, optional
        Membrane at the start, in the unit of theta (potential calibration); default 0.
    dead : bool array, optional
        Channels that never fire and get no shift: their activation was 0 on all calibration data,
        so they have no threshold (theta is there for its shape only).
    as_released : bool
        The authors' code: ``floor(u / theta)`` in place of the comparisons, and the current is
        added as ``v + (z + h)``. The quotient can round up to a whole number, or down from one:
        at exact multiples of a theta that is not dyadic it differs in a few per cent of cases.

    Notes
    -----
    ``u = v + z + h``; ``n = sum over k = 1..phi of [u >= k theta]``; ``v = u - theta n``. What
    exceeds phi stays in the membrane, and so does a negative charge. Equality fires.

    Exactness
    ---------
    On integers and dyadic data, with S(t) all charge so far (v0 and shifts included) and
    ``F(t) = floor(S(t) / theta)``: ``N(t) = min(N(t-1) + phi, max(N(t-1), F(t)))`` for every
    drive, and ``N(T) = clip(floor(T z / theta + 1/2), 0, phi T)`` for a constant one
    (adaptive_calibration.13, .14; `burst_counts`). For a drive that varies it is not the level of
    the total charge: a burst removes every deficit, never an excess.

    Source
    ------
    The authors' code, adaptive_calibration.8 to .12 of docs/equations.md, where it divides; the
    comparisons, the closed forms and ``dead`` are derived.
    """

    phi: int
    steps: int | None = None
    v0: Array | None = None
    dead: Array | None = None
    as_released: bool = False

    laws: ClassVar[frozenset[str]] = frozenset(
        {"conservation", "split_time", "batch", "permutation", "rescale"}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "phi", positive("AdaFire.phi", self.phi))
        if self.phi > MOST:
            raise InputError(
                "burst limit", where="AdaFire.phi", expected=f"1..{MOST}", got=self.phi
            )
        if self.steps is not None:
            object.__setattr__(self, "steps", positive("AdaFire.steps", self.steps))
        for name, kinds in (("v0", "iuf"), ("dead", "b")):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _own(f"AdaFire.{name}", value, kinds))

    @property
    def semantics(self) -> Semantics:
        """The conventions of this neuron as data; a ``v0`` is not among them."""
        several: Several = "division" if self.as_released else "comparator"
        shift = 0.0 if self.steps is None else 0.5 / self.steps
        return Semantics(spikes_per_step=self.phi, v_init=0.0, shift=shift, several=several)

    def start(self) -> Array:
        """``v0``, or 0."""
        return np.zeros(()) if self.v0 is None else np.asarray(self.v0, np.float64)

    def max_count(self, frames: int) -> int:
        """``phi * frames``."""
        return self.phi * frames

    def shift(self, dtype: Any) -> Array:
        """Charge h that every step adds, shaped as theta (integers: rounded down)."""
        if self.steps is None:
            return np.zeros((), dtype)
        theta = start_value(self.theta, 1.0, dtype)
        if theta.dtype.kind in "iu":
            h = theta // (2 * self.steps)
        elif self.as_released:
            h = np.asarray(0.5 / self.steps, dtype) * theta
        else:
            h = theta / theta.dtype.type(2 * self.steps)  # eq: adaptive_calibration.8
        h = np.asarray(h)
        return h if self.dead is None else np.where(self.dead, np.zeros_like(h), h)

    def init(self, shape: Shape, dtype: Any, bias: Array | None = None) -> AdaFireState:
        """Start at ``v0``, plus a charge that enters once."""
        start = np.zeros((), dtype) if self.v0 is None else np.asarray(self.v0, dtype)
        start = start + (0 if bias is None else bias)
        return AdaFireState(np.broadcast_to(start, shape).astype(dtype))

    def step(self, state: AdaFireState, current: Array | None, phase: Phase) -> Step:
        """Integrate, fire a burst, subtract it."""
        assert current is not None
        theta, h = np.asarray(self.theta, state.v.dtype), self.shift(state.v.dtype)
        u = state.v + (current + h)  # eq: adaptive_calibration.9
        n = divided(u, theta, self.phi) if self.as_released else compared(u, theta, self.phi)
        if self.dead is not None:
            n = np.where(self.dead, np.int8(0), n)
        v = u - theta * n.astype(u.dtype)  # eq: adaptive_calibration.11
        return Step(AdaFireState(v), n, u, n)


def compared(u: Array, theta: Array, phi: int) -> Array:
    """Spikes of a membrane by comparison with each multiple of theta, int8."""
    n = np.zeros(u.shape, np.int8)
    for k in range(1, phi + 1):
        fires = u >= k * theta  # eq: adaptive_calibration.12
        if not fires.any():  # nor will it at a higher multiple
            break
        n += fires
    return n


def divided(u: Array, theta: Array, phi: int) -> Array:
    """Spikes of a membrane by division, as the authors' code has it, int8."""
    quotient = u // theta if u.dtype.kind in "iu" else np.floor(u / theta)
    return np.asarray(np.clip(quotient, 0, phi).astype(np.int8))  # eq: adaptive_calibration.10


def burst_counts(charge: Array, theta: Array, phi: int) -> Array:
    """Counts N(t) after every step, from the charge so far, for every drive.

    ``N(t) = min(N(t-1) + phi, max(N(t-1), floor(S(t) / theta)))``

    Parameters
    ----------
    charge : array (T, ...)
        S(t): start value, currents and shifts up to and including step t.

    Exactness
    ---------
    Exact on integers, and on dyadic floats whose quotient's floor is exact.

    Source
    ------
    Derived from the neuron's step: N(t) is whole, so the floor of the membrane in thresholds is
    ``F(t) - N(t-1)``.
    """
    goal = charge // theta
    count, counts = np.zeros(charge.shape[1:], np.int64), []
    for level in goal:
        wanted = np.maximum(count, level)
        count = np.minimum(count + phi, wanted).astype(np.int64)  # eq: adaptive_calibration.13
        counts.append(count)
    return np.stack(counts)


def constant_count(charge: Array, theta: Array, phi: int, steps: int) -> Array:
    """Count after T steps of one constant current z, from ``charge = T z``: rounds half up.

    ``clip(floor(T z / theta + 1/2), 0, phi T)``, in the dtype of the charge.
    """
    level = (2 * charge + theta) // (2 * theta)
    return np.asarray(np.clip(level, 0, phi * steps))  # eq: adaptive_calibration.14


def _own(where: str, value: Array, kinds: str) -> Array:
    """A read-only copy of an array setting."""
    array = np.asarray(value).copy()
    if array.dtype.kind not in kinds or not np.all(np.isfinite(array)):
        raise InputError("setting cannot be used", where=where, got=array.dtype)
    array.flags.writeable = False
    return array
