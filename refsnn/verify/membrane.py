"""A membrane by the choices of a `Rule`: what is added, how many spikes fire, what they take."""

from __future__ import annotations

import numpy as np

from refsnn.typing import Array, IntArray
from refsnn.verify.rule import Rule

MOST_MULTIPLES = 4096
"""Where a burst without a limit is given up."""


def integrated(rule: Rule, v: Array, current: Array) -> Array:
    """The membrane with the current of a step, after its leak or with the charge of every step."""
    if rule.leak is not None:
        return rule.leak.follow(v, current, rule.fraction)
    return np.asarray(v + (current + np.asarray(rule.shift, v.dtype)))


def reaches(rule: Rule, u: Array, level: Array) -> Array:
    """Whether a membrane fires at a level."""
    if rule.tolerance:
        gap = u - level
        slack = -np.asarray(rule.tolerance, u.dtype)
        return np.asarray(gap > slack if rule.strict else gap >= slack)
    return np.asarray(u > level if rule.strict else u >= level)


def excites(rule: Rule, u: Array, net: IntArray) -> IntArray:
    """Spikes of a step: the multiples of theta that are reached, up to the limits of the rule."""
    theta, n = np.asarray(rule.theta, u.dtype), np.zeros(u.shape, np.int64)
    limit = MOST_MULTIPLES if rule.most is None or rule.wrap_burst else rule.most
    for k in range(1, limit + 1):
        fires = reaches(rule, u, k * theta)
        if not fires.any():
            break
        n += fires
    if rule.wrap_burst and rule.most is not None:
        n %= rule.most + 1
    return n if rule.cap is None else n * (net < rule.cap)


def inhibits(rule: Rule, u: Array, net: IntArray) -> IntArray:
    """Inhibitory spikes of a step."""
    if rule.signed_burst:
        return _negative_multiples(rule, u)
    if rule.negative is None:
        return np.zeros(u.shape, np.int64)
    level = np.asarray(rule.negative, u.dtype)
    below = u < -level if rule.negative_strict else u <= -level
    return np.asarray(below & (net >= 1) if rule.gated else below, np.int64)


def _negative_multiples(rule: Rule, u: Array) -> IntArray:
    """``-floor(u / theta)`` of a negative membrane, or its truncation."""
    theta, n = np.asarray(rule.theta, u.dtype), np.zeros(u.shape, np.int64)
    for k in range(MOST_MULTIPLES):
        below = u <= -(k + 1) * theta if rule.truncate else u < -k * theta
        if not below.any():
            break
        n += below
    return n


def reset(rule: Rule, u: Array, n: IntArray) -> Array:
    """The membrane after ``n`` spikes, inhibitory ones negative."""
    if rule.hard:
        return np.where(n > 0, np.asarray(rule.v_reset, u.dtype), u)
    return np.asarray(u - np.asarray(rule.theta, u.dtype) * n.astype(u.dtype))
