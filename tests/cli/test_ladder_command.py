"""``refsnn ladder`` and ``refsnn train --adaptive`` from the command line."""

import json

from outcomes import body_of, fails


def test_ladder(files, tmp_path):
    picture, page = tmp_path / "l.png", tmp_path / "l.md"
    words = ["ladder", "--net", "mlp", "--epochs", 1, "--steps", "2,4", "--method", "qcfs"]
    shown = files.run(*words, "--method", "pascal", "--picture", picture, "-o", page)
    assert shown.exit_code == 0, shown.output
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert page.read_text().startswith("| network | from | T |")
    assert "pascal, T = levels of the ANN" in shown.stderr
    assert "wrong counts" in shown.stdout
    assert "train the" not in shown.stdout


def test_ladder_as_json(files):
    outcome = files.run(
        "ladder", "--net", "mlp", "--epochs", 1, "--steps", "3", "--method", "qcfs", "--json"
    )
    body = json.loads(outcome.stdout)
    assert [rung["steps_text"] for rung in body["rungs"]] == ["-", "-", "3"]
    assert outcome.stderr == ""


def test_ladder_refuses_early(files, tmp_path):
    for words in (
        ["--steps", "2.5"],
        ["--steps", "a"],
        ["-o", tmp_path / "l.doc"],
        ["--method", "x"],
        ["--model", files.model],
        ["--model", files.model, "--test", "digits:test"],
        ["--model", files.model, "--calib", "digits:train[:8]"],
    ):
        outcome = files.run("ladder", *words)
        fails(outcome)
        assert "training" not in outcome.output


def test_a_failed_claim_ends_with_1(files, monkeypatch):
    from refsnn.convert import PascalConversion

    monkeypatch.setattr(PascalConversion, "judge", lambda self, snn, evaluation: self.claim.seen(1))
    outcome = files.run("ladder", "--net", "mlp", "--epochs", 1, "--method", "pascal")
    assert outcome.exit_code == 1
    assert "NO" in outcome.stdout


def test_adaptive_training(files, tmp_path):
    out = tmp_path / "m.npz"
    words = ["train", "--net", "mlp", "--epochs", 2, "--adaptive", "--adaptive-set", "ends=2"]
    shown = files.run(*words, "-o", out)
    assert shown.exit_code == 0, shown.output
    for text in ("L after", "T_eff", "after stage 1", "after stage 2", "own policy"):
        assert text in shown.stdout
    body = body_of(files.run(*words, "-o", out, "--json"))
    assert [row["levels_after"] for row in body["adaptive"]["layers"]] == [2, 2]
    converted = files.run(
        "convert", out, "--method", "pascal", "--set", "energy_model=true",
        "--calib", "digits:test[:20]", "--json",
    )  # fmt: skip
    notes = json.loads(converted.stdout)["notes"]
    assert notes["neuron_steps"] == {"act0": 3, "act1": 5}
    assert "read off" in notes["effective_steps"]["constants"]


def test_adaptive_settings_need_the_flag(files, tmp_path):
    out = tmp_path / "m.npz"
    fails(files.run("train", "--adaptive-set", "ends=2", "-o", out), "given without --adaptive")
    outcome = files.run("train", "--adaptive", "--adaptive-set", "end=2", "-o", out)
    fails(outcome, "did you mean 'ends'")
    assert not out.exists()
