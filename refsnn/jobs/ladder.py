"""The accuracy ladder: ANN, quantised ANN, and the spiking network of every method at every T."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from refsnn import __version__
from refsnn.analysis.cost import PJ_MAC, SOURCE, ann_macs
from refsnn.ann import accuracy
from refsnn.convert import Method
from refsnn.errors import InputError, UnsupportedError
from refsnn.jobs.ladder_shop import BASELINE, Ladder, LadderJob, Shop, Trained, source_name
from refsnn.jobs.ladder_stored import Stored, StoredLadder
from refsnn.jobs.main_job import Bar, silent_bar
from refsnn.jobs.running import convert_model
from refsnn.snn import SNN
from refsnn.tell import Tell, silent

KIND = "refsnn/ladder/1"


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One network of the ladder, on the test images."""

    name: str
    """Of the method; "ANN" or "quantised ANN"."""
    source: str
    """The ANN it is made from."""
    steps: float | None
    """T, the mean over layers where they differ; None for an ANN."""
    steps_text: str
    accuracy: float
    ann_accuracy: float
    """Of the network it is held to."""
    wrong_counts: int | None
    """Spike counts that differ from its levels; None where it has none."""
    spikes: float | None
    """Per image."""
    energy_nj: float
    """Per image."""
    claim_held: bool | None


def run_ladder(job: LadderJob, *, tell: Tell = silent, bar: Bar = silent_bar) -> dict[str, Any]:
    """Train every source network once, convert, measure; rows as plain JSON values."""
    return climb(job, Trained(job, tell, bar, {}))


def run_stored(job: StoredLadder, *, tell: Tell = silent) -> dict[str, Any]:
    """Convert a stored network, measure; rows as plain JSON values."""
    return climb(job, Stored.of(job, tell))


def climb(job: Ladder, shop: Shop) -> dict[str, Any]:
    """Convert the networks of ``shop`` by every method at every T; rows as plain JSON values."""
    rungs, refused = _anns(job, shop), []
    for method in job.chosen:
        found, reasons = _climb(job, shop, method)
        rungs += found
        refused += reasons
    return {
        "format": KIND,
        "refsnn": __version__,
        "job": asdict(job),
        "samples": len(shop.test().x),
        "constants": SOURCE,
        "rungs": [asdict(rung) for rung in rungs],
        "refused": refused,
    }


def _climb(
    job: Ladder, shop: Shop, method: type[Method]
) -> tuple[list[Rung], list[dict[str, Any]]]:
    """A rung for every T the method can take for its source, and why it refused the others."""
    rungs, refused = [], []
    for settings in job.settings_of(method):
        try:
            rungs.append(_rung(shop, method, settings))
        except InputError as error:
            refused.append({"method": method.name, "settings": settings, "why": str(error)})
    if not rungs:
        with suppress(InputError):  # no T of the list: its own
            rungs.append(_rung(shop, method, job.own(method)))
    return rungs, refused


def _text(settings: Mapping[str, Any]) -> str:
    return f"T = {settings['steps']}" if "steps" in settings else "T = levels of the ANN"


def _anns(job: Ladder, shop: Shop) -> list[Rung]:
    wanted = [{"act": BASELINE}, *(shop.source(method) for method in job.chosen)]
    rungs = []
    for name, source in {source_name(source): source for source in wanted}.items():
        with suppress(UnsupportedError):  # the method that wants it says why
            rungs.append(_ann(name, source, shop))
    return rungs


def _ann(name: str, source: Mapping[str, Any], shop: Shop) -> Rung:
    model, test = shop.model(source), shop.test()
    assert test.y is not None
    rate = accuracy(model.graph.astype(np.float64), test.x, test.y)
    return Rung(
        name="quantised ANN" if source["act"] == "qcfs" else "ANN",
        source=name,
        steps=None,
        steps_text="-",
        accuracy=rate,
        ann_accuracy=rate,
        wrong_counts=None,
        spikes=None,
        energy_nj=ann_macs(model.graph) * PJ_MAC / 1000,
        claim_held=None,
    )


def _rung(shop: Shop, kind: type[Method], settings: Mapping[str, Any]) -> Rung:
    """Tuned on training images, if it tunes at all; measured on the test images."""
    shop.tell(f"{kind.name}, {_text(settings)}: convert and run the test images")
    method, source = kind(**settings), shop.source(kind)
    snn, report = convert_model(method, shop.model(source), shop.calibration(), shop.test())
    seen = report.evaluation
    assert seen is not None
    assert seen.snn_accuracy is not None
    assert seen.ann_accuracy is not None
    steps, text = _steps(snn)
    return Rung(
        name=method.name,
        source=source_name(source),
        steps=steps,
        steps_text=text,
        accuracy=seen.snn_accuracy,
        ann_accuracy=seen.ann_accuracy,
        wrong_counts=seen.wrong_counts,
        spikes=seen.cost.spikes,
        energy_nj=seen.cost.snn_energy_nj,
        claim_held=report.claim.held,
    )


def _steps(snn: SNN) -> tuple[float, str]:
    """Mean T of the layers of neurons and how it is written, extra frames apart."""
    frames = [snn.frames[name] for name in snn.neurons]
    text = "-".join(map(str, sorted(set(frames))))
    extra = f"+{snn.extra_frames}" if snn.extra_frames else ""
    return float(np.mean(frames)) + snn.extra_frames, text + extra
