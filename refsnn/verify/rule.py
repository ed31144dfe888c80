"""A neuron laid open: every choice that another implementation could have made otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from refsnn.neurons import (
    IF,
    LIF,
    AdaFire,
    BitSerial,
    DualThreshold,
    Neuron,
    Pascal,
    PascalFirst,
    Readout,
    ShiftedIF,
)
from refsnn.neurons.leak import Leak
from refsnn.semantics import BiasPlan
from refsnn.typing import Array

Kind = Literal["step", "count", "drain", "bits", "readout"]
Level = Literal["own", "even", "wrap", "uncapped", "signed"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a neuron does, choice by choice.

    Parameters
    ----------
    kind : "step", "count", "drain", "bits" or "readout"
        One output frame per input frame; or, after the whole train, a count emitted spike by
        spike, a membrane drained by theta, a level emitted bit by bit; or no spikes.
    theta : array
        Threshold.
    start : array
        Membrane at the start, in its unit, without bias.
    bias_plan : "every_frame", "once" or "spread"
        How the bias enters.
    strict, tolerance
        Fires at ``u > level``; at ``u - level >= -tolerance``.
    hard, late, lagging
        Reset to ``v_reset``, not by subtraction; after the next current has been added; after the
        next comparison.
    shift : array
        Charge of every step.
    most : int or None
        Most spikes in one step; None: as many as fit.
    v_min : array or None
        Floor of the membrane after the reset.
    signed_burst, truncate
        A burst may be negative: the quotient floored, or truncated.
    wrap_burst : bool
        A burst is taken modulo ``most + 1``.
    negative : array or None
        Inhibitory spikes fire below minus this.
    negative_strict, gated
        Below, not on, that level; only where a sent spike can be taken back.
    cap : int or None
        No spike from this many net spikes on.
    leak : Leak or None
        How the membrane leaks; ``fraction`` bits in integer runs.
    t_out : int
        Output frames of a layer-wise neuron.
    relax : int
        Relaxation steps more than needed.
    level : "own", "even", "wrap", "uncapped" or "signed"
        What is emitted: its own level; half rounded to even; modulo what fits; without ceiling;
        without floor.
    offset : int
        Steps by which the emission's thresholds run ahead.
    lsb_first, read_so
        Bits leave in reversed order; the next layer knows.
    dead : bool array or None
        Neurons that never fire.
    """

    kind: Kind
    theta: Array
    start: Array
    bias_plan: BiasPlan
    strict: bool = False
    tolerance: float = 0.0
    hard: bool = False
    v_reset: Array | float = 0.0
    late: bool = False
    lagging: bool = False
    shift: Array | float = 0.0
    most: int | None = 1
    v_min: Array | None = None
    signed_burst: bool = False
    truncate: bool = False
    wrap_burst: bool = False
    negative: Array | None = None
    negative_strict: bool = True
    gated: bool = False
    cap: int | None = None
    leak: Leak | None = None
    fraction: int | None = None
    t_out: int = 0
    relax: int = 0
    level: Level = "own"
    offset: int = 0
    lsb_first: bool = False
    read_so: bool = True
    dead: Array | None = None


def rule_of(neuron: Neuron) -> Rule | None:
    """The choices of a neuron of this library; None where it cannot be laid open."""
    theta, said = np.asarray(neuron.theta, np.float64), neuron.semantics
    start, plan = neuron.start(), said.bias_plan
    if getattr(neuron, "as_released", False):
        return None
    if isinstance(neuron, Readout):
        return Rule(kind="readout", theta=theta, start=np.zeros(()), bias_plan=plan)
    step = Rule(kind="step", theta=theta, start=start, bias_plan=plan, most=said.spikes_per_step)
    return _step_rule(neuron, step) or _level_rule(neuron, step)


def _step_rule(neuron: Neuron, rule: Rule) -> Rule | None:
    strict = neuron.semantics.compare == "gt"
    if isinstance(neuron, IF):
        shift = neuron.shift(np.float64) if isinstance(neuron, ShiftedIF) else 0.0
        return replace(rule, strict=strict, hard=neuron.reset == "zero", shift=shift)
    if isinstance(neuron, AdaFire):
        return replace(rule, shift=neuron.shift(np.float64), dead=neuron.dead)
    if isinstance(neuron, DualThreshold):
        never = neuron.theta_negative is None
        level = None if never else neuron.level(np.dtype(np.float64))
        return replace(
            rule, strict=strict, negative=level, negative_strict=neuron.strict_negative,
            gated=neuron.memory, cap=neuron.cap,
        )  # fmt: skip
    if isinstance(neuron, LIF) and neuron.reset_acts != "at_crossing" and not neuron.delay:
        floor = None if neuron.v_min is None else neuron.theta * neuron.v_min
        return replace(
            rule, strict=strict, hard=neuron.reset == "to_value", v_reset=neuron.v_reset,
            late=neuron.reset_acts == "next_step", v_min=floor, leak=neuron.leak,
            fraction=neuron.fraction,
        )  # fmt: skip
    return None


def _level_rule(neuron: Neuron, rule: Rule) -> Rule | None:
    if isinstance(neuron, Pascal):
        return replace(rule, kind="count", t_out=neuron.t_out, negative=np.zeros(()))
    if isinstance(neuron, PascalFirst):
        return replace(rule, kind="drain", t_out=neuron.t_out)
    if isinstance(neuron, BitSerial) and not neuron.drop:
        return replace(rule, kind="bits", t_out=neuron.t_out)
    return None
