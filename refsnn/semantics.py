"""The discrete semantics of a spiking neuron, as data: what other tools leave to each back end."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from refsnn.errors import InputError, nearest

Compare = Literal["ge", "gt"]
Reset = Literal["subtract", "zero", "to_value", "none"]
BiasPlan = Literal["every_frame", "once", "spread"]
Readout = Literal["mean", "sum"]
Several = Literal["comparator", "division"]
SpikeWeights = Literal["equal", "binary"]
ResetActs = Literal["same_step", "next_step", "at_crossing"]
Integration = Literal["sum", "euler", "exact", "impulse"]

CHOICES: dict[str, tuple[str, ...]] = {
    "compare": ("ge", "gt"),
    "reset": ("subtract", "zero", "to_value", "none"),
    "reset_acts": ("same_step", "next_step", "at_crossing"),
    "negative": ("never", "gated", "free"),
    "bias_plan": ("every_frame", "once", "spread"),
    "readout": ("mean", "sum"),
    "weights": ("equal", "binary"),
    "integration": ("sum", "euler", "exact", "impulse"),
}


@dataclass(frozen=True, kw_only=True)
class Semantics:
    """When a neuron fires, how it resets, where its bias enters, how its train is read.

    Parameters
    ----------
    compare : "ge" or "gt"
        Fires at ``v >= theta`` or at ``v > theta``.
    reset : "subtract", "zero", "to_value" or "none"
        What a spike does to the membrane.
    reset_acts : "same_step", "next_step" or "at_crossing"
        Whether the reset acts before or after the next frame is added, or in the middle of a step.
    spikes_per_step : int or None
        Most spikes in one step; None is unbounded.
    v_init : float
        Membrane at the start, in units of theta.
    v_min : float or None
        Floor of the membrane, in units of theta; None is unbounded.
    negative : "never", "gated" or "free"
        Whether inhibitory spikes exist: never, only to retract a sent spike, or freely.
    bias_plan : "every_frame", "once" or "spread"
        The bias enters in full in each input frame, once, or as ``b / T`` per frame.
    readout : "mean" or "sum"
        The decoded value of a train: mean over frames, or sum.
    shift : float
        Charge added in every step, in units of theta.
    several : "comparator", "division" or None
        How a neuron that may send several spikes a step counts them: by comparing with each
        multiple of theta, or by dividing by theta.
    weights : "equal" or "binary"
        Value of a spike: the same in every frame, or halved from frame to frame (MSB first).
    theta_negative : float or None
        An inhibitory spike needs a membrane below minus this, in units of theta; None: it never
        fires, or (spike accumulation) below 0 in its relaxation.
    count_cap : bool
        No more net spikes than T frames carry, in longer runs.
    negative_at_equality : bool
        An inhibitory spike fires on its threshold too, not only below it.
    integration : "sum", "euler", "exact" or "impulse"
        The membrane adds its current up, or leaks in one of three discretisations.
    delay : int
        Steps by which a spike leaves late.
    """

    compare: Compare = "ge"
    reset: Reset = "subtract"
    reset_acts: ResetActs = "same_step"
    spikes_per_step: int | None = 1
    v_init: float = 0.5
    v_min: float | None = None
    negative: Literal["never", "gated", "free"] = "never"
    bias_plan: BiasPlan = "every_frame"
    readout: Readout = "mean"
    shift: float = 0.0
    several: Several | None = None
    weights: SpikeWeights = "equal"
    theta_negative: float | None = None
    count_cap: bool = False
    negative_at_equality: bool = False
    integration: Integration = "sum"
    delay: int = 0

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            choose(name, getattr(self, name), known)

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Semantics:
        """Read what `to_dict` wrote; an unknown field is an error."""
        known = {f.name for f in fields(cls)}
        for name in data:
            if name not in known:
                raise InputError(
                    f"unknown field {name!r}", where="semantics", fix=nearest(name, sorted(known))
                )
        return cls(**data)

    def differences(self, other: Semantics) -> dict[str, tuple[object, object]]:
        """Fields in which two semantics differ: name to (mine, theirs)."""
        mine, theirs = asdict(self), asdict(other)
        return {k: (mine[k], theirs[k]) for k in mine if mine[k] != theirs[k]}


def choose(name: str, value: str, known: tuple[str, ...]) -> str:
    """``value`` if it is one of ``known``, else an error that names the option."""
    if value not in known:
        raise InputError("unknown choice", where=name, expected=" or ".join(known), got=repr(value))
    return value
