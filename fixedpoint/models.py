"""The integer neurons: what one step does to the membrane. All numbers are int64 codes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fixedpoint.arith import as_codes
from fixedpoint.errors import InputError
from fixedpoint.register import Register
from fixedpoint.schedule import EMIT, INTEGRATE, RELAX, STEP, Phase, State, Step, phases
from fixedpoint.typing import IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class IntNeuron:
    """Base of the integer neurons: thresholds and initial membranes, one for all or one each.

    With a ``membrane`` register, every addition of a current ends there; theta and v_init must fit
    it. The closed forms hold for neurons without one, or as long as it never overflows.
    """

    theta: IntArray | int
    v_init: IntArray | int
    membrane: Register | None = None

    def __post_init__(self) -> None:
        for name in ("theta", "v_init"):
            array = as_codes(getattr(self, name), f"{type(self).__name__}.{name}").copy()
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if np.any(np.asarray(self.theta) <= 0):
            raise InputError(
                "threshold must be positive", where="theta", expected="> 0", got=self.theta
            )
        if self.membrane is not None:
            for name in ("theta", "v_init"):
                self.membrane.format.require(np.asarray(getattr(self, name)), name)

    def init(self, shape: tuple[int, ...]) -> State:
        """Give the state before the first step for neurons of this shape."""
        try:
            v = np.broadcast_to(np.asarray(self.v_init), shape).copy()
            np.broadcast_to(np.asarray(self.theta), shape)
        except ValueError:
            sizes = (np.shape(self.theta), np.shape(self.v_init))
            raise InputError(
                "theta and v_init do not fit the currents",
                expected=f"broadcastable to {shape}",
                got=f"{sizes[0]} and {sizes[1]}",
            ) from None
        return State(v, np.zeros(shape, np.int64))

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """The steps taken for ``t_in`` input frames."""
        raise NotImplementedError(type(self).__name__)

    def step(self, state: State, current: IntArray, phase: Phase) -> Step:
        """One step of the schedule."""
        raise NotImplementedError(type(self).__name__)

    def held(self, total: IntArray) -> IntArray:
        """What the membrane keeps of a sum."""
        return total if self.membrane is None else self.membrane.hold(total)

    @property
    def charge(self) -> IntArray:
        """What every step adds beside the input, >= 0."""
        return np.zeros((), np.int64)

    @property
    def lifts(self) -> bool:
        """Whether an inhibitory spike can raise the membrane although no spike was sent before."""
        return False

    @property
    def spike_range(self) -> tuple[int, int]:
        """Smallest and largest spike of one output frame."""
        return 0, 1

    def frame_weights(self, frames: int) -> IntArray:
        """What a spike of each output frame is worth, (T,)."""
        return np.ones(frames, np.int64)

    def value_range(self, frames: int) -> tuple[int, int]:
        """Smallest and largest weighted sum of spikes over consecutive frames of any train."""
        low, high = self.spike_range
        total = int(self.frame_weights(frames).sum())
        return low * total, high * total

    def _key(self) -> tuple[Any, ...]:
        values = (getattr(self, f.name) for f in fields(self))
        parts = ((v.shape, v.tobytes()) if isinstance(v, np.ndarray) else v for v in values)
        return (type(self), *parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntNeuron) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


@dataclass(frozen=True, kw_only=True, eq=False)
class IntIF(IntNeuron):
    """Integrate and fire, at most one spike a step, reset in the same step.

    Parameters
    ----------
    theta : int or array > 0
        Threshold, and what a subtractive reset takes away.
    v_init : int or array
        Membrane before the first step (theta // 2 for QCFS networks).
    compare : {"ge", "gt"}
        Fire at ``u >= theta`` or at ``u > theta``.
    reset : {"subtract", "zero"}

    Notes
    -----
    ``u = v + I; s = [u >= theta]; v = u - theta s``. Exact; with subtractive reset
    ``theta * sum(s) = v_init + sum(I) - v_end``. Source: QCFS (Bu et al. 2022), neuron of the
    released code, membrane in integer units.
    """

    compare: Literal["ge", "gt"] = "ge"
    reset: Literal["subtract", "zero"] = "subtract"

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_one_of("compare", self.compare, ("ge", "gt"))
        _require_one_of("reset", self.reset, ("subtract", "zero"))

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """One step a frame."""
        return phases(STEP, t_in)

    def step(self, state: State, current: IntArray, phase: Phase) -> Step:
        """Integrate one frame and fire."""
        u = self.held(state.v + current)  # eq: qcfs.4
        fire = (u >= self.theta if self.compare == "ge" else u > self.theta).astype(np.int64)
        # eq: qcfs.5 (the line above), and with subtractive reset
        v = u - self.theta * fire if self.reset == "subtract" else u * (1 - fire)  # eq: qcfs.6
        return Step(State(v, state.n + fire), u, fire)


@dataclass(frozen=True, kw_only=True, eq=False)
class IntPascal(IntNeuron):
    """Spike accumulation (PASCAL): count while the input lasts, correct the count, emit it.

    Parameters
    ----------
    theta : int or array > 0
        Threshold.
    v_init : int or array
        ``theta // 2`` plus any bias that enters once.
    t_out : int >= 1
        Output frames: the level L of the activation it replaces.

    Notes
    -----
    Three phases: integrate (T_in steps), relax (``max(T_in, t_out) - 1`` steps without input, a
    spike where v >= theta, an inhibitory one where v < 0), emit (t_out steps, ones first). Nothing
    is clamped; the counter is signed.

    Exact: the emitted count is ``clip(floor((v_init + sum(I)) / theta), 0, t_out)`` for every
    input in every order (`pascal_count`). Source: Ramesh & Srinivasan 2025, neuron of the released
    code without its 8e-5 comparison tolerance.
    """

    t_out: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.t_out, int) or self.t_out < 1:
            raise InputError("no output frames", where="t_out", expected=">= 1", got=self.t_out)

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """Integrate, relax, emit."""
        relax = phases(RELAX, max(t_in, self.t_out) - 1)
        return phases(INTEGRATE, t_in) + relax + phases(EMIT, self.t_out)

    def step(self, state: State, current: IntArray, phase: Phase) -> Step:
        """Do one step of the phase."""
        if phase.code == EMIT:
            out = (state.n >= phase.t).astype(np.int64)  # eq: pascal.9
            return Step(state, state.n, out)
        u = self.held(state.v + current)  # eq: pascal.5
        net = (u >= self.theta).astype(np.int64)  # eq: pascal.6
        if phase.code == RELAX:
            net = net - (u < 0)  # eq: pascal.7
        return Step(State(u - self.theta * net, state.n + net), u, net)  # eq: pascal.8


def pascal_count(charge: npt.ArrayLike, theta: npt.ArrayLike, t_out: int) -> IntArray:
    """Closed form of the spike-accumulation neuron that starts at ``theta // 2``.

    ``clip(floor((charge + theta // 2) / theta), 0, t_out)``; exact also for odd theta, where it
    equals ``floor(charge / theta + 1/2)``.
    """
    s, th = as_codes(charge, "charge"), as_codes(theta, "theta")
    return np.asarray(np.clip((s + th // 2) // th, 0, t_out), np.int64)  # eq: pascal.13


def _require_one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(
            "unknown setting", where=name, expected=" or ".join(known), got=repr(value)
        )
