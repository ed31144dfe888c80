"""The demo's pictures: who spikes when, and what one membrane does under each method."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from refsnn import plots
from refsnn.engines import Run, run
from refsnn.snn import SNN
from refsnn.typing import Array

MOST = 48
"""Neurons in a raster: more cannot be told apart."""


def draw(folder: Path, networks: Mapping[str, SNN], image: Array) -> None:
    """Write raster.png and membrane.png for one image (1, ...)."""
    runs = {m: run(snn, image, record=list(snn.neurons)) for m, snn in networks.items()}
    layers = list(next(iter(networks.values())).neurons)
    plots.raster(
        trains(runs, layers[-2:]),
        folder / "raster.png",
        f"First test image: neurons that fire (at most {MOST} a layer); red: inhibitory spikes",
    )
    layer, place = telling_neuron(runs, layers[1:])
    plots.membranes(
        {m: outcome.traces[layer] for m, outcome in runs.items()},
        {m: _theta(snn, layer, place) for m, snn in networks.items()},
        place,
        folder / "membrane.png",
        f"Neuron {place[1:]} of {layer}, first test image, under each method",
    )


def trains(runs: Mapping[str, Run], layers: list[str]) -> dict[str, dict[str, Array]]:
    """Method to layer to the spikes (T, N) of the first sample, silent neurons left out."""
    sent = {m: {layer: _sent(outcome, layer) for layer in layers} for m, outcome in runs.items()}
    busy = {
        layer: np.flatnonzero(np.any([own[layer].any(axis=0) for own in sent.values()], axis=0))
        for layer in layers
    }
    return {
        m: {layer: train[:, busy[layer][:MOST]] for layer, train in own.items()}
        for m, own in sent.items()
    }


def _theta(snn: SNN, layer: str, place: tuple[int, ...]) -> float:
    """Threshold of one neuron; ``place`` is the sample, then its coordinates."""
    theta = np.broadcast_to(snn.neurons[layer].theta, snn.graph.shapes[layer])
    return float(theta[place[1:]])


def _sent(outcome: Run, layer: str) -> Array:
    trace = outcome.traces[layer]
    sent = trace.fired[np.isin(trace.phase, ("emit", "fire"))][:, 0]
    return sent.reshape(len(sent), -1)


def telling_neuron(runs: Mapping[str, Run], layers: list[str]) -> tuple[str, tuple[int, ...]]:
    """A neuron that PASCAL corrected by an inhibitory spike and that rate coding got wrong."""
    exact, rate = runs["pascal"], runs["qcfs"]
    for layer in layers:
        corrected = (exact.traces[layer].fired < 0).any(axis=0)
        wrong = exact.counts[layer] != rate.counts[layer]
        for place in np.argwhere(corrected & wrong & (exact.counts[layer] > 0)):
            return layer, tuple(int(i) for i in place)
    return layers[-1], (0,) * exact.counts[layers[-1]].ndim
