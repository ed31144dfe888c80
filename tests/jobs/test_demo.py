"""The main job: what it leaves, what it promises, and what it does not overwrite."""

import json

import numpy as np
import pytest

from refsnn.convert import METHODS
from refsnn.errors import InputError
from refsnn.io import load_model, load_program, load_snn
from refsnn.jobs import main_job
from refsnn.jobs.main_job import run_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    told = []
    return out, run_demo(out, tell=told.append), told


def by_method(report):
    return {row["method"]: row for row in report["methods"]}


def test_the_ann_is_good(demo):
    _, report, _ = demo
    assert len(report["anns"]) <= 4
    ann = next(a for a in report["anns"] if (a["job"]["act"], a["job"]["levels"]) == ("qcfs", 4))
    assert ann["test_accuracy"] >= 0.98


def test_every_method_holds_its_claim(demo):
    rows = by_method(demo[1])
    assert set(rows) == set(METHODS)
    assert all(row["claim_held"] is True for row in rows.values())
    for row in rows.values():
        if row["claim"]["kind"] == "exact" and row["wrong_counts"] is not None:
            assert row["wrong_counts"] == 0


def test_pascal_is_exact_on_every_test_image(demo):
    row = by_method(demo[1])["pascal"]
    assert row["claim_held"] is True
    assert row["claim"]["kind"] == "exact"
    assert row["wrong_counts"] == 0
    assert row["level"] == "E"
    assert row["evaluation"]["samples"] == 360
    assert row["evaluation"]["logit_difference"] == 0
    assert row["snn_accuracy"] == row["ann_accuracy"]
    assert all(layer["gap_ulp"] == 0 for layer in row["evaluation"]["layers"])


def test_rate_coding_is_shown_as_it_is(demo):
    row = by_method(demo[1])["qcfs"]
    assert row["claim_held"] is True
    assert row["wrong_counts"] > 0
    assert row["evaluation"]["layers"][0]["wrong_counts"] == 0  # constant drive is exact
    assert all(layer["gap_ulp"] <= 4 for layer in row["evaluation"]["layers"])


def test_the_integers_equal_the_floats(demo):
    for row in demo[1]["methods"]:
        fixed = row["fixed_point"]
        assert fixed["held"] is True
        assert row["not_lowered"] is None
        assert (fixed["spikes_differ"], fixed["logits_differ"]) == (0, 0)
        assert fixed["float_engine_level"] == "E"
        for layer in fixed["layers"][:-1]:
            low, high = layer["proven_membrane"]
            assert low <= layer["observed_membrane"][0] <= layer["observed_membrane"][1] <= high
    assert by_method(demo[1])["pascal"]["fixed_point"]["wrong_counts"] == 0


def test_what_it_leaves_can_be_read(demo):
    out, report, _ = demo
    assert json.loads((out / "report.json").read_text())["methods"] == json.loads(
        json.dumps(report["methods"])
    )
    load_model(out / "models" / "ann-qcfs-4.npz")
    for name in METHODS:
        snn = load_snn(out / "models" / f"{name}-snn.npz")
        assert snn.preprocessing.scale == 1 / 16
        load_model(out / "models" / f"{name}-requantised-ann.npz")
        program = load_program(out / "models" / f"{name}-program.npz")
        assert program.layers[-1].neuron is None
    for picture in ("raster.png", "membrane.png"):
        assert (out / picture).read_bytes().startswith(b"\x89PNG")
    assert {b["name"] for b in report["vectors"]} == {"if", "pascal", "act4"}
    assert all(b["ok"] for b in report["vectors"])


def test_a_stored_program_runs_as_before(demo):
    from fixedpoint.run import run_program
    from refsnn.datasets import digits
    from refsnn.lower import lower

    out, _, _ = demo
    snn, raw = load_snn(out / "models" / "pascal-snn.npz"), digits().test[:12]
    x = raw.prepared(dtype=np.float64)
    fresh = run_program(lower(snn, x).program, np.asarray(raw.x, np.int64))
    stored = run_program(
        load_program(out / "models" / "pascal-program.npz"), np.asarray(raw.x, np.int64)
    )
    np.testing.assert_array_equal(fresh.logits, stored.logits)
    for name, layer in fresh.layers.items():
        np.testing.assert_array_equal(layer.spikes, stored.layers[name].spikes)


def test_it_says_what_it_does(demo):
    told = " ".join(demo[2])
    for step in ("train", "convert", "lower", "vector", "draw"):
        assert step in told


def test_an_earlier_demo_is_replaced(tmp_path):
    out = tmp_path / "out"
    first = run_demo(out, methods=["qcfs"], epochs=1)
    (out / "stale.txt").write_text("old")
    second = run_demo(out, methods=["qcfs"], epochs=1)
    assert not (out / "stale.txt").exists()
    assert first["methods"] == second["methods"]  # the same bits, twice


def test_a_folder_of_the_users_is_not(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match="not empty and no earlier demo wrote it"):
        run_demo(tmp_path / "out", methods=["qcfs"], epochs=1)
    assert (tmp_path / "out" / "thesis.tex").read_text() == "mine"


def test_nothing_half_written_is_left(tmp_path, monkeypatch):
    def dies(*_args):
        raise RuntimeError("power cut")

    monkeypatch.setattr(main_job, "draw", dies)
    with pytest.raises(RuntimeError, match="power cut"):
        run_demo(tmp_path / "out", methods=["qcfs"], epochs=1)
    assert list(tmp_path.iterdir()) == []
