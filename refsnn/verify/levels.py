"""The level that a layer-wise neuron emits, by the rounding and clipping of a `Rule`; its train."""

from __future__ import annotations

import numpy as np

from refsnn.typing import Array, IntArray
from refsnn.verify.rule import Rule


def top(rule: Rule) -> int:
    """Largest level: T, or 2^T - 1 of a level in bits."""
    return 2**rule.t_out - 1 if rule.kind == "bits" else rule.t_out


def level_of(rule: Rule, net: IntArray, v: Array, charge: Array) -> IntArray:
    """The level of a net count, of a membrane, or of the charge without the start value."""
    theta = np.asarray(rule.theta, np.float64)
    if rule.level == "even":
        n = np.rint(charge / theta).astype(np.int64)
    elif rule.kind == "count":
        n = net
    else:
        n = np.floor(v / theta).astype(np.int64)
    if rule.level == "uncapped":
        return np.maximum(n, 0)
    if rule.level == "wrap":
        return np.maximum(n, 0) % (top(rule) + 1)
    low = np.minimum(n, 0) if rule.level == "signed" else np.zeros_like(n)
    return np.clip(n, 0, top(rule)) + low


def frame_of(rule: Rule, level: IntArray, t: int) -> Array:
    """Frame t of the train; what no train can carry goes into the frame worth least."""
    kept = np.clip(level, 0, top(rule))
    if rule.kind == "bits":
        bit = t - 1 if rule.lsb_first else rule.t_out - t
        frame, last = (kept >> bit) & 1, bit == 0
    else:
        frame, last = (kept >= t).astype(np.int64), t == rule.t_out
    return np.asarray(frame + (level - kept if last else 0))
