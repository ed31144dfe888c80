"""How far changing one layer moves the network's output, and how many spikes it then sends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from refsnn.ann import logits as ann_logits
from refsnn.calibration.parts import with_neuron
from refsnn.engines import Run, run
from refsnn.engines.memory import run_blocks
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
    target = ann_logits(snn.ann, x)
    base = run(snn, x, record=None if as_released else ())
    longest = _longest_bursts(snn, x)
    shape = (len(variants), len(snn.neurons))
    found = Tables(np.zeros(shape), np.zeros(shape))
    for layer, (name, old) in enumerate(snn.neurons.items()):
        assert isinstance(old, AdaFire)
        for k, variant in enumerate(variants):
            new = variant(old)
            done = base
            if not _sends_the_same(new, old, longest[name]):
                record = (name,) if as_released else ()
                done = run(with_neuron(snn, name, new), x, record=record)
            found.divergence[k, layer] = divergence(target, done.logits)
            found.spikes[k, layer] = _spikes(new, name, done, as_released)
            tell(f"search: {name}, {k + 1} of {len(variants)} candidates")
    return found


def _longest_bursts(snn: SNN, x: Array) -> dict[str, int]:
    """Most spikes that a neuron of each layer sent in a frame."""
    longest = dict.fromkeys(snn.neurons, 0)
    for block in run_blocks(snn, len(x), recorded=True):
        traces = run(snn, x[block], record=list(longest)).traces
        longest = {name: max(most, int(traces[name].fired.max())) for name, most in longest.items()}
    return longest


def _sends_the_same(new: AdaFire, old: AdaFire, longest: int) -> bool:
    if new == old:
        return True
    return replace(new, phi=old.phi) == old and longest <= new.phi < old.phi


def _spikes(neuron: AdaFire, name: str, done: Run, as_released: bool) -> float:
    sent = float(done.sent[name].sum())
    if not as_released:
        return sent
    return sent + float(phantoms(neuron, done.traces[name].u).sum())


def phantoms(neuron: AdaFire, u: Array) -> Array:
    """Spikes the released counter adds: phi in each step of a dead channel above 0.

    They are not sent: their amplitude is 0. ``u`` (T, B, ...) is what the comparison saw.
    """
    if neuron.dead is None:
        return np.zeros(u.shape, np.int64)
    return np.where(neuron.dead & (u > 0), neuron.phi, 0)
