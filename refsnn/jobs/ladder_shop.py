"""What a ladder is asked for, and the networks it has trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

import numpy as np

from refsnn.convert import METHODS, Calibration, Method, method_class
from refsnn.datasets import Split
from refsnn.errors import InputError, nearest
from refsnn.io import Model
from refsnn.jobs.main_job import Bar
from refsnn.jobs.training import Prepared, TrainJob, prepare
from refsnn.neurons.protocol import positive
from refsnn.tell import Tell

BASELINE = "relu"
"""Activation of the ANN that nothing has been taken from."""


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """What to climb.

    Parameters
    ----------
    data : str
        The images.
    net : str
        The network.
    steps : tuple of int
        Numbers of steps T, for the methods that can choose.
    methods : tuple of str
        Names; empty: all.
    settings : mapping
        Settings of the methods that have them, in place of those of the demo.
    """

    data: str = "digits"
    net: str = "cnn"
    steps: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    methods: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for t in self.steps:
            positive("steps", t)
        if not self.steps:
            raise InputError("no number of steps", where="steps", fix="e.g. 1,2,4,8")
        for name in self.methods:
            method_class(name)
        known = {f.name for method in self.chosen for f in fields(method)}
        for name in self.settings:
            if name not in known:
                fix = nearest(name, sorted(known))
                raise InputError(f"no method has a setting {name!r}", where="--set", fix=fix)

    @property
    def chosen(self) -> list[type[Method]]:
        """The methods, in the order of `METHODS`."""
        return [m for m in METHODS.values() if not self.methods or m.name in self.methods]

    def settings_of(self, method: type[Method]) -> Iterator[dict[str, Any]]:
        """Settings of the demo and of this climb at every T, or once where levels fix T."""
        base = self.own(method)
        fixed = all(f.name != "steps" for f in fields(method))
        yield from [base] if fixed else ({**base, "steps": t} for t in self.steps)

    def own(self, method: type[Method]) -> dict[str, Any]:
        """Settings of the demo and of this climb, T as of the demo."""
        names = {f.name for f in fields(method)}
        given = {name: value for name, value in self.settings.items() if name in names}
        return {**method.demo, "snap": None, **given}


@dataclass(frozen=True, kw_only=True)
class LadderJob(Ladder):
    """A climb whose networks are trained first.

    Parameters
    ----------
    data : str
        Data set with a training and a test split.
    net : str
        Network, as of `TrainJob`.
    training : mapping
        Settings of `Training`, the same for every network.
    calibration : int
        Training images, from the first on, for methods that tune something.
    """

    training: Mapping[str, Any]
    calibration: int = 256

    def __post_init__(self) -> None:
        super().__post_init__()
        positive("calibration", self.calibration)


class Shop(Protocol):
    """Networks and images of a climb."""

    @property
    def tell(self) -> Tell:
        """Is told what is being done."""

    def source(self, method: type[Method]) -> Mapping[str, Any]:
        """What the ANN of a method has: its activation, its levels."""

    def model(self, source: Mapping[str, Any]) -> Model:
        """The ANN of a source, made once a climb."""

    def test(self) -> Calibration:
        """The test images, prepared as every network of the climb wants them."""

    def calibration(self) -> Calibration:
        """Images for methods that tune something."""


@dataclass(frozen=True)
class Trained:
    """The networks that one climb has trained."""

    job: LadderJob
    tell: Tell
    bar: Bar
    trained: dict[str, tuple[Prepared, Model]]

    def source(self, method: type[Method]) -> Mapping[str, Any]:
        """That of the method's demo."""
        return method.source

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
