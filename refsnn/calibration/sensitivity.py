"""How far changing one layer moves the network's output, and how many spikes it then sends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from refsnn.ann import logits as ann_logits
from refsnn.calibration.parts import with_neuron
from refsnn.calibration.walk import Walk
from refsnn.neurons import AdaFire
from refsnn.snn import SNN
from refsnn.tell import Tell, silent
from refsnn.typing import Array

Variant = Callable[[AdaFire], AdaFire]


class Tables(NamedTuple):
    """What each candidate does when only one layer takes it, (candidates, layers)."""

    divergence: Array
    spikes: Array


def divergence(p_logits: Array, q_logits: Array) -> float:
    """``(KL(P || Q) + KL(Q || P)) / 2`` of the softmax over classes (axis 1), per sample.

    Pixels of a segmentation are summed.
    """
    log_p, log_q = _log_softmax(p_logits), _log_softmax(q_logits)
    p, q = np.exp(log_p), np.exp(log_q)
    both = np.sum(p * (log_p - log_q)) + np.sum(q * (log_q - log_p))
    return float(both / 2 / len(p_logits))  # eq: adaptive_calibration.22


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def tables(
    snn: SNN,
    x: Array,
    variants: Sequence[Variant],
    *,
    as_released: bool = False,
    tell: Tell = silent,
) -> Tables:
    """Change one layer at a time, run, compare the logits with the source network's.

    A variant that provably sends the same spikes (equal neuron, or a burst limit that the layer
    never reached) is not run again.

    Parameters
    ----------
    as_released : bool
        Count spikes as the authors' counter does: see `phantoms`.
    """
    target, walk = ann_logits(snn.ann, x), Walk(x)
    unchanged = divergence(target, walk.branch().logits(snn))
    shape = (len(variants), len(snn.neurons))
    found = Tables(np.zeros(shape), np.zeros(shape))
    for layer, (name, old) in enumerate(snn.neurons.items()):
        assert isinstance(old, AdaFire)
        base = walk.branch()
        base.go(snn, name)
        for k, variant in enumerate(variants):
            new, ahead, loss = variant(old), base, unchanged
            changed = with_neuron(snn, name, new)
            if not _sends_the_same(new, old, int(base.kept[name].max(initial=0))):
                ahead = walk.branch()
                ahead.go(changed, name)
            found.spikes[k, layer] = ahead.kept[name].sum(dtype=np.int64)
            if as_released:
                found.spikes[k, layer] += phantoms(new, walk.seen(changed, name)).sum()
            if ahead is not base:
                loss = divergence(target, ahead.logits(changed))
            found.divergence[k, layer] = loss
            tell(f"search: {name}, {k + 1} of {len(variants)} candidates")
        walk = base
    return found


def _sends_the_same(new: AdaFire, old: AdaFire, longest: int) -> bool:
    """``longest``: most spikes that a neuron of the layer sent in a frame."""
    if new == old:
        return True
    return replace(new, phi=old.phi) == old and longest <= new.phi < old.phi


def phantoms(neuron: AdaFire, u: Array) -> Array:
    """Spikes the released counter adds: phi in each step of a dead channel above 0.

    They are not sent: their amplitude is 0. ``u`` (T, B, ...) is what the comparison saw.
    """
    if neuron.dead is None:
        return np.zeros(u.shape, np.int64)
    return np.where(neuron.dead & (u > 0), neuron.phi, 0)
