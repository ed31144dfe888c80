"""Bias calibration (the light pipeline of SNN Calibration): close the gap of channel means."""

from __future__ import annotations

from refsnn.calibration.parts import (
    ann_means,
    bias_owner,
    channel_mean,
    with_graph_params,
)
from refsnn.calibration.walk import Walk
from refsnn.snn import SNN
from refsnn.tell import Tell, silent
from refsnn.typing import Array


def calibrate_biases(snn: SNN, x: Array, tell: Tell = silent) -> SNN:
    """Move each bias by the gap of the layer's channel means, layer by layer, once.

    ``b_c <- b_c - (mean a_hat_c - mean a_c)`` over samples and places, with a the activation of
    the untouched source network and a_hat what the layer sends on average, earlier corrections
    included. It acts through the nonlinearity: the gap shrinks, it need not vanish.

    Layers whose bias belongs to other activations as well are left alone (`bias_owner`).

    Source
    ------
    Li et al., ICML 2021, and the authors' code: adaptive_calibration.6.
    """
    means, walk = ann_means(snn.ann, x, list(snn.neurons)), Walk(x)
    for name in snn.neurons:
        owner = bias_owner(snn.graph, name)
        if owner is not None:
            key = f"{owner.name}.bias"
            gap = channel_mean(walk.mean_sent(snn, name).mean(axis=0)) - channel_mean(means[name])
            moved = snn.graph.params[key] - gap  # eq: adaptive_calibration.6
            snn = with_graph_params(snn, {key: moved})
        walk.go(snn, name)
        tell(f"biases: {name}")
    return snn
