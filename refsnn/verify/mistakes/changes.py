"""What a mistake changes in the rule of a neuron; None where it does not apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from refsnn.semantics import BiasPlan
from refsnn.verify.rule import Level, Rule

Change = Callable[[Rule], Rule | None]
LEVELS = ("count", "drain", "bits")


def step(test: Callable[[Rule], bool], **fields: Any) -> Change:
    """The fields, in neurons that fire in every step and pass a test."""
    return lambda rule: replace(rule, **fields) if rule.kind == "step" and test(rule) else None


def level(level: Level) -> Change:
    """Another level than its own is emitted."""
    return lambda rule: replace(rule, level=level) if rule.kind in LEVELS else None


def compare(rule: Rule) -> Rule | None:
    """A membrane on the threshold does not fire."""
    if rule.kind == "readout" or rule.strict:
        return None
    return replace(rule, strict=True)


def loose(rule: Rule) -> Rule | None:
    """A membrane on the threshold fires."""
    return replace(rule, strict=False) if rule.strict else None


def tolerance(slack: float) -> Change:
    """Fires a little below the threshold."""
    return lambda rule: None if rule.kind == "readout" else replace(rule, tolerance=slack)


def hard(rule: Rule) -> Rule | None:
    """A spike sets the membrane to 0."""
    fits = rule.kind in ("step", "count", "bits") and not rule.hard and rule.most is not None
    return replace(rule, hard=True, v_reset=0.0) if fits else None


def start(fraction: float) -> Change:
    """The membrane starts at that fraction of theta."""

    def change(rule: Rule) -> Rule | None:
        start = fraction * np.asarray(rule.theta)
        if rule.kind == "readout" or np.array_equal(rule.start, start):
            return None
        return replace(rule, start=start)

    return change


def bias(plan: BiasPlan) -> Change:
    """The bias enters by another plan."""
    return lambda rule: None if rule.bias_plan == plan else replace(rule, bias_plan=plan)


def relax(steps: int) -> Change:
    """More or fewer relaxation steps."""
    return lambda rule: replace(rule, relax=steps) if rule.kind == "count" else None


def offset(steps: int) -> Change:
    """Thresholds of the emission run ahead, or behind."""
    return lambda rule: replace(rule, offset=steps) if rule.kind in ("count", "bits") else None


def bits(read_so: bool) -> Change:
    """Bits leave in reversed order; the next layer knows, or does not."""

    def change(rule: Rule) -> Rule | None:
        return replace(rule, lsb_first=True, read_so=read_so) if rule.kind == "bits" else None

    return change


def uncapped(rule: Rule) -> Rule | None:
    """No upper limit."""
    if rule.kind == "step" and rule.cap is not None:
        return replace(rule, cap=None)
    if rule.kind == "step" and rule.most is not None and rule.most > 1:
        return replace(rule, most=None)
    return replace(rule, level="uncapped") if rule.kind in LEVELS else None


def unclamped(rule: Rule) -> Rule | None:
    """No lower limit."""
    if rule.kind == "step" and rule.v_min is not None:
        return replace(rule, v_min=None)
    if rule.kind == "step" and rule.most is not None and rule.most > 1:
        return replace(rule, signed_burst=True)
    return replace(rule, level="signed") if rule.kind in LEVELS else None


def wrapped(rule: Rule) -> Rule | None:
    """What exceeds the upper limit wraps around."""
    if rule.kind == "step" and rule.most is not None and rule.most > 1:
        return replace(rule, wrap_burst=True)
    return replace(rule, level="wrap") if rule.kind in LEVELS else None


def truncated(rule: Rule) -> Rule | None:
    """Truncation and floor part below 0 only, where a clip makes both 0."""
    burst = rule.kind == "step" and rule.most is not None and rule.most > 1
    return replace(rule, truncate=True) if burst or rule.kind in LEVELS else None


def silent_negative(rule: Rule) -> Rule | None:
    """No inhibitory spikes."""
    return replace(rule, negative=None) if rule.negative is not None else None


def ungated(rule: Rule) -> Rule | None:
    """Inhibitory spikes whatever was sent."""
    return replace(rule, gated=False) if rule.negative is not None and rule.gated else None


def gated(rule: Rule) -> Rule | None:
    """Inhibitory spikes only where one was sent."""
    return replace(rule, gated=True) if rule.negative is not None and not rule.gated else None
