"""Bad input ends with exit code 2 and one sentence: what, where, expected, got, what to do."""

import json

import numpy as np
import pytest
from outcomes import fails


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["convert", "MODEL", "--method", "pascla"], ["unknown method 'pascla'", "did you mean 'pascal'"]),
        (["convert", "MODEL", "--method", "pascal", "--set", "snpa=3"], ["unknown setting 'snpa'", "did you mean 'snap'"]),
        (["convert", "MODEL", "--method", "pascal", "--set", "snap=much"], ["pascal.snap", "got 'much'"]),
        (["convert", "MODEL", "--method", "pascal", "--set", "snap"], ["expected key=value"]),
        (["convert", "MODEL", "--method", "pascal", "--set", "snap=60"], ["expected 0..40 bits", "got 60"]),
        (["convert", "MODEL", "--method", "qcfs", "--set", "steps=0"], ["steps", ">= 1", "got 0"]),
        (["convert", "absent.npz", "--method", "qcfs"], ["absent.npz: file does not exist"]),
        (["convert", "SNN", "--method", "qcfs"], ["file of another kind", "refsnn/model/1", "refsnn train"]),
        (["convert", "MODEL", "--method", "qcfs", "-o", "no/such/folder/s.npz"], ["folder does not exist"]),
        (["run", "MODEL", "--data", "digits"], ["file of another kind", "refsnn convert"]),
        (["run", "SNN", "--data", "digit"], ["unknown data set 'digit'", "did you mean 'digits'"]),
        (["run", "SNN", "--data", "digits:test[0:4"], ["malformed slice", "digits:test[:256]"]),
        (["run", "SNN", "--data", "digits", "--engine", "nump"], ["unknown engine", "did you mean 'numpy'"]),
        (["run", "SNN", "--data", "digits", "--engine", "stepped"], ["cannot run frame by frame"]),
        (["run", "SNN", "--data", "digits", "--dtype", "int8"], ["float32 or float64"]),
        (["run", "SNN", "--data", "absent.npz"], ["absent.npz"]),
        (["compare", "SNN", "SNN"], ["needs images", "--data SPEC"]),
        (["compare", "MODEL", "SNN"], ["file of another kind"]),
        (["train", "--act", "gelu", "-o", "x.npz"], ["unknown activation 'gelu'", "Known"]),
        (["train", "--net", "cnm", "-o", "x.npz"], ["unknown network 'cnm'", "did you mean 'cnn'"]),
        (["train", "--levels", "0", "-o", "x.npz"], ["levels", ">= 1"]),
        (["train", "--epochs", "0", "-o", "x.npz"], ["epochs", ">= 1"]),
        (["train", "--rate", "-1", "-o", "x.npz"], ["rate", "> 0"]),
        (["train", "--optimiser", "sgdd", "-o", "x.npz"], ["optimiser", "sgd or adam"]),
        (["train", "-o", "no/such/folder/m.npz"], ["folder does not exist"]),
        (["neuron", "pascall", "--theta", "8", "--input", "1", "--t-out", "1"], ["did you mean 'pascal'"]),
        (["neuron", "pascal", "--theta", "0", "--input", "1", "--t-out", "1"], ["theta > 0", "got 0"]),
        (["neuron", "pascal", "--theta=-3", "--input", "1", "--t-out", "1"], ["theta > 0", "got -3"]),
        (["neuron", "pascal", "--theta", "nan", "--input", "1", "--t-out", "1"], ["theta > 0, finite"]),
        (["neuron", "pascal", "--theta", "8", "--input", "1"], ["--t-out"]),
        (["neuron", "pascal", "--theta", "8", "--input", "1", "--t-out", "0"], ["Pascal.t_out", ">= 1"]),
        (["neuron", "pascal", "--theta", "8", "--input", "1,x", "--t-out", "1"], ["--input", "got 'x'"]),
        (["neuron", "pascal", "--theta", "8", "--input", "1,inf", "--t-out", "1"], ["--input", "finite"]),
        (["neuron", "if", "--theta", "8", "--input", "1", "--compare", "gte"], ["compare", "ge or gt"]),
        (["neuron", "pascal", "--theta", "8", "--input", "1", "--t-out", "1", "--reset", "zero"], ["no such setting"]),
        (["vectors", "write", "out", "--kind", "iff"], ["unknown kind 'iff'", "did you mean 'if'"]),
        (["vectors", "write", "out", "--kind", "layer"], ["needs its network", "--snn"]),
        (["vectors", "write", "out", "--kind", "layer", "--snn", "SNN", "--layer", "act9"], ["unknown layer 'act9'"]),
        (["vectors", "write", "out", "--kind", "if", "--samples", "0"], ["--samples", ">= 1"]),
        (["vectors", "replay", "absent"], ["absent"]),
        (["demoo"], ["demoo"]),
        (["train", "--epoch", "3", "-o", "x.npz"], ["--epochs"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)  # fmt: skip
def test_one_sentence(files, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    names = {"MODEL": files.model, "SNN": files.snn}
    fails(files.run(*(names.get(w, w) for w in words)), *said)
    assert list(tmp_path.iterdir()) == []  # nothing half-written


def test_json_errors_are_json(files):
    outcome = files.run("run", files.snn, "--data", "digits:best", "--json")
    assert outcome.exit_code == 2
    assert "best" in json.loads(outcome.stdout)["error"]


def test_truncated_file(files, tmp_path):
    cut = tmp_path / "cut.npz"
    cut.write_bytes(files.snn.read_bytes()[:2000])
    fails(files.run("run", cut, "--data", "digits"), "cut.npz", "truncated")


def test_a_pickle_is_refused(files, tmp_path):
    bad = tmp_path / "pickle.npz"
    np.savez(bad, x=np.array([{"a": 1}], dtype=object))
    fails(files.run("run", files.snn, "--data", bad), "pickle")
    fails(files.run("run", bad, "--data", "digits"), "pickle")


def test_wrong_shape_and_nan(files, tmp_path):
    wide = tmp_path / "wide.npz"
    np.savez(wide, x=np.zeros((2, 1, 9, 9)))
    fails(
        files.run("run", files.snn, "--data", wide), "expected ('B', 1, 8, 8)", "got (2, 1, 9, 9)"
    )
    holed = tmp_path / "nan.npz"
    np.savez(holed, x=np.full((2, 1, 8, 8), np.nan))
    fails(files.run("run", files.snn, "--data", holed), "finite")


def edited(source, target, change):
    with np.load(source) as stored:
        arrays = {name: stored[name] for name in stored.files}
    change(arrays)
    np.savez(target, **arrays)
    return target


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("param/fc0.weight", np.nan, ["fc0.weight", "not finite"]),
        ("param/fc0.weight", np.inf, ["fc0.weight", "not finite"]),
        ("param/act0.lambda", 0.0, ["act0", "not positive", "got 0"]),
        ("param/act0.lambda", -1.0, ["act0", "not positive", "got -1"]),
    ],
)
def test_bad_parameters_are_named(files, tmp_path, name, value, said):
    def change(arrays):
        arrays[name] = np.full_like(arrays[name], value)

    bad = edited(files.model, tmp_path / "bad.npz", change)
    fails(files.run("convert", bad, "--method", "pascal"), "bad.npz", *said)


def test_a_header_with_a_missing_field(files, tmp_path):
    def change(arrays):
        header = json.loads(str(arrays["header"]))
        del header["nodes"]
        arrays["header"] = np.array(json.dumps(header))

    bad = edited(files.model, tmp_path / "bad.npz", change)
    fails(files.run("convert", bad, "--method", "pascal"), "bad.npz", "field is missing", "nodes")


def test_a_relu_network_is_refused_with_what_to_do(files, tmp_path):
    model = tmp_path / "relu.npz"
    trained = files.run(
        "train",
        "--data",
        "digits:train[:64]",
        "--net",
        "mlp",
        "--act",
        "relu",
        "--epochs",
        1,
        "-o",
        model,
    )
    assert trained.exit_code == 0
    fails(files.run("convert", model, "--method", "pascal"), "act0", "expected QCFS", "--act qcfs")


def test_vectors_do_not_overwrite(files, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    fails(files.run("vectors", "write", tmp_path / "full", "--kind", "if"), "not empty")
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"


def test_a_broken_manifest(files, tmp_path):
    out = tmp_path / "b"
    assert files.run("vectors", "write", out, "--kind", "if", "--samples", 2).exit_code == 0
    (out / "manifest.json").write_text("{")
    fails(files.run("vectors", "replay", out), "manifest.json")


@pytest.mark.parametrize("method", ["adaptive-calibration", "threshold-balancing", "rate-norm"])
@pytest.mark.parametrize("calib", [[], ["--calib", "digits:train[:1]"]])
def test_tuning_needs_images(files, tmp_path, method, calib):
    model = tmp_path / "relu.npz"
    words = ["train", "--data", "digits:train[:64]", "--net", "mlp", "--act", "relu", "--epochs", 1]
    assert files.run(*words, "-o", model).exit_code == 0
    outcome = files.run("convert", model, "--method", method, *calib)
    fails(outcome, "needs calibration images", "expected 2 or more", f"got {len(calib) // 2}")


def test_vectors_only_of_linear_layers(files, tmp_path):
    model, snn = tmp_path / "m.npz", tmp_path / "s.npz"
    words = ["train", "--data", "digits:train[:64]", "--net", "cnn", "--levels", 4, "--epochs", 1]
    assert files.run(*words, "-o", model).exit_code == 0
    assert files.run("convert", model, "--method", "pascal", "-o", snn).exit_code == 0
    out = tmp_path / "out"
    outcome = files.run("vectors", "write", out, "--kind", "layer", "--snn", snn, "--layer", "act1")
    fails(outcome, "not a linear layer", "act1")
    assert not out.exists()
