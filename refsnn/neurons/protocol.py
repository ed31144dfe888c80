"""The neuron protocol: a state machine driven by a schedule of phases, and the one time loop.

Synchronous neurons (IF) have one phase that takes an input frame and gives an output frame.
Layer-wise neurons (spike accumulation) absorb, settle, then emit. Both are the same loop.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple

import numpy as np

from refsnn.errors import InputError
from refsnn.semantics import Semantics
from refsnn.typing import Array, IntArray, Shape

State = Any
"""A NamedTuple of arrays; each neuron has its own."""


class Phase(NamedTuple):
    """One step of a schedule."""

    name: str
    consumes: bool
    """Takes one input frame."""
    emits: bool
    """Gives one output frame."""
    t: int
    """Step 1..of within the phase: the only clock."""
    of: int


class Step(NamedTuple):
    """What one step of a neuron gives."""

    state: State
    """After the reset."""
    spikes: Array | None
    """Integers; None in a phase that does not emit."""
    u: Array
    """What the comparison saw: the membrane before the reset, or the count in an emission."""
    fired: Array
    """The neuron's own decision in this step: +1, 0, or -1 (inhibitory). Equals ``spikes``
    where the phase emits."""


class Train(NamedTuple):
    """A spike train: integers, and the value of one spike of each frame."""

    spikes: Array
    """(T, B, ...) integers."""
    amplitude: Array
    """(T, 1, ...) value of one spike of frame t."""

    def values(self) -> Array:
        """Transmitted values (T, B, ...), in the dtype of the amplitude."""
        return self.spikes.astype(self.amplitude.dtype) * self.amplitude


Probe = Callable[[Phase, Array | None, Step], None]


MOST_STEPS = 2**20
"""Steps of one phase; a damaged file may ask for more than there is memory for."""


def phases(name: str, of: int, *, consumes: bool, emits: bool) -> tuple[Phase, ...]:
    """The ``of`` steps of one phase."""
    if of > MOST_STEPS:
        raise InputError("too many steps", where=name, expected=f"<= {MOST_STEPS}", got=of)
    return tuple(Phase(name, consumes, emits, t, of) for t in range(1, of + 1))


@dataclass(frozen=True, kw_only=True, eq=False)
class Neuron:
    """Base of all neurons: settings as fields, state passed in and out.

    Array settings are read-only; two neurons are equal when their settings are, bytes included.

    Parameters
    ----------
    theta : float or array, > 0
        Firing threshold. An array broadcasts against one sample, e.g. (C, 1, 1).
    """

    theta: Array

    synchronous: ClassVar[bool] = True
    """One output frame per input frame."""
    thermometer: ClassVar[bool] = False
    """All spikes of a train come first, so that a frame-wise OR is the maximum."""
    laws: ClassVar[frozenset[str]] = frozenset()
    """Names of the laws that hold for this neuron; the tests read them."""

    def __post_init__(self) -> None:
        theta = np.asarray(self.theta)
        if theta.dtype.kind not in "iuf":
            raise InputError("theta is not a number", where=type(self).__name__, got=theta.dtype)
        if not np.all(np.isfinite(theta)) or not np.all(theta > 0):
            bad = theta[~(np.isfinite(theta) & (theta > 0))].ravel()[0]
            raise InputError(
                "threshold cannot be used",
                where=type(self).__name__,
                expected="theta > 0, finite",
                got=bad,
                fix="check the clipping thresholds of the trained network",
            )
        theta = theta.copy()
        theta.flags.writeable = False
        object.__setattr__(self, "theta", theta)

    @property
    def semantics(self) -> Semantics:
        """The conventions of this neuron as data."""
        raise NotImplementedError

    def schedule(self, t_in: int) -> tuple[Phase, ...]:
        """The steps this neuron takes for a source train of ``t_in`` frames."""
        return phases("fire", positive("T", t_in), consumes=True, emits=True)

    def frames_out(self, t_in: int) -> int:
        """Number of output frames for ``t_in`` input frames."""
        return sum(phase.emits for phase in self.schedule(t_in))

    def init(self, shape: Shape, dtype: Any, bias: Array | None = None) -> State:
        """State at the start, for membranes of ``shape`` (B, ...)."""
        raise NotImplementedError

    def step(self, state: State, current: Array | None, phase: Phase) -> Step:
        """One step of the schedule."""
        raise NotImplementedError

    def start(self) -> Array:
        """Membrane at the start in the unit of theta, float64; broadcasts against one sample."""
        return np.asarray(np.asarray(self.theta, np.float64) * self.semantics.v_init)

    def max_count(self, frames: int) -> int:
        """Largest `decode` of an output train of ``frames`` frames."""
        return frames

    def representable(self, count: Array) -> Array:
        """The largest count not above ``count`` that a train can carry (any, by default)."""
        return count

    def decode(self, spikes: Array) -> IntArray:
        """Integer a train (T, B, ...) stands for: its value in units of theta, (B, ...) int64."""
        return np.asarray(spikes.sum(axis=0, dtype=np.int64))

    def amplitude(self, frames: int, ndim: int, dtype: Any) -> Array:
        """Value of one spike of each output frame, (T, 1, ...), for samples of ``ndim`` axes."""
        theta = np.asarray(self.theta, dtype)
        shape = (1,) * (ndim - theta.ndim) + theta.shape
        return np.broadcast_to(theta.reshape(shape), (frames, 1, *shape))

    def settings(self) -> dict[str, Any]:
        """The fields, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def _key(self) -> tuple[Any, ...]:
        return (type(self), *(_comparable(v) for v in self.settings().values()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Neuron) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def _comparable(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return (value.shape, value.dtype.str, value.tobytes())
    return value


def positive(name: str, value: int) -> int:
    """``value`` if it is an integer >= 1, else an error naming the setting."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
        raise InputError(
            "not a number of steps", where=name, expected="an integer >= 1", got=repr(value)
        )
    return int(value)


def start_value(theta: Array, fraction: float, dtype: Any) -> Array:
    """``fraction * theta`` in ``dtype``; floored when the dtype is an integer one."""
    if np.dtype(dtype).kind in "iu":
        if np.any(np.asarray(theta) % 1):
            raise InputError(
                "an integer run needs a whole threshold",
                where="theta",
                got=theta,
                fix="run on floats",
            )
        return np.asarray(np.floor(np.asarray(theta, np.float64) * fraction), dtype)
    return np.asarray(np.asarray(theta, dtype) * np.asarray(fraction, dtype))


def take(state: State, rows: Array) -> State:
    """The state of some samples of a batch (early exit)."""
    return type(state)(*(field[rows] for field in state))


def drive(
    neuron: Neuron,
    schedule: tuple[Phase, ...],
    frames: Iterator[Array],
    state: State,
    probe: Probe | None = None,
) -> Generator[Array, None, State]:
    """The time loop: yields output frames, returns the final state.

    One engine drains it layer by layer; another interleaves the layers of a stepped run.
    """
    for phase in schedule:
        current = next(frames) if phase.consumes else None
        step = neuron.step(state, current, phase)
        state = step.state
        if probe is not None:
            probe(phase, current, step)
        if phase.emits:
            assert step.spikes is not None
            yield step.spikes
    return state


class Response(NamedTuple):
    """All output frames of a neuron and the state it is left in."""

    spikes: Array | None
    """(T, B, ...), or None of a neuron that never fires."""
    state: State


def respond(
    neuron: Neuron,
    currents: Array,
    *,
    bias: Array | None = None,
    state: State | None = None,
    probe: Probe | None = None,
) -> Response:
    """Run a neuron over a whole input train ``currents`` (T, B, ...).

    Parameters
    ----------
    bias : array, optional
        Charge that enters once, at the start.
    state : State, optional
        A carried-over state, in place of `Neuron.init`.
    """
    if state is None:
        state = neuron.init(currents.shape[1:], currents.dtype, bias)
    run = drive(neuron, neuron.schedule(len(currents)), iter(currents), state, probe)
    emitted = []
    while True:
        try:
            emitted.append(next(run))
        except StopIteration as stop:
            return Response(np.stack(emitted) if emitted else None, stop.value)
