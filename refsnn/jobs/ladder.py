"""The accuracy ladder: ANN, quantised ANN, and the spiking network of every method at every T."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from refsnn import __version__
from refsnn.analysis.cost import PJ_MAC, SOURCE, ann_macs
from refsnn.convert import Method, evaluate_snn
from refsnn.errors import InputError
from refsnn.io import Model
from refsnn.jobs.ladder_shop import BASELINE, LadderJob, Shop, source_name
from refsnn.jobs.main_job import Bar, silent_bar
from refsnn.jobs.running import convert_model
from refsnn.snn import SNN
from refsnn.tell import silent

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


def run_ladder(
    job: LadderJob, *, tell: Callable[[str], None] = silent, bar: Bar = silent_bar
) -> dict[str, Any]:
    """Train every source network once, convert, measure; rows as plain JSON values."""
    shop = Shop(job, tell, bar, {})
    rungs, refused = _anns(shop), []
    for method in job.chosen:
        found, reasons = _climb(shop, method)
        rungs += found or [_rung(shop, method(**{**method.demo, "snap": None}))]
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


def settings_of(method: type[Method], steps: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Settings of the demo at every T, or as they are where the ANN's levels fix T."""
    demo = {**method.demo, "snap": None}
    if not any(f.name == "steps" for f in fields(method)):
        yield demo
        return
    yield from ({**demo, "steps": t} for t in steps)


def _climb(shop: Shop, method: type[Method]) -> tuple[list[Rung], list[dict[str, Any]]]:
    """A rung for every T the method can take for its source, and why it refused the others."""
    rungs, refused = [], []
    for settings in settings_of(method, shop.job.steps):
        shop.tell(f"{method.name}, {_text(settings)}: convert and run the test images")
        try:
            rungs.append(_rung(shop, method(**settings)))
        except InputError as error:
            refused.append({"method": method.name, "settings": settings, "why": str(error)})
    return rungs, refused


def _text(settings: Mapping[str, Any]) -> str:
    return f"T = {settings['steps']}" if "steps" in settings else "T = levels of the ANN"


def _anns(shop: Shop) -> list[Rung]:
    sources = {source_name({"act": BASELINE}): {"act": BASELINE}}
    sources.update({source_name(m.source): dict(m.source) for m in shop.job.chosen})
    return [_ann(name, source, shop.model(source)) for name, source in sources.items()]


def _ann(name: str, source: Mapping[str, Any], model: Model) -> Rung:
    accuracy = float((model.notes or {})["test_accuracy"])
    return Rung(
        name="quantised ANN" if source["act"] == "qcfs" else "ANN",
        source=name,
        steps=None,
        steps_text="-",
        accuracy=accuracy,
        ann_accuracy=accuracy,
        wrong_counts=None,
        spikes=None,
        energy_nj=ann_macs(model.graph) * PJ_MAC / 1000,
        claim_held=None,
    )


def _rung(shop: Shop, method: Method) -> Rung:
    """Tuned on training images, if it tunes at all; measured on the test images."""
    model, test = shop.model(method.source), shop.test()
    snn, _ = convert_model(method, model, shop.calibration())
    seen = evaluate_snn(snn, test.x, test.y)
    assert seen.snn_accuracy is not None
    assert seen.ann_accuracy is not None
    steps, text = _steps(snn)
    return Rung(
        name=method.name,
        source=source_name(method.source),
        steps=steps,
        steps_text=text,
        accuracy=seen.snn_accuracy,
        ann_accuracy=seen.ann_accuracy,
        wrong_counts=seen.wrong_counts,
        spikes=seen.cost.spikes,
        energy_nj=seen.cost.snn_energy_nj,
        claim_held=method.judge(snn, seen).held,
    )


def _steps(snn: SNN) -> tuple[float, str]:
    """Mean T of the layers of neurons and how it is written, extra frames apart."""
    frames = [snn.frames[name] for name in snn.neurons]
    text = "-".join(map(str, sorted(set(frames))))
    extra = f"+{snn.extra_frames}" if snn.extra_frames else ""
    return float(np.mean(frames)) + snn.extra_frames, text + extra
