"""Mistakes and other conventions of neurons: one line each says what changes in the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from refsnn.semantics import BiasPlan
from refsnn.verify.mistakes.base import NeuronMistake
from refsnn.verify.rule import Level, Rule

Change = Callable[[Rule], Rule | None]
LEVELS = ("count", "drain", "bits")


def _step(test: Callable[[Rule], bool], **fields: Any) -> Change:
    """The fields, in neurons that fire in every step and pass a test."""
    return lambda rule: replace(rule, **fields) if rule.kind == "step" and test(rule) else None


def _level(level: Level) -> Change:
    return lambda rule: replace(rule, level=level) if rule.kind in LEVELS else None


def _compare(rule: Rule) -> Rule | None:
    if rule.kind == "readout" or rule.strict:
        return None
    return replace(rule, strict=True)


def _loose(rule: Rule) -> Rule | None:
    return replace(rule, strict=False) if rule.strict else None


def _tolerance(slack: float) -> Change:
    return lambda rule: None if rule.kind == "readout" else replace(rule, tolerance=slack)


def _hard(rule: Rule) -> Rule | None:
    fits = rule.kind in ("step", "count", "bits") and not rule.hard and rule.most is not None
    return replace(rule, hard=True, v_reset=0.0) if fits else None


def _start(fraction: float) -> Change:
    def change(rule: Rule) -> Rule | None:
        start = fraction * np.asarray(rule.theta)
        if rule.kind == "readout" or np.array_equal(rule.start, start):
            return None
        return replace(rule, start=start)

    return change


def _bias(plan: BiasPlan) -> Change:
    return lambda rule: None if rule.bias_plan == plan else replace(rule, bias_plan=plan)


def _relax(steps: int) -> Change:
    return lambda rule: replace(rule, relax=steps) if rule.kind == "count" else None


def _offset(steps: int) -> Change:
    return lambda rule: replace(rule, offset=steps) if rule.kind in ("count", "bits") else None


def _bits(read_so: bool) -> Change:
    def change(rule: Rule) -> Rule | None:
        return replace(rule, lsb_first=True, read_so=read_so) if rule.kind == "bits" else None

    return change


def _uncapped(rule: Rule) -> Rule | None:
    if rule.kind == "step" and rule.cap is not None:
        return replace(rule, cap=None)
    if rule.kind == "step" and rule.most is not None and rule.most > 1:
        return replace(rule, most=None)
    return replace(rule, level="uncapped") if rule.kind in LEVELS else None


def _unclamped(rule: Rule) -> Rule | None:
    if rule.kind == "step" and rule.v_min is not None:
        return replace(rule, v_min=None)
    if rule.kind == "step" and rule.most is not None and rule.most > 1:
        return replace(rule, signed_burst=True)
    return replace(rule, level="signed") if rule.kind in LEVELS else None


def _wrapped(rule: Rule) -> Rule | None:
    if rule.kind == "step" and rule.most is not None and rule.most > 1:
        return replace(rule, wrap_burst=True)
    return replace(rule, level="wrap") if rule.kind in LEVELS else None


def _truncated(rule: Rule) -> Rule | None:
    """Truncation and floor part below 0 only, where a clip makes both 0."""
    burst = rule.kind == "step" and rule.most is not None and rule.most > 1
    return replace(rule, truncate=True) if burst or rule.kind in LEVELS else None


def _silent_negative(rule: Rule) -> Rule | None:
    return replace(rule, negative=None) if rule.negative is not None else None


def _ungated(rule: Rule) -> Rule | None:
    return replace(rule, gated=False) if rule.negative is not None and rule.gated else None


def _gated(rule: Rule) -> Rule | None:
    return replace(rule, gated=True) if rule.negative is not None and not rule.gated else None


FIRING, ACCUMULATING = "every neuron that fires", "Pascal, PascalFirst, BitSerial"
STEPPING = "IF, ShiftedIF, AdaFire, DualThreshold, LIF"
NEURONS: tuple[NeuronMistake, ...] = (
    NeuronMistake("strict", "fires at u > theta, not at u >= theta", FIRING, change=_compare),
    NeuronMistake("not-strict", "fires at u >= theta, not at u > theta", FIRING, change=_loose),
    NeuronMistake(
        "tolerance-8e-5", "compares u - theta >= -8e-5 (PASCAL's release)", FIRING,
        change=_tolerance(8e-5),
    ),
    NeuronMistake("tolerance-1e-3", "compares u - theta >= -1e-3", FIRING, change=_tolerance(1e-3)),
    NeuronMistake("hard-reset", "a spike sets the membrane to 0", FIRING, change=_hard),
    NeuronMistake(
        "soft-reset", "a spike subtracts theta, and does not set the membrane", STEPPING,
        change=_step(lambda rule: rule.hard, hard=False),
    ),
    NeuronMistake(
        "late-reset", "the reset acts after the next current has been added", STEPPING,
        change=_step(lambda rule: not rule.late, late=True),
    ),
    NeuronMistake(
        "lagging-reset",
        "the reset acts after the next comparison",
        STEPPING,
        change=_step(lambda rule: not rule.late, lagging=True),
    ),
    NeuronMistake(
        "early-reset", "the reset acts in its own step, not in the next", STEPPING,
        change=_step(lambda rule: rule.late, late=False),
    ),
    NeuronMistake("starts-at-0", "the membrane starts at 0", FIRING, change=_start(0.0)),
    NeuronMistake("starts-at-half", "the membrane starts at theta/2", FIRING, change=_start(0.5)),
    NeuronMistake("starts-at-theta", "the membrane starts at theta", FIRING, change=_start(1.0)),
    NeuronMistake("bias-once", "the bias enters once", "every layer", change=_bias("once")),
    NeuronMistake(
        "bias-every-step", "the bias enters in full in every step", "every layer",
        change=_bias("every_frame"),
    ),
    NeuronMistake(
        "bias-spread", "the bias enters as b / T in every step", "every layer",
        change=_bias("spread"),
    ),
    NeuronMistake(
        "no-shift", "the charge that every step adds is left out", "ShiftedIF, AdaFire",
        change=_step(lambda rule: bool(np.any(rule.shift)), shift=0.0),
    ),
    NeuronMistake(
        "several-a-step", "as many spikes a step as fit into the membrane", STEPPING,
        change=_step(lambda rule: rule.most == 1 and not rule.hard, most=None),
    ),
    NeuronMistake(
        "one-a-step", "one spike a step at most", "AdaFire, LIF with several spikes",
        change=_step(lambda rule: rule.most != 1, most=1),
    ),
    NeuronMistake(
        "floored-membrane", "the membrane is never below 0", STEPPING,
        change=_step(lambda rule: rule.v_min is None, v_min=np.zeros(())),
    ),
    NeuronMistake(
        "not-clamped", "the lower clamp is missing: of the membrane, the burst or the level",
        "AdaFire, LIF with several spikes or a floor, " + ACCUMULATING, change=_unclamped,
    ),
    NeuronMistake(
        "not-capped", "the upper limit is missing: of the burst, the count or the level",
        "AdaFire, DualThreshold, LIF with several spikes, " + ACCUMULATING, change=_uncapped,
    ),
    NeuronMistake(
        "wraps", "what exceeds the upper limit wraps around", "AdaFire, " + ACCUMULATING,
        change=_wrapped,
    ),
    NeuronMistake(
        "truncates", "a quotient is truncated towards 0, not floored", "AdaFire, " + ACCUMULATING,
        "below 0, where truncation and floor part, the clip at 0 makes both 0", change=_truncated,
    ),
    NeuronMistake(
        "half-even", "half a level is rounded to even, not up", ACCUMULATING, change=_level("even")
    ),
    NeuronMistake(
        "ungated", "an inhibitory spike needs no sent spike to take back", "DualThreshold",
        change=_ungated,
    ),
    NeuronMistake(
        "gated", "an inhibitory spike needs a sent spike to take back", "Pascal", change=_gated
    ),
    NeuronMistake(
        "never-inhibits", "there are no inhibitory spikes", "DualThreshold, Pascal",
        change=_silent_negative,
    ),
    NeuronMistake("relax-short", "one relaxation step too few", "Pascal", change=_relax(-1)),
    NeuronMistake("relax-long", "one relaxation step too many", "Pascal", change=_relax(1)),
    NeuronMistake(
        "schedule-ahead", "the emission's thresholds are one step of the schedule too high",
        "Pascal, BitSerial", change=_offset(1),
    ),
    NeuronMistake(
        "schedule-behind", "the emission's thresholds are one step of the schedule too low",
        "Pascal, BitSerial", change=_offset(-1),
    ),
    NeuronMistake(
        "lsb-first", "bits leave least significant first, and are read so", "BitSerial",
        change=_bits(True),
    ),
    NeuronMistake(
        "bits-reversed", "bits leave least significant first, and are read as if the most",
        "BitSerial", change=_bits(False),
    ),
)  # fmt: skip
