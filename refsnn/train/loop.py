"""The seeded training loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from refsnn.ann import accuracy, check_data
from refsnn.errors import InputError
from refsnn.graph import Graph
from refsnn.semantics import choose
from refsnn.train.gradients import loss_and_gradients
from refsnn.train.optimisers import OPTIMISERS, cosine
from refsnn.train.positivity import Rooted, is_threshold
from refsnn.typing import Array, IntArray

LAMBDA_MIN = 1e-3
"""Learned clipping thresholds are kept at or above this after every update (rule "floor")."""


def trainable(graph: Graph) -> dict[str, Array]:
    """The parameters an optimiser moves."""
    return {
        f"{node.name}.{key}": graph.params[f"{node.name}.{key}"]
        for node in graph.nodes
        for key in node.op.trainable
        if f"{node.name}.{key}" in graph.params
    }


@dataclass(frozen=True, kw_only=True)
class Training:
    """Settings of a training run. Equal settings give equal bits on one machine."""

    epochs: int = 20
    batch: int = 64
    rate: float = 0.1
    optimiser: Literal["sgd", "adam"] = "sgd"
    weight_decay: float = 5e-4
    label_smoothing: float = 0.0
    shift: int = 0
    """Augmentation: random shifts by up to this many pixels (zeros move in)."""
    kappa: float = 0.0
    """Weight of `bit_penalty`, a penalty on the set bits of all levels; 0: none."""
    seed: int = 0
    positivity: Literal["floor", "root"] = "floor"
    """Learned thresholds: at least `LAMBDA_MIN`, or of the form `refsnn.train.positivity` has."""

    def __post_init__(self) -> None:
        choose("positivity", self.positivity, ("floor", "root"))
        choose("optimiser", self.optimiser, tuple(OPTIMISERS))
        for name in ("epochs", "batch"):
            if getattr(self, name) < 1:
                raise InputError("too small", where=name, expected=">= 1", got=getattr(self, name))
        if not self.rate > 0:
            raise InputError("learning rate", where="rate", expected="> 0", got=self.rate)
        for name in ("weight_decay", "shift", "kappa"):
            if not getattr(self, name) >= 0:
                raise InputError("negative", where=name, expected=">= 0", got=getattr(self, name))
        if not 0 <= self.label_smoothing < 1:
            got = self.label_smoothing
            raise InputError("no fraction", where="label_smoothing", expected="0 <= s < 1", got=got)


@dataclass(frozen=True)
class Epoch:
    """Progress of a training run after one epoch."""

    number: int
    loss: float
    rate: float


@dataclass(frozen=True)
class Trained:
    """A trained graph and how it got there."""

    graph: Graph
    history: tuple[Epoch, ...] = field(default=())
    train_accuracy: float = float("nan")


def train(
    graph: Graph,
    x: Array,
    y: IntArray,
    settings: Training = Training(),
    progress: Callable[[Epoch], None] | None = None,
) -> Trained:
    """Train in float32.

    Parameters
    ----------
    x : array (N, ...), y : int array (N,)
        Data and labels.
    progress : callable, optional
        Called after each epoch.
    """
    x = check_data(graph, np.asarray(x, np.float32))
    if settings.shift and x.ndim < 3:
        raise InputError("a shift needs images", where="shift", got=f"data of shape {x.shape}")
    y = check_labels(y, len(x), graph.shapes[graph.output][0])
    rng = np.random.default_rng(settings.seed)
    graph = graph.astype(np.float32)
    rule = OPTIMISERS[settings.optimiser](weight_decay=settings.weight_decay)
    rule = Rooted(rule) if settings.positivity == "root" else rule
    floor = LAMBDA_MIN if settings.positivity == "floor" else 0.0
    state = rule.start(trainable(graph))
    history = []
    for number in range(settings.epochs):
        losses = []
        for done, rows in _batches(len(x), settings, rng):
            rate = cosine(settings.rate, (number + done) / settings.epochs)
            part = shifted(x[rows], settings.shift, rng)
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                loss, gradients, updates = loss_and_gradients(
                    graph,
                    part,
                    y[rows],
                    label_smoothing=settings.label_smoothing,
                    kappa=settings.kappa,
                    rng=rng,
                )
                state, new = rule.step(state, graph.params, gradients, np.float32(rate))
            if not all(np.all(np.isfinite(v)) for v in (loss, *new.values(), *updates.values())):
                where = f"epoch {number + 1}"
                raise InputError("training diverged", where=where, fix="lower the rate")
            graph = _moved(graph, {**new, **updates}, floor)
            losses.append(loss)
        history.append(Epoch(number + 1, float(np.mean(losses)), rate))
        if progress is not None:
            progress(history[-1])
    return Trained(graph, tuple(history), accuracy(graph, x, y))


def check_labels(y: IntArray, count: int, classes: int) -> IntArray:
    """Labels as int64, or an error that says which one does not fit."""
    y = np.asarray(y)
    if y.shape != (count,) or y.dtype.kind not in "iu":
        raise InputError(
            "labels do not fit",
            where="labels",
            expected=f"{count} integers",
            got=f"{y.dtype} {y.shape}",
        )
    if count and (y.min() < 0 or y.max() >= classes):
        worst = y.min() if y.min() < 0 else y.max()
        expected = f"0..{classes - 1}"
        raise InputError("label out of range", where="labels", expected=expected, got=worst)
    return y.astype(np.int64)


def _batches(
    count: int, settings: Training, rng: np.random.Generator
) -> Iterator[tuple[float, IntArray]]:
    order = rng.permutation(count)
    for start in range(0, count, settings.batch):
        rows = order[start : start + settings.batch]
        if len(rows) > 1 or settings.batch == 1 or count == 1:  # batch statistics need two
            yield start / count, rows


def shifted(x: Array, most: int, rng: np.random.Generator) -> Array:
    """Each image moved by its own random whole number of pixels, zeros moving in."""
    if most == 0:
        return x
    height, width = x.shape[-2:]
    padded = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(most, most)] * 2)
    out = np.empty_like(x)
    for i, (dy, dx) in enumerate(rng.integers(0, 2 * most + 1, size=(len(x), 2))):
        out[i] = padded[i, ..., dy : dy + height, dx : dx + width]
    return out


def _moved(graph: Graph, params: dict[str, Array], floor: float) -> Graph:
    for name, value in params.items():
        if is_threshold(name):
            params[name] = np.maximum(value, np.asarray(floor, value.dtype))
    return graph.with_params(params)
