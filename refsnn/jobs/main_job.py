"""The main job: images, ANN, every method, its claim, integers, vectors, pictures."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from refsnn import __version__
from refsnn.convert import Calibration, Method, Report, method_class
from refsnn.datasets import Split, digits
from refsnn.errors import UnsupportedError
from refsnn.io import Model, save_model, save_program, save_snn
from refsnn.jobs.methods_page import demo_methods
from refsnn.jobs.pictures import draw
from refsnn.jobs.replacing import REPORT, replacing
from refsnn.jobs.running import convert_model
from refsnn.jobs.training import TrainJob, prepare
from refsnn.jobs.vector_sets import check_bundle, write_bundle, write_lowered_layer
from refsnn.lower import Lowered, lower
from refsnn.snn import SNN
from refsnn.tell import Tell, silent
from refsnn.typing import Array

KIND = "refsnn/demo/1"
VECTOR_LAYER = "act4"
BITS = 8
TUNE = 128
"""Training images that methods are tuned on."""


Bar = Callable[[str, int], AbstractContextManager[Callable[[str], None]]]
"""A progress bar of a title and a number of steps; what it yields advances it by one."""


@contextmanager
def silent_bar(_title: str, _total: int) -> Iterator[Callable[[str], None]]:
    """No bar."""
    yield lambda _label: None


@dataclass
class Workshop:
    """Where one demo run puts things, how it tells of them, and the networks it has trained."""

    out: Path
    epochs: int
    tell: Tell
    bar: Bar
    trained: dict[str, Model] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    def say(self, text: str) -> None:
        """What is being done, with the seconds since the start."""
        self.tell(f"[{time.perf_counter() - self.started:5.1f} s] {text}")


def run_demo(
    out: Path,
    *,
    methods: Sequence[str] = (),
    epochs: int = 15,
    tell: Tell = silent,
    bar: Bar = silent_bar,
) -> dict[str, Any]:
    """Run everything, and leave it in ``out``: whole, or not at all.

    Parameters
    ----------
    methods : names
        Which methods, pascal and qcfs always among them; default: all.
    """
    chosen = _chosen(methods)
    with replacing(out, KIND) as folder:
        shop = Workshop(folder, epochs, tell, bar)
        (folder / "models").mkdir()
        test = _images(digits().test)
        done = [_one_method(shop, method, test) for method in chosen]
        vectors = _vectors(shop, done, test.x)
        shop.say("draw the spike raster and the membranes")
        draw(folder, _of_one_ann(done), test.x[:1])
        report = _report(shop, done, vectors)
        (folder / REPORT).write_text(json.dumps(report, indent=2), encoding="utf-8")
    return report


@dataclass(frozen=True)
class Done:
    """One method, all the way through."""

    method: Method
    snn: SNN
    report: Report
    lowered: Lowered | None
    not_lowered: str | None = None
    """Why there is no integer network."""


def _chosen(names: Sequence[str]) -> list[Method]:
    """The demo's methods of these names; the vectors and pictures need pascal and qcfs."""
    wanted = {method_class(name).name for name in names}
    return [m for m in demo_methods() if not wanted or m.name in wanted | {"pascal", "qcfs"}]


def _of_one_ann(done: list[Done]) -> dict[str, SNN]:
    """Networks of the ANN that PASCAL converted: only those can be compared spike by spike."""
    source = next(d.method.source for d in done if d.method.name == "pascal")
    return {d.method.name: d.snn for d in done if d.method.source == source}


def _images(split: Split) -> Calibration:
    return Calibration(split.prepared(dtype=np.float64), split.y)


def _one_method(shop: Workshop, method: Method, test: Calibration) -> Done:
    model = _ann(shop, TrainJob(**method.source, settings={"epochs": shop.epochs}))
    shop.say(f"{method.name}: convert and hold to its claim on {len(test.x)} test images")
    snn, report = convert_model(method, model, _images(digits().train[:TUNE]), test)
    save_snn(shop.out / "models" / f"{method.name}-snn.npz", snn)
    shop.say(
        f"{method.name}: lower to integers ({BITS}-bit weights), run, compare with the float engine"
    )
    try:
        lowered = lower(snn, test.x, test.y, bits=BITS)
    except UnsupportedError as why:
        shop.say(f"{method.name}: not lowered: {why}")
        return Done(method, snn, report, None, str(why))
    reference = Model(lowered.reference.ann, snn.preprocessing, {"requantised": True})
    save_model(shop.out / "models" / f"{method.name}-requantised-ann.npz", reference)
    save_program(shop.out / "models" / f"{method.name}-program.npz", lowered.program)
    return Done(method, snn, report, lowered)


def _ann(shop: Workshop, job: TrainJob) -> Model:
    """The ANN of these settings, trained once a run."""
    key = repr(job)
    if key not in shop.trained:
        levels = f" (L = {job.levels})" if job.act == "qcfs" else ""
        shop.say(f"train a {job.act} network{levels} on the digits, NumPy only")
        with shop.bar("training", shop.epochs) as step:
            model = prepare(job).run(lambda e: step(f"loss {e.loss:.4f}"))
        kind = f"{job.act}-{job.levels}" if job.act == "qcfs" else job.act
        save_model(shop.out / "models" / f"ann-{kind}.npz", model)
        shop.trained[key] = model
    return shop.trained[key]


def _vectors(shop: Workshop, done: list[Done], x: Array) -> list[dict[str, Any]]:
    """One bundle a neuron, one of a linear layer; each replayed, and simulated where possible."""
    folder = shop.out / "vectors"
    folder.mkdir()
    shop.say("write the vector bundles and replay them")
    for kind in ("if", "pascal"):
        write_bundle(folder / kind, kind, 64, 1, None, None, "", BITS)
    lowered = next(d.lowered for d in done if d.method.name == "pascal")
    assert lowered is not None
    codes = lowered.codes(x[:8])
    write_lowered_layer(folder / VECTOR_LAYER, lowered, VECTOR_LAYER, codes, BITS, "digits")
    simulate = shutil.which("iverilog") is not None
    shop.say("run the RTL in Icarus Verilog" if simulate else "no Icarus Verilog here: RTL not run")
    names = ("if", "pascal", VECTOR_LAYER)
    checked = (check_bundle(folder / name, simulate=simulate) for name in names)
    return [
        {"name": n, **body, "bundle": f"vectors/{n}"}
        for n, body in zip(names, checked, strict=True)
    ]


def _report(shop: Workshop, done: list[Done], vectors: list[dict[str, Any]]) -> dict[str, Any]:
    methods = [_row(d) for d in done]
    ok = all(m["claim_held"] and (m["fixed_point"] or {"held": True})["held"] for m in methods)
    return {
        "format": KIND,
        "refsnn": __version__,
        "ok": ok and all(v["ok"] for v in vectors),
        "seconds": round(time.perf_counter() - shop.started, 1),
        "anns": [dict(model.notes or {}) for model in shop.trained.values()],
        "methods": methods,
        "vectors": vectors,
    }


def _row(d: Done) -> dict[str, Any]:
    evaluation = d.report.evaluation
    assert evaluation is not None
    steps = sorted({d.snn.frames[name] for name in d.snn.neurons})
    return {
        **d.report.to_dict(),
        "level": evaluation.exactness.level,
        "steps_text": "-".join(map(str, steps)),
        "ann_accuracy": evaluation.ann_accuracy,
        "snn_accuracy": evaluation.snn_accuracy,
        "spikes_per_image": evaluation.cost.spikes,
        "energy_nj": evaluation.cost.snn_energy_nj,
        "fixed_point": d.lowered.report.to_dict() if d.lowered else None,
        "not_lowered": d.not_lowered,
    }
