"""Mistakes and other conventions of neurons: one line each says what changes in the rule."""

from __future__ import annotations

import numpy as np

from refsnn.verify.mistakes.base import NeuronMistake
from refsnn.verify.mistakes.changes import (
    bias,
    bits,
    compare,
    gated,
    hard,
    level,
    loose,
    offset,
    relax,
    silent_negative,
    start,
    step,
    tolerance,
    truncated,
    uncapped,
    unclamped,
    ungated,
    wrapped,
)
from refsnn.verify.mistakes.reasons import (
    CHARGE_ALONE,
    CLIPPED,
    COMMUTES,
    NEGATIVE_COUNT,
    NO_TIE,
    READ_SO,
    SETTLED,
    not_so_close,
)

FIRING, ACCUMULATING = "every neuron that fires", "Pascal, PascalFirst, BitSerial"
STEPPING = "IF, ShiftedIF, AdaFire, DualThreshold, LIF"
NEURONS: tuple[NeuronMistake, ...] = (
    NeuronMistake(
        "strict", "fires at u > theta, not at u >= theta", FIRING, (NO_TIE,), change=compare
    ),
    NeuronMistake(
        "not-strict", "fires at u >= theta, not at u > theta", FIRING, (NO_TIE,), change=loose
    ),
    NeuronMistake(
        "tolerance-8e-5", "compares u - theta >= -8e-5 (PASCAL's release)", FIRING,
        (not_so_close(8e-5),), change=tolerance(8e-5),
    ),
    NeuronMistake(
        "tolerance-1e-3", "compares u - theta >= -1e-3", FIRING, (not_so_close(1e-3),),
        change=tolerance(1e-3),
    ),
    NeuronMistake("hard-reset", "a spike sets the membrane to 0", FIRING, change=hard),
    NeuronMistake(
        "soft-reset", "a spike subtracts theta, and does not set the membrane", STEPPING,
        change=step(lambda rule: rule.hard, hard=False),
    ),
    NeuronMistake(
        "late-reset", "the reset acts after the next current has been added", STEPPING,
        (COMMUTES,), change=step(lambda rule: not rule.late, late=True),
    ),
    NeuronMistake(
        "lagging-reset",
        "the reset acts after the next comparison",
        STEPPING,
        change=step(lambda rule: not rule.late, lagging=True),
    ),
    NeuronMistake(
        "early-reset", "the reset acts in its own step, not in the next", STEPPING,
        change=step(lambda rule: rule.late, late=False),
    ),
    NeuronMistake("starts-at-0", "the membrane starts at 0", FIRING, change=start(0.0)),
    NeuronMistake("starts-at-half", "the membrane starts at theta/2", FIRING, change=start(0.5)),
    NeuronMistake("starts-at-theta", "the membrane starts at theta", FIRING, change=start(1.0)),
    NeuronMistake(
        "bias-once", "the bias enters once", "every layer", (CHARGE_ALONE,), change=bias("once")
    ),
    NeuronMistake(
        "bias-every-step", "the bias enters in full in every step", "every layer",
        change=bias("every_frame"),
    ),
    NeuronMistake(
        "bias-spread", "the bias enters as b / T in every step", "every layer",
        (CHARGE_ALONE,), change=bias("spread"),
    ),
    NeuronMistake(
        "no-shift", "the charge that every step adds is left out", "ShiftedIF, AdaFire",
        change=step(lambda rule: bool(np.any(rule.shift)), shift=0.0),
    ),
    NeuronMistake(
        "several-a-step", "as many spikes a step as fit into the membrane", STEPPING,
        change=step(lambda rule: rule.most == 1 and not rule.hard, most=None),
    ),
    NeuronMistake(
        "one-a-step", "one spike a step at most", "AdaFire, LIF with several spikes",
        change=step(lambda rule: rule.most != 1, most=1),
    ),
    NeuronMistake(
        "floored-membrane", "the membrane is never below 0", STEPPING,
        change=step(lambda rule: rule.v_min is None, v_min=np.zeros(())),
    ),
    NeuronMistake(
        "not-clamped", "the lower clamp is missing: of the membrane, the burst or the level",
        "AdaFire, LIF with several spikes or a floor, " + ACCUMULATING, change=unclamped,
    ),
    NeuronMistake(
        "not-capped", "the upper limit is missing: of the burst, the count or the level",
        "AdaFire, DualThreshold, LIF with several spikes, " + ACCUMULATING, change=uncapped,
    ),
    NeuronMistake(
        "wraps", "what exceeds the upper limit wraps around", "AdaFire, " + ACCUMULATING,
        change=wrapped,
    ),
    NeuronMistake(
        "truncates", "a quotient is truncated towards 0, not floored", "AdaFire, " + ACCUMULATING,
        (CLIPPED,), change=truncated,
    ),
    NeuronMistake(
        "half-even", "half a level is rounded to even, not up", ACCUMULATING, change=level("even")
    ),
    NeuronMistake(
        "ungated", "an inhibitory spike needs no sent spike to take back", "DualThreshold",
        change=ungated,
    ),
    NeuronMistake(
        "gated", "an inhibitory spike needs a sent spike to take back", "Pascal", (NEGATIVE_COUNT,),
        change=gated,
    ),
    NeuronMistake(
        "never-inhibits", "there are no inhibitory spikes", "DualThreshold, Pascal",
        change=silent_negative,
    ),
    NeuronMistake("relax-short", "one relaxation step too few", "Pascal", change=relax(-1)),
    NeuronMistake(
        "relax-long", "one relaxation step too many", "Pascal", (SETTLED,), change=relax(1)
    ),
    NeuronMistake(
        "schedule-ahead", "the emission's thresholds are one step of the schedule too high",
        "Pascal, BitSerial", change=offset(1),
    ),
    NeuronMistake(
        "schedule-behind", "the emission's thresholds are one step of the schedule too low",
        "Pascal, BitSerial", change=offset(-1),
    ),
    NeuronMistake(
        "lsb-first", "bits leave least significant first, and are read so", "BitSerial",
        (READ_SO,), change=bits(True),
    ),
    NeuronMistake(
        "bits-reversed", "bits leave least significant first, and are read as if the most",
        "BitSerial", change=bits(False),
    ),
)  # fmt: skip
