"""The conversion error of a layer, split into four parts, each from its own formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from refsnn.activations import Activation
from refsnn.ann import Reference
from refsnn.engines import Run
from refsnn.neurons import Neuron
from refsnn.snn import SNN
from refsnn.typing import Array

PARTS = ("inherited", "clipping", "quantisation", "unevenness")


@dataclass(frozen=True)
class Split:
    """``r - a`` of one layer and its parts, all (B, ...) in units of the activation."""

    total: Array
    inherited: Array
    clipping: Array
    quantisation: Array
    unevenness: Array

    def gap(self) -> float:
        """Largest ``|sum of the parts - total|`` in ulps of the largest term of each sum."""
        parts = np.stack([getattr(self, name) for name in PARTS])
        gap = np.abs(parts.sum(axis=0) - self.total)
        scale = np.maximum(np.abs(parts).max(axis=0), np.abs(self.total))
        return float(
            np.max(gap / np.spacing(np.maximum(scale, np.finfo(scale.dtype).tiny)), initial=0)
        )

    def summary(self) -> dict[str, Any]:
        """Mean and largest magnitude of every part."""
        return {
            name: {
                "mean": float(np.mean(part)),
                "mean_abs": float(np.mean(np.abs(part))),
                "max_abs": float(np.max(np.abs(part), initial=0)),
            }
            for name in ("total", *PARTS)
            for part in (getattr(self, name),)
        }


def split(snn: SNN, name: str, run: Run, reference: Reference) -> Split:
    r"""Split the error of layer ``name``.

    With ``z'`` the mean input the SNN's layer received, ``z`` the ANN's pre-activation, ``f`` the
    reference activation and ``g`` the same without quantisation, ``q`` the staircase of the
    neuron under constant drive (qcfs.9) and ``Theta`` its largest output:

    - inherited:    ``f(z') - f(z)``
    - clipping:     ``clip(z', 0, Theta) - g(z')``
    - quantisation: ``(q(z') - clip(z', 0, Theta)) - (f(z') - g(z'))``
    - unevenness:   ``r - q(z')``

    Exactness
    ---------
    The parts sum to ``r - f(z)`` identically; in floats exactly at level E.

    Source
    ------
    The three kinds of error: qcfs.8 of docs/equations.md. That they are taken at the SNN's own
    input and joined by the inherited part, so that they sum exactly, is ours.
    """
    node, neuron = snn.ann.node(name), snn.neurons[name]
    assert isinstance(node.op, Activation)
    params = snn.ann.of(name)
    mean = neuron.semantics.readout == "mean"
    frames = np.asarray(snn.frames[name] if mean else 1, reference.z.dtype)
    z, r = run.charges[name] / frames, run.sums[name] / frames
    stairs, top = staircase(neuron, snn.frames[name], z, mean=mean)
    f, g, clipped = node.op.apply(params, z), node.op.unquantised(params, z), np.clip(z, 0, top)
    return Split(  # eq: qcfs.8
        total=r - reference.a,
        inherited=f - reference.a,
        clipping=clipped - g,
        quantisation=(stairs - clipped) - (f - g),
        unevenness=r - stairs,
    )


def staircase(neuron: Neuron, frames: int, z: Array, *, mean: bool) -> tuple[Array, Array]:
    """Output under constant drive of total ``z``, and the largest output (qcfs.9)."""
    theta = np.asarray(neuron.theta, z.dtype)
    steps = np.asarray(frames, z.dtype)
    start = np.asarray(neuron.start(), z.dtype) / theta
    start = start + np.asarray(neuron.semantics.shift * frames, z.dtype)
    charge = z * steps if mean else z
    count = np.clip(np.floor(charge / theta + start), 0, neuron.max_count(frames))  # eq: qcfs.9
    value = neuron.representable(count) * theta
    top = theta * np.asarray(neuron.max_count(frames), z.dtype)
    return (value / steps, top / steps) if mean else (value, top)
