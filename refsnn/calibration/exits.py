"""Input-aware timesteps: when the logits so far are certain enough to stop."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from refsnn.errors import InputError
from refsnn.semantics import choose
from refsnn.typing import Array, IntArray

Score = Literal["entropy", "confidence"]


class Exits(NamedTuple):
    """Where every sample stopped."""

    step: IntArray
    """(B,) step 1..T."""
    prediction: IntArray
    """(B,) class at that step."""


def softmax(logits: Array) -> Array:
    """Along the last axis."""
    grown = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=-1, keepdims=True))


def entropy(logits: Array) -> Array:
    """Entropy of the softmax over K classes, divided by ln K: 0 certain, 1 uniform."""
    classes = logits.shape[-1]
    if classes < 2:
        raise InputError("entropy needs classes", where="logits", expected=">= 2", got=classes)
    p = softmax(logits)
    terms = p * np.log(np.where(p > 0, p, 1))
    return np.asarray(-terms.sum(axis=-1) / np.log(classes))  # eq: adaptive_calibration.27


def score(logits: Array, kind: Score = "entropy") -> Array:
    """Certainty of summed logits (..., K): one minus `entropy`, or the largest probability."""
    choose("score", kind, ("entropy", "confidence"))
    return 1 - entropy(logits) if kind == "entropy" else np.asarray(softmax(logits).max(axis=-1))


def exit_thresholds(
    logits: Array, y: IntArray, kind: Score = "entropy", *, alpha: float = 0.6
) -> Array:
    """The score above which a sample may stop, for each step, (T,).

    ``Theta(t) = alpha + (1 - alpha) exp(-(E(t) - min E))`` with E(t) the mean normalised entropy
    ("confidence": largest probability) over the samples that are right at step t.

    Parameters
    ----------
    logits : array (T, B, K)
        Sums of the logits up to each step.
    y : int array (B,)
        Labels.
    alpha : float in [0, 1]
        Threshold where E is far above its least; the authors: 0.6 for CIFAR, 0.995 for ImageNet.

    Notes
    -----
    Theta is 1 where E is least (with "entropy" normally at T), and no score passes it. A step at
    which no sample is right has E = 1 and Theta = 1. The formula is meant for the entropy: with
    "confidence" E grows with t, so that the first steps are the strict ones.

    Source
    ------
    The authors' code, adaptive_calibration.28, .29 (the CIFAR script).
    """
    _check(logits, y, alpha)
    right = np.argmax(logits, axis=-1) == y
    choose("score", kind, ("entropy", "confidence"))
    value = entropy(logits) if kind == "entropy" else softmax(logits).max(axis=-1)
    some = right.any(axis=1)
    number = np.maximum(right.sum(axis=1), 1)
    mean = np.where(
        some, np.sum(value * right, axis=1) / number, 1.0
    )  # eq: adaptive_calibration.28
    strict = alpha + (1 - alpha) * np.exp(-(mean - mean.min()))  # eq: adaptive_calibration.29
    return np.asarray(np.where(some, strict, 1.0))


def exits(logits: Array, thresholds: Array, kind: Score = "entropy") -> Exits:
    """Each sample's first step with a score above its threshold, else T; the class there.

    Parameters
    ----------
    logits : array (T, B, K)
        Sums of the logits up to each step of a full run.
    thresholds : array (T,)
        As of `exit_thresholds`.
    """
    if len(thresholds) != len(logits):
        raise InputError(
            "one threshold a step", where="exits", expected=len(logits), got=len(thresholds)
        )
    steps = len(logits)
    passes = score(logits, kind) > np.asarray(thresholds)[:, None]  # eq: adaptive_calibration.30
    passes[-1] = True
    step = passes.argmax(axis=0) + 1
    last = logits[step - 1, np.arange(logits.shape[1])]
    assert step.max(initial=1) <= steps
    return Exits(step.astype(np.int64), np.argmax(last, axis=-1))


def _check(logits: Array, y: IntArray, alpha: float) -> None:
    if logits.ndim != 3 or y.shape != logits.shape[1:2] or not logits.size:
        got = f"{logits.shape} and {y.shape}"
        raise InputError("logits and labels do not fit", expected="(T, B, K) and (B,)", got=got)
    if not 0 <= alpha <= 1:
        raise InputError("no fraction", where="alpha", expected="0 <= alpha <= 1", got=alpha)
