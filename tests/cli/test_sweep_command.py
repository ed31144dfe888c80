"""``refsnn sweep``."""

import json

import pytest

from refsnn.cli.sweep import axis
from refsnn.errors import InputError

DATA = ("--calib", "digits:train[:16]", "--test", "digits:test[:16]", "--workers", 0)


def test_sweep(files, tmp_path):
    words = [
        "sweep",
        files.model,
        "--method",
        "qcfs",
        "--method",
        "pascal",
        *DATA,
        "-o",
        tmp_path / "s",
    ]
    shown = files.run(*words, "--over", "qcfs.steps=2,4")
    assert shown.exit_code in (0, 1), shown.output
    assert shown.stdout.count("qcfs") == 2
    assert "pascal" in shown.stdout
    stored = (tmp_path / "s" / "sweep.json").read_bytes()
    again = files.run(*words, "--over", "qcfs.steps=2,4", "--json")
    body = json.loads(again.stdout)
    assert body["failed"] == []
    assert len(body["rows"]) == 3
    assert (tmp_path / "s" / "sweep.json").read_bytes() == stored
    assert again.stderr == ""


def test_a_method_that_refuses(files, tmp_path):
    """An outcome like another."""
    words = ["sweep", files.model, "--method", "rate-norm", *DATA, "-o", tmp_path / "s"]
    outcome = files.run(*words, "--over", "steps=2", "--json")
    assert outcome.exit_code == 0, outcome.output
    (row,) = json.loads(outcome.stdout)["rows"]
    assert "act" in row["outcome"]["refused"]
    assert "refused: rate-norm steps=2" in files.run(*words, "--over", "steps=2").stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--over", "steps"], "no values"),
        (["--over", "steps=2,2"], "twice"),
        (["--over", "levels=2"], "levels"),
        (["--test", "digitz:test"], "digits"),
    ],
)
def test_sweep_refuses(files, tmp_path, words, message):
    outcome = files.run(
        "sweep", files.model, "--method", "qcfs", *DATA, "-o", tmp_path / "s", *words
    )
    assert outcome.exit_code == 2
    assert message in outcome.stderr


def test_axes():
    assert axis("steps=2,4") == ("steps", [2, 4])
    assert axis("reset=zero,subtract") == ("reset", ["zero", "subtract"])
    assert axis("x=null,[1, 2]") == ("x", [None, [1, 2]])
    with pytest.raises(InputError, match="no values"):
        axis("=2")
