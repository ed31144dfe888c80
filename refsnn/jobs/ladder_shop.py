"""What a ladder is asked for, and the networks it has trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from refsnn.convert import METHODS, Calibration, Method, method_class
from refsnn.datasets import Split
from refsnn.errors import InputError
from refsnn.io import Model
from refsnn.jobs.main_job import Bar
from refsnn.jobs.training import Prepared, TrainJob, prepare
from refsnn.neurons.protocol import positive

BASELINE = "relu"
"""Activation of the ANN that nothing has been taken from."""


@dataclass(frozen=True, kw_only=True)
class LadderJob:
    """What to climb.

    Parameters
    ----------
    data : str
        Data set with a training and a test split.
    net : str
        Network, as of `TrainJob`.
    steps : tuple of int
        Numbers of steps T, for the methods that can choose.
    methods : tuple of str
        Names; empty: all.
    training : mapping
        Settings of `Training`, the same for every network.
    calibration : int
        Training images, from the first on, for methods that tune something.
    """

    data: str = "digits"
    net: str = "cnn"
    steps: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    methods: tuple[str, ...] = ()
    training: Mapping[str, Any]
    calibration: int = 256

    def __post_init__(self) -> None:
        for t in self.steps:
            positive("steps", t)
        positive("calibration", self.calibration)
        if not self.steps:
            raise InputError("no number of steps", where="steps", fix="e.g. 1,2,4,8")
        for name in self.methods:
            method_class(name)

    @property
    def chosen(self) -> list[type[Method]]:
        """The methods, in the order of `METHODS`."""
        return [m for m in METHODS.values() if not self.methods or m.name in self.methods]


@dataclass(frozen=True)
class Shop:
    """One climb: its job, whom it tells, and the networks it has trained."""

    job: LadderJob
    tell: Callable[[str], None]
    bar: Bar
    trained: dict[str, tuple[Prepared, Model]]

    def model(self, source: Mapping[str, Any]) -> Model:
        """The ANN of a source, trained once a climb."""
        return self._made(source)[1]

    def test(self) -> Calibration:
        """The test images, prepared as every network of the climb wants them."""
        prepared, model = self._made({"act": BASELINE})
        return _images(_labelled(prepared.test, self.job.data), model)

    def calibration(self) -> Calibration:
        """Training images for methods that tune something."""
        prepared, model = self._made({"act": BASELINE})
        return _images(prepared.training[: self.job.calibration], model)

    def _made(self, source: Mapping[str, Any]) -> tuple[Prepared, Model]:
        wanted = {"data": self.job.data, "net": self.job.net, **source}
        job = TrainJob(**wanted, settings=self.job.training)
        if repr(job) not in self.trained:
            prepared = prepare(job)
            _labelled(prepared.test, self.job.data)
            self.tell(f"train the {source_name(source)} network")
            with self.bar("training", prepared.settings.epochs) as step:
                model = prepared.run(lambda e: step(f"loss {e.loss:.4f}"))
            self.trained[repr(job)] = prepared, model
        return self.trained[repr(job)]


def _labelled(test: Split | None, data: str) -> Split:
    if test is None or test.y is None:
        fix = "name a data set, e.g. digits"
        raise InputError("there are no test images with labels", where=data, fix=fix)
    return test


def _images(split: Split, model: Model) -> Calibration:
    return Calibration(split.prepared(model.preprocessing, np.dtype(np.float64)), split.y)


def source_name(source: Mapping[str, Any]) -> str:
    """``qcfs, L = 4``; without the levels where the activation has none."""
    more = [f"{k} = {v}" for k, v in source.items() if k not in ("act", "levels")]
    levels = [f"L = {source['levels']}"] if "levels" in source and source["act"] == "qcfs" else []
    return ", ".join([str(source["act"]), *levels, *more])
