"""The published golden cases: every conversion method, every convention on two small networks.

Nothing in them is trained: weights and images come from SplitMix64, on a dyadic grid, so that every
sum is exact in float64 in any order, on any machine; in float32, too, but for the cases named
"fine-grid".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from refsnn.activations import QCFS, Activation, Clip, ReLU
from refsnn.convert import METHODS, Calibration
from refsnn.engines import Case, run
from refsnn.errors import InputError, nearest
from refsnn.graph import Graph, Node, initialise
from refsnn.jobs.golden_nets import conv, drawn, grid, mlp, refined
from refsnn.neurons import IF, LIF, Neuron, Readout
from refsnn.ops import AvgPool2d, BatchNorm, MaxPool2d, Op
from refsnn.passes import fold_batch_norm
from refsnn.snn import SNN
from refsnn.typing import Array, Shape

SAMPLES = 7
"""Unlike every other extent of a case, so that the axes of a dump can be told apart."""
IMAGE: Shape = (2, 2, 6)
VECTOR: Shape = (12,)


class Recipe(NamedTuple):
    """How a case is made."""

    net: str
    """"mlp" or "conv"."""
    act: Activation
    method: str | None
    """None: ``neuron`` takes the place of every activation."""
    settings: Mapping[str, Any] = {}
    neuron: Callable[[Array], Neuron] | None = None
    norm: bool = False
    pool: Op = AvgPool2d((2, 2))
    fine: bool = False
    """Weights on a grid that float32 sums cannot hold."""


def _pair(act: Callable[[int], Activation], method: str, settings: Any, **more: Any) -> Any:
    """A case for each of the two networks; the activation may depend on which."""
    made = {}
    for i, net in enumerate(("mlp", "conv")):
        own = settings[i] if isinstance(settings, tuple) else settings
        made[f"{method}-{net}"] = Recipe(net, act(i), method, own, **more)
    return made


def _late(theta: Array) -> LIF:
    half = np.asarray(2.0)
    return LIF(theta=theta, tau=half, r=2.0, integration="euler", reset_acts="next_step")


def _several(theta: Array) -> LIF:
    return LIF(theta=theta, most=3, v_min=-1.0)


def _hard(theta: Array) -> IF:
    return IF(theta=theta, compare="gt", reset="zero", v_init=0.0)


SUM_POOL = AvgPool2d((2, 2), divisor=1)
CALIBRATED = {"steps": 4, "snap": 2}
BURST = {**CALIBRATED, "search": False, "channels": False, "batches": 1}
RECIPES: dict[str, Recipe] = {
    **_pair(lambda _: QCFS(levels=4), "qcfs", {"steps": 4}),
    "pascal-mlp": Recipe("mlp", QCFS(levels=3), "pascal"),
    "pascal-l2-mlp": Recipe("mlp", QCFS(levels=2), "pascal"),
    "pascal-conv": Recipe("conv", QCFS(levels=4), "pascal", pool=MaxPool2d((2, 2))),
    **_pair(
        lambda i: QCFS(levels=(7, 15)[i]), "snn-meets-ann", ({"steps": 3}, {"steps": 4}), norm=True
    ),
    **_pair(lambda _: QCFS(levels=4), "error-compensation", {"steps": 4}),
    "potential-initialization-conv": Recipe(
        "conv", Clip(), "potential-initialization", {"steps": 4}
    ),
    "threshold-balancing-mlp": Recipe("mlp", Clip(), "threshold-balancing", {"steps": 4}),
    "rate-norm-mlp": Recipe("mlp", ReLU(), "rate-norm", CALIBRATED),
    **_pair(lambda _: ReLU(), "adaptive-calibration", ({**BURST, "phi": 2}, {**BURST, "phi": 3})),
    "hard-reset-mlp": Recipe("mlp", Clip(), None, neuron=_hard),
    "hard-reset-conv": Recipe("conv", Clip(), None, neuron=_hard),
    "leaky-late-mlp": Recipe("mlp", Clip(), None, neuron=_late),
    "leaky-late-conv": Recipe("conv", Clip(), None, neuron=_late),
    "fine-grid-mlp": Recipe("mlp", QCFS(levels=4), "qcfs", {"steps": 4}, fine=True),
    "fine-grid-conv": Recipe("conv", QCFS(levels=4), "qcfs", {"steps": 4}, fine=True),
    "several-spikes-mlp": Recipe("mlp", Clip(), None, neuron=_several),
    "several-spikes-conv": Recipe("conv", Clip(), None, neuron=_several, pool=SUM_POOL),
}
"""Case to recipe."""
SEEDS = {
    "qcfs-mlp": 7, "qcfs-conv": 12, "pascal-mlp": 85, "pascal-l2-mlp": 6, "pascal-conv": 4,
    "snn-meets-ann-mlp": 61, "snn-meets-ann-conv": 1, "error-compensation-mlp": 119,
    "error-compensation-conv": 18,
    "potential-initialization-conv": 6, "threshold-balancing-mlp": 58, "rate-norm-mlp": 18,
    "adaptive-calibration-mlp": 1, "adaptive-calibration-conv": 1, "hard-reset-mlp": 5,
    "hard-reset-conv": 3, "leaky-late-mlp": 80, "leaky-late-conv": 1, "several-spikes-mlp": 5,
    "several-spikes-conv": 5, "fine-grid-mlp": 31, "fine-grid-conv": 127,
}  # fmt: skip
"""Chosen so that as many known mistakes as possible show in spikes, counts or logits."""


def golden_case(name: str) -> Case:
    """Build a case of the published set; the same bits everywhere."""
    if name not in RECIPES:
        raise InputError(f"unknown case {name!r}", where="--case", fix=nearest(name, list(RECIPES)))
    recipe = RECIPES[name]
    stream = f"{SEEDS[name]}/{recipe.net}"
    shape, nodes = _net(recipe)
    graph = initialise(shape, nodes, seed=0)
    graph = graph.with_params(
        {key: drawn(graph, key, value.shape, stream) for key, value in graph.params.items()}
    )
    graph = refined(graph, stream) if recipe.fine else graph
    x = grid(f"{SEEDS[name]}/images", -4, 10, (SAMPLES, *shape), 8)
    x = x + grid(f"{SEEDS[name]}/fine", -255, 255, x.shape, 2**12) if recipe.fine else x
    norms = tuple(n.inputs[0] for n in graph.nodes if isinstance(n.op, BatchNorm))
    snn = _spiking(recipe, graph, x)
    return Case(name, snn, x, run(snn, x, record=None), norms)


def _net(recipe: Recipe) -> tuple[Shape, list[Node]]:
    if recipe.net == "mlp":
        return VECTOR, mlp(recipe.act, recipe.norm)
    return IMAGE, conv(recipe.act, recipe.norm, recipe.pool)


def _spiking(recipe: Recipe, graph: Graph, x: Array) -> SNN:
    if recipe.method is not None:
        method = METHODS[recipe.method](**recipe.settings)
        return method.convert(graph, Calibration(x))[0]
    graph, make = fold_batch_norm(graph), recipe.neuron
    assert make is not None
    neurons = {
        node.name: make(graph.of(node.name)["lambda"])
        for node in graph.nodes
        if isinstance(node.op, Activation)
    }
    return SNN(graph, neurons, Readout(), 4, "by hand")
