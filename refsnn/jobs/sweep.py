"""A sweep: methods times settings over one model and its data, every point measured by itself.

A point is a pure function of its description and of the files it names. Who computes it, when, and
how often does not matter: that is what lets workers die, and sweeps go on where they stopped.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from refsnn import __version__
from refsnn.blas import single_threaded
from refsnn.convert import Calibration, Method, Report, method_class, with_settings
from refsnn.datasets import parse_spec
from refsnn.errors import InputError
from refsnn.io import Model, load_model
from refsnn.jobs.running import calibration, convert_model
from refsnn.snn import SNN

KIND = "refsnn/sweep/1"


@dataclass(frozen=True, kw_only=True)
class Point:
    """One conversion, and what it is tuned and measured on."""

    model: str
    """File of the trained network, as the workers see it."""
    digest: str
    """SHA-256 of that file."""
    method: str
    settings: Mapping[str, Any]
    calib: str | None
    test: str
    samples: Mapping[str, str]
    """SPEC to SHA-256, where ``calib`` or ``test`` names a file; data sets have their own sums."""

    @property
    def key(self) -> str:
        """Names the point by all that decides its outcome; where the model lies does not."""
        plain = {"settings": dict(self.settings), "samples": dict(self.samples)}
        told = asdict(self) | plain | {"refsnn": __version__}
        del told["model"]
        text = json.dumps(told, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    @property
    def title(self) -> str:
        """For people."""
        given = " ".join(f"{key}={json.dumps(value)}" for key, value in self.settings.items())
        return f"{self.method} {given}".strip()


def grid(
    model: Path,
    methods: Sequence[str],
    over: Sequence[tuple[str, Sequence[Any]]],
    *,
    calib: str | None,
    test: str,
) -> list[Point]:
    """All points, the last setting fastest; every setting is checked before anything is computed.

    Parameters
    ----------
    over : sequence of (key, values)
        ``"steps"`` is a setting of every method, ``"qcfs.steps"`` of one.
    calib, test : str
        SPEC of the images; no calibration where the first is None.
    """
    if not methods:
        raise InputError("no method to sweep", where="--method", fix="name one or more")
    if len(set(methods)) < len(methods):
        raise InputError("named twice", where="--method", got=", ".join(methods))
    found = []
    common = partial(
        Point,
        model=str(model),
        digest=digest_of(str(model)),
        calib=calib,
        test=test,
        samples=_sample_files(calib, test),
    )
    for name in methods:
        axes = _axes(name, methods, over)
        for values in itertools.product(*axes.values()):
            settings = dict(zip(axes, values, strict=True))
            with_settings(method_class(name), settings)
            found.append(common(method=name, settings=settings))
    return found


def _sample_files(*specs: str | None) -> dict[str, str]:
    """SPEC to SHA-256, of those that name a file."""
    named = [spec for spec in specs if spec is not None and parse_spec(spec).split is None]
    return {spec: digest_of(parse_spec(spec).source) for spec in named}


def _axes(
    name: str, methods: Sequence[str], over: Sequence[tuple[str, Sequence[Any]]]
) -> dict[str, Sequence[Any]]:
    """The settings of one method and their values."""
    axes: dict[str, Sequence[Any]] = {}
    for key, values in over:
        owner, dot, own = key.rpartition(".")
        if dot and owner not in methods:
            raise InputError(f"{owner} is not swept", where=f"--over {key}", fix="add --method")
        if owner in ("", name):
            axes[own] = values
    return axes


def digest_of(path: str) -> str:
    """SHA-256 of a file as it is now."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        fix = "check the path, on the workers, too"
        raise InputError("file cannot be read", where=path, got=error.strerror, fix=fix) from None


def _require(path: str, digest: str) -> None:
    """Another file of that name is an error."""
    if digest_of(path) != digest:
        fix = "give all workers the same file"
        raise InputError("another file on this worker", where=path, fix=fix)


@lru_cache(maxsize=1)
def _trained(path: str, digest: str) -> Model:
    """The model, read once a process."""
    _require(path, digest)
    return load_model(path)


@lru_cache(maxsize=2)
def _data(spec: str, samples: str | None, path: str, digest: str) -> Calibration:
    """Images as the model wants them, read once a process; ``samples`` is their file's SHA-256."""
    if samples is not None:
        _require(parse_spec(spec).source, samples)
    return calibration(spec, _trained(path, digest))


def measure(point: Point) -> dict[str, Any]:
    """Convert and measure: plain JSON values, the same on every worker.

    BLAS runs on one thread: the last bits of a float product could depend on their number. A
    conversion that a method refuses is an outcome as well.
    """
    file = (point.model, point.digest)
    method = with_settings(method_class(point.method), dict(point.settings))
    with single_threaded():
        trained = _trained(*file)
        tuned = None if point.calib is None else _images(point, point.calib)
        held = _images(point, point.test)
        try:
            snn, report = convert_model(method, trained, tuned, held)
        except InputError as error:
            return {"refused": str(error)}
    return outcome(method, snn, report)


def _images(point: Point, spec: str) -> Calibration:
    return _data(spec, point.samples.get(spec), point.model, point.digest)


def outcome(method: Method, snn: SNN, report: Report) -> dict[str, Any]:
    """What a table needs, of one point."""
    seen, claim = report.evaluation, report.claim
    assert seen is not None
    return {
        "refused": None,
        "steps": sorted({snn.frames[name] for name in snn.neurons}),
        "extra_frames": snn.extra_frames,
        "ann_accuracy": seen.ann_accuracy,
        "snn_accuracy": seen.snn_accuracy,
        "spikes": seen.cost.spikes,
        "energy_nj": seen.cost.snn_energy_nj,
        "wrong_counts": seen.wrong_counts,
        "level": seen.exactness.level,
        "claim": {"kind": claim.kind, "held": claim.held, "observed": claim.observed},
    }


def described(point: Point, found: Mapping[str, Any]) -> dict[str, Any]:
    """A point and its outcome, as they are stored."""
    told = {"method": point.method, "settings": dict(point.settings)}
    return {"format": KIND, "key": point.key, **told, "outcome": dict(found)}
