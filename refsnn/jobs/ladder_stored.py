"""A climb from one stored network, which nobody here needs to have trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from refsnn.calibration.levels import with_levels
from refsnn.convert import Calibration, Method
from refsnn.errors import InputError, UnsupportedError
from refsnn.io import Model, load_model
from refsnn.jobs.ladder_shop import BASELINE, Ladder
from refsnn.jobs.running import calibration
from refsnn.tell import Tell


@dataclass(frozen=True, kw_only=True)
class StoredLadder(Ladder):
    """A climb whose ReLU network is there already; levels are calibrated into it.

    Parameters
    ----------
    data : str
        SPEC of the test images.
    net : str
        Model file.
    calib : str
        SPEC of the images that methods are tuned on, and levels.
    levels : int, optional
        L of the QCFS networks; default: those of each method's demo.
    """

    calib: str
    levels: int | None = None


@dataclass(frozen=True)
class Stored:
    """The networks of one climb that are made from a stored one."""

    job: StoredLadder
    tell: Tell
    original: Model
    tuning: Calibration
    held: Calibration
    made: dict[int, Model] = field(default_factory=dict)

    @classmethod
    def of(cls, job: StoredLadder, tell: Tell) -> Stored:
        """Load what the job names."""
        model = load_model(Path(job.net))
        held = calibration(job.data, model, tell)
        if held.y is None:
            fix = "name a data set with labels, e.g. digits:test"
            raise InputError("there are no labels", where=job.data, fix=fix)
        return cls(job, tell, model, calibration(job.calib, model, tell), held)

    def source(self, method: type[Method]) -> Mapping[str, Any]:
        """That of the method's demo, with the levels of the job."""
        given = {} if self.job.levels is None else {"levels": self.job.levels}
        return {**method.source, **given} if "levels" in method.source else method.source

    def model(self, source: Mapping[str, Any]) -> Model:
        """The network as it is, or with levels."""
        if source["act"] == BASELINE:
            return self.original
        if source["act"] != "qcfs":
            fix = f"train one with --act {source['act']}"
            raise UnsupportedError("its activation has to be trained", where=self.job.net, fix=fix)
        levels = source["levels"]
        if levels not in self.made:
            self.tell(f"calibrate {levels} levels")
            graph = with_levels(self.original.graph, self.tuning.x, levels, tell=self.tell)
            self.made[levels] = Model(graph, self.original.preprocessing)
        return self.made[levels]

    def test(self) -> Calibration:
        """The test images."""
        return self.held

    def calibration(self) -> Calibration:
        """The images of ``--calib``."""
        return self.tuning
