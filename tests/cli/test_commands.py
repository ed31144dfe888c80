"""Each command with good input: what it prints, writes and returns."""

import json
import re

import numpy as np
import pytest

from refsnn.convert import METHODS

COMMANDS = ("demo", "train", "convert", "run", "compare", "ladder", "methods", "neuron", "lower")


def json_of(outcome):
    assert outcome.exit_code in (0, 1), outcome.output
    return json.loads(outcome.stdout)


@pytest.mark.parametrize(
    "command", [*((c,) for c in COMMANDS), ("vectors", "write"), ("vectors", "replay")]
)
def test_help_shows_an_example(files, command):
    outcome = files.run(*command, "--help")
    assert outcome.exit_code == 0
    text = re.sub(r"\s+", " ", outcome.output)
    assert f"Example: refsnn {' '.join(command)}" in text


def test_version(files):
    from refsnn import __version__

    assert files.run("--version").output.strip() == __version__


def test_train_writes_a_model_with_its_preprocessing(files, tmp_path):
    from refsnn.io import load_model

    out = tmp_path / "m.npz"
    body = json_of(
        files.run("train", "--data", "digits", "--net", "mlp", "--epochs", 1, "-o", out, "--json")
    )
    model = load_model(out)
    assert model.preprocessing.scale == 1 / 16
    assert body["test_accuracy"] == model.notes["test_accuracy"] > 0.1
    assert model.notes["job"]["levels"] == 4


def test_convert_reports_the_claim(files):
    body = json_of(
        files.run(
            "convert",
            files.model,
            "--method",
            "pascal",
            "--snap",
            10,
            "--calib",
            "digits:test[:40]",
            "--json",
        )
    )
    assert body["claim_held"] is True
    assert body["wrong_counts"] == 0
    assert body["evaluation"]["exactness"]["level"] == "E"
    assert body["evaluation"]["logit_difference"] == 0
    assert {"accuracy_before_snap", "accuracy_after_snap", "snap"} <= set(body["notes"])


def test_convert_without_snapping_is_level_r_and_still_counts_right(files):
    body = json_of(
        files.run("convert", files.model, "--method", "pascal", "--calib", "digits:test", "--json")
    )
    assert body["evaluation"]["exactness"]["level"] == "R"
    assert body["wrong_counts"] == 0
    assert body["evaluation"]["logit_difference"] <= 1e-12


def test_rate_coding_shows_its_errors(files):
    body = json_of(
        files.run("convert", files.model, "--method", "qcfs", "--calib", "digits:test", "--json")
    )
    assert body["claim"]["kind"] == "statistical"
    assert body["wrong_counts"] > 0


def test_convert_for_people(files):
    outcome = files.run("convert", files.model, "--method", "qcfs", "--calib", "digits:test[:20]")
    assert "unevenness" in outcome.output
    assert "held" in outcome.output
    assert "4.6 pJ" in outcome.output


def test_convert_without_data_says_that_nothing_was_checked(files):
    outcome = files.run("convert", files.model, "--method", "pascal")
    assert outcome.exit_code == 0
    assert "not checked" in outcome.output


def test_a_failed_claim_ends_with_1(files, monkeypatch):
    from refsnn.convert import PascalConversion
    from refsnn.neurons import IF

    def faulty(self, graph, calibration=None):
        from dataclasses import replace

        snn = original(self, graph)
        name = next(iter(snn.neurons))
        wrong = Wrong(theta=snn.neurons[name].theta)
        return replace(snn, neurons={**snn.neurons, name: wrong})

    class Wrong(IF):
        def frames_out(self, t_in):
            return t_in

    original = PascalConversion.build
    monkeypatch.setattr(PascalConversion, "build", faulty)
    outcome = files.run(
        "convert", files.model, "--method", "pascal", "--calib", "digits:test[:8]", "--json"
    )
    assert outcome.exit_code == 1
    assert json.loads(outcome.stdout)["claim_held"] is False


@pytest.mark.parametrize("engine", ["numpy", "fixed"])
def test_run(files, engine):
    body = json_of(
        files.run("run", files.snn, "--data", "digits:test[:16]", "--engine", engine, "--json")
    )
    assert body["samples"] == 16
    assert body["level"]["level"] == "E"
    assert sum(body["spikes_per_image"].values()) > 0


def test_stepped_equals_layered(files, tmp_path):
    for engine in ("numpy", "stepped"):
        out = tmp_path / f"{engine}.npz"
        assert (
            files.run(
                "run", files.rate, "--data", "digits:test[:8]", "--engine", engine, "--trace", out
            ).exit_code
            == 0
        )
    outcome = files.run("compare", tmp_path / "numpy.npz", tmp_path / "stepped.npz", "--json")
    assert outcome.exit_code == 0
    assert json.loads(outcome.stdout)["equal"] is True


def test_compare_names_the_first_divergence(files, tmp_path):
    with np.load(files.trace) as stored:
        arrays = {name: stored[name] for name in stored.files}
    membrane = arrays["trace/act1/v"] = arrays["trace/act1/v"].copy()
    membrane[2, 3, 5] += 2**-10
    np.savez(tmp_path / "other.npz", **arrays)
    outcome = files.run("compare", files.trace, tmp_path / "other.npz", "--json")
    assert outcome.exit_code == 1
    first = json.loads(outcome.stdout)["first"]
    assert (first["layer"], first["step"], first["signal"], first["neuron"]) == (
        "act1",
        3,
        "v",
        [3, 5],
    )
    assert first["b"] - first["a"] == 2**-10


def test_compare_refuses_other_semantics_unless_told(files):
    outcome = files.run("compare", files.snn, files.rate, "--data", "digits:test[:4]")
    assert outcome.exit_code == 2
    assert "bias_plan is 'once' against 'every_frame'" in outcome.output
    told = files.run(
        "compare", files.snn, files.rate, "--data", "digits:test[:4]", "--ignore-semantics"
    )
    assert told.exit_code == 1
    assert "first divergence: layer " in told.output


def test_neuron_shows_the_inhibitory_spike(files):
    body = json_of(
        files.run("neuron", "pascal", "--theta", 8, "--input", "7,-5,6,-9", "--t-out", 4, "--json")
    )
    relax = [row for row in body["rows"] if row["phase"] == "relax"]
    assert [row["spike"] for row in relax] == [-1, 0, 0]
    assert [row["u"] for row in body["rows"][:4]] == [11, -2, 4, -5]
    assert body["count"] == body["level"] == 0
    shown = files.run("neuron", "pascal", "--theta", 8, "--input", "7,-5,6,-9", "--t-out", 4)
    for name in ("phase", "input", "spike", "count"):
        assert name in shown.output


def test_neuron_if_conserves_charge(files):
    body = json_of(files.run("neuron", "if", "--theta", 8, "--input", "5,5,5,5,5,5,5,5", "--json"))
    assert 8 * body["count"] == 40 + 4 - body["rows"][-1]["v"]


def test_methods_hold(files):
    body = json_of(files.run("methods", "--json"))
    held = {m["method"]: m["claim_held"] for m in body["methods"]}
    assert held == dict.fromkeys(METHODS, True)
    for m in body["methods"]:
        assert m["wrong_counts"] == 0 or m["claim"]["kind"] != "exact" or m["wrong_counts"] is None


def test_the_generated_page_is_up_to_date(files, tmp_path, pytestconfig):
    page = tmp_path / "methods.md"
    assert files.run("methods", "--page", page).exit_code == 0
    assert page.read_text() == (pytestconfig.rootpath / "docs" / "methods.md").read_text()


@pytest.mark.parametrize("kind", ["if", "pascal"])
def test_vectors_of_a_neuron(files, tmp_path, kind):
    assert (
        files.run("vectors", "write", tmp_path / kind, "--kind", kind, "--samples", 8).exit_code
        == 0
    )
    body = json_of(files.run("vectors", "replay", tmp_path / kind, "--json"))
    assert body["ok"] is True
    assert body["words"] > 100


def test_vectors_of_a_layer_replay_and_catch_a_fault(files, tmp_path):
    out = tmp_path / "layer"
    written = files.run(
        "vectors", "write", out, "--kind", "layer", "--snn", files.snn, "--layer", "act1",
        "--data", "digits:test[:4]", "--samples", 4,
    )  # fmt: skip
    assert written.exit_code == 0, written.output
    assert "CC BY 4.0" in (out / "LICENSE.txt").read_text()
    assert json_of(files.run("vectors", "replay", out, "--json"))["mismatches"] == 0


def test_lower_writes_a_program_and_its_reference(files, tmp_path):
    from refsnn.io import load_model, load_program

    out, calib = tmp_path / "p.npz", ["--calib", "digits:train[:64]"]
    words = ["lower", files.snn, *calib, "--test", "digits:test[:32]", "--json", "-o", out]
    plain = json_of(files.run(*words))
    assert plain["held"] is True
    assert plain["search"] is None
    bits = {layer["name"]: layer["weight_bits"] for layer in plain["layers"]}
    assert set(bits.values()) == {8}
    name = plain["layers"][0]["name"]
    found = json_of(files.run(*words, "--search", "accuracy", "--drop", 5, "--width", f"{name}=7"))
    assert found["layers"][0]["weight_bits"] == 7
    before, after = found["search"]["weight_memory"]
    assert after < before
    assert load_program(out).layers[0].name == name
    assert load_model(tmp_path / "p-reference.npz").notes == {"requantised": True}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--width", "nope=3"], "no layer 'nope'"),
        (["--width", "act1"], "expected LAYER=BITS"),
        (["--bits", "17"], "expected 2..16, got 17"),
        (["--search", "spikes"], "keep: unknown aim"),
        (["-o", "nowhere/p.npz"], "folder does not exist"),
    ],
)
def test_lower_refuses(files, words, message):
    outcome = files.run("lower", files.snn, "--calib", "digits:train[:8]", *words)
    assert outcome.exit_code == 2
    assert message in outcome.output
