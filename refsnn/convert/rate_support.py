"""What the rate coded methods have in common: their support table, what they refuse, thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from refsnn.ann import activations
from refsnn.convert.claims import Support, SupportTable
from refsnn.convert.neurons import per_channel
from refsnn.convert.support import MEAN, SETTLED, support_table
from refsnn.errors import UnsupportedError
from refsnn.graph import Graph
from refsnn.neurons import Neuron
from refsnn.typing import Array

SIGNED = Support("refused", "its negative side is no rate of spikes: train with ReLU")


def rate_support(settles: bool = False, **acts: Support) -> SupportTable:
    """The table of a rate coded method that treats activations as given.

    ``settles``: its neurons end at the right count, so that linear operations lose nothing.
    """
    linear = Support("exact", SETTLED) if settles else Support("approximate", MEAN)
    return support_table(linear, **{"LeakyReLU": SIGNED, **acts})


def require_supported(graph: Graph, method: str, table: SupportTable) -> None:
    """An error that says why, if there is no activation or one that the table refuses."""
    if not activations(graph):
        raise UnsupportedError("there is no activation to convert", where="graph")
    for node in activations(graph):
        kind = type(node.op).__name__
        entry = table.get(kind, Support("refused", "unknown to this method"))
        if entry.outcome == "refused":
            raise UnsupportedError(
                f"{method} does not convert {kind}", where=node.name, fix=entry.why
            )


def on_grid(thetas: Mapping[str, Array], bits: int | None) -> dict[str, Array]:
    """Measured thresholds on the grid of the weights, rounded up: nothing seen is clipped."""
    if bits is None:
        return dict(thetas)
    step = 2.0**-bits
    return {name: np.ceil(theta / step) * step for name, theta in thetas.items()}


def placed(
    graph: Graph, thetas: Mapping[str, Array], neuron: Callable[[Array], Neuron]
) -> dict[str, Neuron]:
    """A neuron for every activation, its threshold shaped to broadcast over the sample."""
    return {
        name: neuron(per_channel(theta, len(graph.shapes[name]))) for name, theta in thetas.items()
    }
