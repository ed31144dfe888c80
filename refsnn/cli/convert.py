"""``refsnn convert``: a trained network to a spiking one, held to its claim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from refsnn.cli.console import JSON, answering, end, percent, say, show_json, table, working
from refsnn.cli.foreign import MEAN, SCALE, SHAPE, STD
from refsnn.cli.settings import parse_settings


def convert(
    model: Path = typer.Argument(..., help="Model file written by refsnn train, or NET.onnx."),
    method: str = typer.Option(..., help="Conversion method; refsnn methods lists them."),
    sets: list[str] = typer.Option([], "--set", help="A setting of the method, key=value."),
    snap: int | None = typer.Option(None, help="Same as --set snap=N: dyadic grid of 2**-N first."),
    calib: str | None = typer.Option(None, help="SPEC of the images the method is tuned on."),
    test: str | None = typer.Option(
        None, help="SPEC of the images the claim is checked on; default: those of --calib."
    ),
    out: Path | None = typer.Option(None, "-o", "--out", help="Spiking network (npz) to write."),
    scale: str | None = SCALE,
    mean: str | None = MEAN,
    std: str | None = STD,
    shape: str | None = SHAPE,
    names: str | None = typer.Option(None, help="NET.onnx: output=TENSOR of several."),
    as_json: bool = JSON,
) -> None:
    """Convert, evaluate, report. Exit code 1 when the claim did not hold."""
    from refsnn.convert import method_class, with_settings
    from refsnn.io import check_target, save_snn
    from refsnn.jobs.running import calibration, convert_model
    from refsnn.jobs.trained import Unsaid, load_trained

    with answering(as_json):
        if out is not None:
            check_target(out)
        settings = parse_settings(sets) | ({} if snap is None else {"snap": snap})
        chosen = with_settings(method_class(method), settings)
        trained = load_trained(model, Unsaid(scale, mean, std, shape, names))
        with working("converting", quiet=as_json) as tell:
            data = None if calib is None else calibration(calib, trained, tell)
            held = None if test is None else calibration(test, trained, tell)
            snn, report = convert_model(chosen, trained, data, held)
        if out is not None:
            save_snn(out, snn)
        body = report.to_dict()
        if as_json:
            show_json({"snn": out, **body})
        else:
            show_report(body)
            say(f"wrote {out}" if out else "nothing written (no -o)")
        end(report.claim.held is not False)


def show_report(body: dict[str, Any]) -> None:
    """Print a report for people."""
    claim, evaluation = body["claim"], body["evaluation"]
    print(f"claim ({claim['kind']}): {claim['statement']} <= {claim['bound']}")
    print(f"  reference: {claim['reference']}")
    if evaluation is None:
        print("  not checked: give --calib or --test SPEC")
        return
    verdict = "held" if claim["held"] else "FAILED"
    print(f"  observed: {claim['observed']:g}: {verdict}{' (loose)' if claim['loose'] else ''}")
    print(f"level {evaluation['exactness']['level']}: {evaluation['exactness']['reason']}")
    for name, value in body["notes"].items():
        print(f"{name.replace('_', ' ')}: {value}")
    for part in body["skipped"]:
        print(f"not converted: {part['node']} ({part['op']}): {part['why']}")
    parts = ["inherited", "clipping", "quantisation", "unevenness", "total"]
    rows = [
        [row["name"], row["neuron"], str(row["steps"]), wrong_text(row["wrong_counts"])]
        + [f"{row['error'][part]['mean_abs']:.3g}" for part in parts]
        for row in evaluation["layers"]
    ]
    table("mean |error| by layer and cause", ["layer", "neuron", "T", "wrong counts", *parts], rows)
    cost = evaluation["cost"]
    ann, snn = evaluation["ann_accuracy"], evaluation["snn_accuracy"]
    print(f"accuracy: ANN {percent(ann)}, SNN {percent(snn)}")
    print(
        f"per image: {cost['spikes']:.1f} spikes, {cost['snn_macs']:.0f} MACs, "
        f"{cost['snn_accumulates']:.0f} accumulates, {cost['snn_energy_nj']:.1f} nJ "
        f"(ANN {cost['ann_macs']} MACs, {cost['ann_energy_nj']:.1f} nJ; {cost['constants']})"
    )


def wrong_text(value: int | None) -> str:
    """A number of wrong counts, or a dash where the reference has no levels."""
    return "-" if value is None else str(value)
