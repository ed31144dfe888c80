"""Two-stage training of PASCAL: uniform L, measure every layer, give each its own L, train on.

Source: the authors' code base describes the two stages (200 of 300 epochs uniform on CIFAR). The
choice of L from the metric is `LevelPolicy`, which is this project's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, get_args

import numpy as np

from refsnn.activations import QCFS
from refsnn.analysis.layerwise import BINS, LEAST_BINS, Bimodality, Layerwise, layerwise
from refsnn.analysis.level_policy import LevelPolicy
from refsnn.ann import BATCH, activations, blocks, evaluate
from refsnn.errors import InputError, UnsupportedError, nearest
from refsnn.graph import Graph
from refsnn.ops.checks import whole
from refsnn.semantics import choose
from refsnn.train import Epoch, Trained, Training, train
from refsnn.typing import Array, IntArray


@dataclass(frozen=True, kw_only=True)
class AdaptivePlan:
    """How the levels are searched.

    Parameters
    ----------
    share : float
        Part of all epochs that the uniform stage takes; both stages have one at least. The
        authors' 200 of 300.
    rate : float, optional
        Learning rate at the start of the second stage, which anneals on its own (ours: whether
        the authors go on with the first schedule could not be read). None: that of the first.
    images : int
        Number of training images the metric is measured on, from the first on.
    bins, bimodality
        Of `layerwise`.
    policy : LevelPolicy
        From metric to levels.
    """

    share: float = 2 / 3
    rate: float | None = None
    images: int = 1024
    bins: int = BINS
    bimodality: Bimodality = "product"
    policy: LevelPolicy = field(default_factory=LevelPolicy)

    def __post_init__(self) -> None:
        choose("bimodality", self.bimodality, get_args(Bimodality))
        whole("images", self.images, 1)
        whole("bins", self.bins, LEAST_BINS)
        _between("share", self.share, 1)
        if self.rate is not None:
            _between("rate", self.rate, float("inf"))

    def stages(self, settings: Training) -> tuple[Training, Training]:
        """The settings of both stages: the epochs divided, another seed for the second."""
        if settings.epochs < 2:
            got = settings.epochs
            raise InputError("two stages need two", where="epochs", expected=">= 2", got=got)
        first = min(max(1, round(self.share * settings.epochs)), settings.epochs - 1)
        rate = settings.rate if self.rate is None else self.rate
        later = replace(settings, epochs=settings.epochs - first, rate=rate, seed=settings.seed + 1)
        return replace(settings, epochs=first), later


def _between(name: str, value: float, most: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and 0 < value < most):
        expected = f"a number > 0 and < {most:g}"
        raise InputError("cannot be used", where=name, expected=expected, got=repr(value))


def plan_of(settings: Mapping[str, Any]) -> AdaptivePlan:
    """A plan from settings by name: its own and those of `LevelPolicy`."""
    own = {f.name for f in fields(AdaptivePlan)} - {"policy"}
    known = own | {f.name for f in fields(LevelPolicy)}
    for name in settings:
        if name not in known:
            hint = nearest(name, sorted(known))
            raise InputError(f"unknown setting {name!r}", where="adaptive", fix=hint)
    for name in ("choices", "cuts"):
        if not isinstance(settings.get(name, ()), list | tuple | None):
            raise InputError("not a list", where=name, got=repr(settings[name]), fix="[1,2,4]")
    policy = LevelPolicy(**{k: v for k, v in settings.items() if k not in own})
    return AdaptivePlan(**{k: v for k, v in settings.items() if k in own}, policy=policy)


@dataclass(frozen=True)
class TwoStage:
    """What the two stages gave."""

    uniform: Trained
    """After the first stage."""
    measured: Mapping[str, Layerwise]
    levels: Mapping[str, int]
    adapted: Graph
    """The same parameters with the chosen levels, before the second stage."""
    final: Trained


def train_two_stages(
    graph: Graph,
    x: Array,
    y: IntArray,
    settings: Training,
    plan: AdaptivePlan,
    progress: Callable[[Epoch], None] | None = None,
) -> TwoStage:
    """Train with the levels the graph has, measure, choose levels, train on.

    Weights and clipping thresholds lambda go on from where they are: only L changes, so that
    ``theta = lambda / L`` does.
    """
    before = require_levels(graph)
    first, second = plan.stages(settings)
    uniform = train(graph, x, y, first, progress)
    measured = measure(uniform.graph, x[: plan.images], plan)
    metrics = {name: layer.metric for name, layer in measured.items()}
    levels = plan.policy.choose(metrics, max(before.values()))
    adapted = with_levels(uniform.graph, levels)
    return TwoStage(uniform, measured, levels, adapted, train(adapted, x, y, second, progress))


def require_levels(graph: Graph) -> dict[str, int]:
    """Levels of every activation; an error if one has none."""
    found: dict[str, int] = {}
    for node in activations(graph):
        if not isinstance(node.op, QCFS):
            raise UnsupportedError(
                "only QCFS activations have levels to choose", where=node.name,
                got=type(node.op).__name__, fix="train with --act qcfs",
            )  # fmt: skip
        found[node.name] = node.op.levels
    if not found:
        raise UnsupportedError("there is no activation", where="graph")
    return found


def with_levels(graph: Graph, levels: Mapping[str, int]) -> Graph:
    """The same network and parameters with other numbers of levels in these activations."""
    known = require_levels(graph)
    for name in levels:
        if name not in known:
            raise InputError("unknown activation", where=name, fix=nearest(name, list(known)))
    nodes = tuple(
        replace(node, op=replace(node.op, levels=levels[node.name]))
        if isinstance(node.op, QCFS) and node.name in levels
        else node
        for node in graph.nodes
    )
    return replace(graph, nodes=nodes)


def measure(graph: Graph, x: Array, plan: AdaptivePlan) -> dict[str, Layerwise]:
    """The metric of every activation on some data."""
    parts = [evaluate(graph, part) for part in blocks(np.asarray(x, np.float32), BATCH)]
    return {
        node.name: layerwise(
            np.concatenate([part[node.name] for part in parts]),
            bins=plan.bins,
            bimodality=plan.bimodality,
        )
        for node in activations(graph)
    }
