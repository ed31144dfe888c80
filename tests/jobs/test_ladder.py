"""The accuracy ladder: every method at every T it can take, each ANN trained once."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest

from refsnn.convert import METHODS, PascalConversion
from refsnn.convert.evaluation import evaluate_snn
from refsnn.datasets import digits
from refsnn.errors import InputError
from refsnn.io import save_model
from refsnn.jobs import ladder_shop
from refsnn.jobs.ladder import KIND, run_ladder, run_stored
from refsnn.jobs.ladder_page import COLUMNS, check_targets, lines, markdown, picture_of, write
from refsnn.jobs.ladder_shop import LadderJob, Trained, source_name
from refsnn.jobs.ladder_stored import StoredLadder
from refsnn.jobs.main_job import silent, silent_bar
from refsnn.jobs.training import TrainJob, prepare

TRAINING = {"epochs": 2, "rate": 0.05}
STEPS = (1, 4)


@pytest.fixture(scope="module")
def climb():
    """All methods on the small perceptron; trainings counted."""
    made, told = [], []

    def counted(job):
        made.append(job)
        return prepare(job)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ladder_shop, "prepare", counted)
        job = LadderJob(net="mlp", steps=STEPS, training=TRAINING, calibration=64)
        report = run_ladder(job, tell=told.append)
    return made, told, report


def rows(report, name):
    return [rung for rung in report["rungs"] if rung["name"] == name]


def test_each_source_is_trained_once(climb):
    made, told, report = climb
    sources = {source_name(m.source) for m in METHODS.values()} | {"relu"}
    assert len(made) == len({repr(job) for job in made}) == len(sources)
    assert {rung["source"] for rung in report["rungs"]} == sources
    assert sum(line.startswith("train") for line in told) == len(sources)


def test_every_method_has_a_rung(climb):
    _, _, report = climb
    for method in METHODS.values():
        found = rows(report, method.name)
        refused = [r for r in report["refused"] if r["method"] == method.name]
        assert found
        if any(f.name == "steps" for f in fields(method)):
            assert len(found) + len(refused) >= len(STEPS)
        else:
            assert len(found) == 1


def test_the_rungs_of_rate_coding_and_of_pascal(climb):
    _, _, report = climb
    assert [rung["steps"] for rung in rows(report, "qcfs")] == list(STEPS)
    (pascal,) = rows(report, "pascal")
    assert (pascal["steps"], pascal["steps_text"]) == (4, "4")
    assert pascal["wrong_counts"] == 0
    assert pascal["accuracy"] == pascal["ann_accuracy"]
    assert pascal["claim_held"] is True
    quantised = [r for r in rows(report, "quantised ANN") if r["source"] == pascal["source"]]
    assert quantised[0]["accuracy"] == pascal["accuracy"]
    assert rows(report, "ANN")[0]["source"] == "relu"


def test_a_rung_is_what_a_conversion_measures(climb):
    _, _, report = climb
    job = TrainJob(net="mlp", **PascalConversion.source, settings=TRAINING)
    model = prepare(job).run()
    test = digits().test
    x = test.prepared(model.preprocessing, np.float64)
    seen = evaluate_snn(PascalConversion().convert(model.graph)[0], x, test.y)
    (pascal,) = rows(report, "pascal")
    assert pascal["accuracy"] == seen.snn_accuracy
    assert pascal["spikes"] == seen.cost.spikes
    assert pascal["energy_nj"] == seen.cost.snn_energy_nj


def test_methods_are_tuned_on_training_images_only(climb):
    train, test = digits().train, digits().test
    shop = Trained(
        LadderJob(net="mlp", training={"epochs": 1}, calibration=32), silent,
        silent_bar, {},
    )  # fmt: skip
    assert np.array_equal(shop.calibration().y, train.y[:32])
    assert np.array_equal(shop.test().y, test.y)


def test_the_report_is_json(climb, tmp_path):
    _, _, report = climb
    again = json.loads(json.dumps(report, allow_nan=False))
    assert again["format"] == KIND
    assert again["samples"] == 360
    write(report, tmp_path / "l.json")
    assert json.loads((tmp_path / "l.json").read_text()) == again


def test_the_page(climb, tmp_path):
    _, _, report = climb
    write(report, tmp_path / "l.md")
    page = (tmp_path / "l.md").read_text()
    assert page == markdown(report)
    table = [line for line in page.splitlines() if line.startswith("|")]
    assert len(table) == 2 + len(report["rungs"])
    assert {line.count("|") for line in table} == {len(COLUMNS) + 1}
    assert "360 test images" in page
    assert "Horowitz" in page


def test_refusals_are_told():
    why = {"method": "m", "settings": {"steps": 1}, "why": "too few"}
    report = {
        "job": {"data": "d", "net": "n"}, "samples": 1, "constants": "c", "rungs": [],
        "refused": [why, {**why, "settings": {"steps": 2}, "why": "other"}],
    }  # fmt: skip
    assert "m refused T = 1, 2 (too few)." in markdown(report)


def test_the_picture(climb, tmp_path):
    _, _, report = climb
    for name in ("a.png", "b.png"):
        picture_of(report, tmp_path / name)
    first = (tmp_path / "a.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    assert first == (tmp_path / "b.png").read_bytes()
    drawn = lines(report)
    assert {name.partition(" (")[0] for name in drawn} == set(METHODS)
    assert all(points == sorted(points) for points in drawn.values())


def test_only_the_methods_asked_for():
    job = LadderJob(net="mlp", steps=(2,), methods=("qcfs",), training={"epochs": 1})
    report = run_ladder(job)
    assert [r["name"] for r in report["rungs"]] == ["ANN", "quantised ANN", "qcfs"]


def test_a_method_that_takes_no_t_of_the_list_has_its_own_point():
    """Every T refused: one rung with the demo's settings."""
    picky = [m for m in METHODS.values() if m.name == "snn-meets-ann"]
    if not picky:
        pytest.skip("no such method")
    job = LadderJob(net="mlp", steps=(3,), methods=("snn-meets-ann",), training={"epochs": 1})
    report = run_ladder(job)
    assert [r["settings"]["steps"] for r in report["refused"]] == [3]
    assert [r["steps"] for r in rows(report, "snn-meets-ann")] == [4]


def test_settings_of_a_method_with_fixed_steps():
    job = LadderJob(training={}, steps=(1, 2))
    assert list(job.settings_of(PascalConversion)) == [{"snap": None}]


def test_settings_reach_the_methods_that_have_them():
    job = LadderJob(training={}, steps=(1, 2), settings={"phi": 3, "snap": 7})
    burst = [s["phi"] for s in job.settings_of(METHODS["adaptive-calibration"])]
    assert burst == [3, 3]
    assert list(job.settings_of(PascalConversion)) == [{"snap": 7}]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": ()}, "steps: no number"),
        ({"steps": (0,)}, "steps"),
        ({"steps": (2.5,)}, "steps"),
        ({"calibration": 0}, "calibration"),
        ({"settings": {"phii": 1}}, "--set: no method has a setting 'phii'; did you mean 'phi'"),
        ({"methods": ("pascal",), "settings": {"phi": 1}}, "no method has a setting 'phi'"),
        ({"methods": ("pasacl",)}, "unknown method 'pasacl'; did you mean 'pascal'"),
    ],
)
def test_bad_jobs(changes, message):
    with pytest.raises(InputError, match=message):
        LadderJob(training={}, **changes)


def test_data_without_a_test_split():
    with pytest.raises(InputError, match="there are no test images"):
        run_ladder(LadderJob(data="digits:train[:40]", net="mlp", training={"epochs": 1}))


def test_targets_are_checked_first(tmp_path):
    with pytest.raises(InputError, match=r"-o: unknown kind of file: expected \.md or \.json"):
        check_targets(tmp_path / "a.txt", None)
    with pytest.raises(InputError, match="--picture: folder does not exist"):
        check_targets(None, tmp_path / "no" / "a.png")


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A ReLU perceptron as a file."""
    path = tmp_path_factory.mktemp("stored") / "relu.npz"
    save_model(path, prepare(TrainJob(net="mlp", act="relu", settings=TRAINING)).run())
    return str(path)


def test_a_stored_network_is_climbed(stored):
    job = StoredLadder(
        net=stored, data="digits:test[:60]", calib="digits:train[:64]", levels=15, steps=(4,),
        settings={"snap": 10},
    )  # fmt: skip
    report = run_stored(job)
    assert report["samples"] == 60
    sources = {(rung["name"], rung["source"]) for rung in report["rungs"]}
    assert {("ANN", "relu"), ("quantised ANN", "qcfs, L = 15")} < sources
    for name, steps in (("pascal", 15), ("snn-meets-ann", 4)):
        (rung,) = rows(report, name)
        assert (rung["steps"], rung["wrong_counts"], rung["claim_held"]) == (steps, 0, True)
    (refused,) = [r for r in report["refused"] if r["method"] == "potential-initialization"]
    assert "has to be trained" in refused["why"]
    assert "potential-initialization" not in {name for name, _ in sources}


def test_levels_of_the_demo_by_default(stored):
    job = StoredLadder(
        net=stored, data="digits:test[:20]", calib="digits:train[:32]", methods=("pascal",)
    )
    levels = PascalConversion.source["levels"]
    (rung,) = rows(run_stored(job), "pascal")
    assert (rung["source"], rung["steps"]) == (f"qcfs, L = {levels}", levels)


def test_stored_test_images_need_labels(stored, tmp_path):
    bare = tmp_path / "bare.npz"
    np.savez(bare, x=digits().test.x[:4])
    job = StoredLadder(net=stored, data=str(bare), calib="digits:train[:8]", steps=(2,))
    with pytest.raises(InputError, match="there are no labels"):
        run_stored(job)
