"""Train a network on named data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from refsnn.ann import accuracy
from refsnn.datasets import DATASETS, Split, dataset, load_spec
from refsnn.errors import InputError, nearest
from refsnn.graph import Graph
from refsnn.io import Model
from refsnn.models import activation, network
from refsnn.train import Epoch, Trained, Training, train


@dataclass(frozen=True, kw_only=True)
class TrainJob:
    """What to train, on what, how. Equal jobs give equal networks on one machine."""

    data: str = "digits"
    act: str = "qcfs"
    levels: int = 4
    net: str = "cnn"
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of `Training`."""


@dataclass(frozen=True)
class Prepared:
    """A job whose settings and data have been checked: training can start."""

    job: TrainJob
    graph: Graph
    settings: Training
    training: Split
    test: Split | None

    def run(self, step: Callable[[Epoch], None] | None = None) -> Model:
        """Train; the model's notes say on what and how well."""
        assert self.training.y is not None
        trained = train(self.graph, self.training.prepared(), self.training.y, self.settings, step)
        notes = {
            "job": asdict(self.job),
            "train_accuracy": trained.train_accuracy,
            "test_accuracy": _test_accuracy(trained, self.test),
            "data": self.training.name,
        }
        return Model(trained.graph, self.training.preprocessing, notes)


def prepare(job: TrainJob) -> Prepared:
    """Read the data, make the network, check every setting."""
    training, test = splits(job.data)
    if training.y is None:
        raise InputError("data have no labels", where=job.data, fix="store them as array y")
    settings = Training(**_checked(job.settings))
    shape, classes = training.prepared().shape[1:], int(training.y.max()) + 1
    graph = network(job.net, shape, classes, activation(job.act, job.levels), settings.seed)
    return Prepared(job, graph, settings, training, test)


def splits(spec: str) -> tuple[Split, Split | None]:
    """Training and test images: of a data set both, of any other SPEC the training images only."""
    if spec in DATASETS:
        chosen = dataset(spec)
        return chosen.split("train"), chosen.split("test")
    return load_spec(spec), None


def _test_accuracy(trained: Trained, test: Split | None) -> float | None:
    if test is None or test.y is None:
        return None
    return accuracy(trained.graph, test.prepared(dtype=np.float32), test.y)


def _checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    known = list(Training.__dataclass_fields__)
    for name in settings:
        if name not in known:
            raise InputError(
                f"unknown setting {name!r}", where="training", fix=nearest(name, known)
            )
    return dict(settings)
