"""Who spikes when."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.plots.canvas import GREY, LEAST, figure, save
from refsnn.typing import Array


def spikes(axis: Any, train: Array) -> None:
    """Raster of one layer, a row per neuron: blue is a spike, red an inhibitory one.

    Parameters
    ----------
    train : array (T, N) of -1, 0, 1
    """
    steps, neurons = train.shape
    box = (0.5, steps + 0.5, -0.5, neurons - 0.5)
    axis.imshow(
        train.T, cmap="RdBu", vmin=-1.2, vmax=1.2, aspect="auto", interpolation="nearest",
        origin="lower", extent=box,
    )  # fmt: skip
    axis.vlines(np.arange(1.5, steps), *box[2:], color=GREY, linewidth=0.4)
    axis.set_xticks(range(1, steps + 1))
    axis.set(xlabel="frame t of the layer's own train", ylabel="neuron")


def raster(trains: Mapping[str, Mapping[str, Array]], path: str | Path, title: str) -> None:
    """Spike rasters: one column per method, one row per layer.

    Parameters
    ----------
    trains : mapping
        Method to layer to spikes (T, N) of one sample.
    """
    methods, layers = list(trains), list(next(iter(trains.values())))
    size = (1.6 + 3.0 * len(methods), 0.8 + 2.6 * len(layers))
    canvas, axes = figure(len(layers), len(methods), size, sharex="col", sharey="row")
    for i, layer in enumerate(layers):
        for axis, (method, own) in zip(axes[i], trains.items(), strict=True):
            spikes(axis, own[layer])
            sent = int(np.abs(own[layer]).sum())
            axis.set_title(f"{method}, {layer}: {sent} spikes", fontsize=LEAST)
            axis.label_outer()
    canvas.suptitle(title)
    save(canvas, path)
