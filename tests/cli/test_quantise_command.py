"""``refsnn quantise``: a table of levels, a network that converts exactly, clear words."""

import pytest
from outcomes import body_of, fails


@pytest.fixture(scope="module")
def relu(files, tmp_path_factory):
    out = tmp_path_factory.mktemp("relu") / "relu.npz"
    words = ["--data", "digits:train[:256]", "--net", "mlp", "--act", "relu", "--epochs", 2]
    outcome = files.run("train", *words, "-o", out)
    assert outcome.exit_code == 0, outcome.output
    return out


def test_levels_are_compared(files, relu):
    words = ["--calib", "digits:train[:64]", "--test", "digits:test[:40]", "--json"]
    body = body_of(files.run("quantise", relu, "--levels", "1,4096", *words))
    coarse, fine = (row["accuracy"] for row in body["rows"])
    assert body["samples"] == 40
    assert [row["levels"] for row in body["rows"]] == [1, 4096]
    assert coarse < fine
    assert fine == body["relu"]


def test_what_is_written_converts_exactly(files, relu, tmp_path):
    out = tmp_path / "levels.npz"
    outcome = files.run(
        "quantise", relu, "--levels", "3", "--calib", "digits:train[:32]", "-o", out
    )
    assert outcome.exit_code == 0, outcome.output
    assert "wrote" in outcome.output
    body = body_of(
        files.run(
            "convert",
            out,
            "--method",
            "pascal",
            "--snap",
            10,
            "--test",
            "digits:test[:16]",
            "--json",
        )
    )
    assert body["evaluation"]["wrong_counts"] == 0


@pytest.mark.parametrize(
    ("levels", "out", "words"),
    [("2,4", "x.npz", ["--levels", "one number"]), ("0", None, ["levels", "1"])],
)
def test_bad_levels(files, relu, tmp_path, levels, out, words):
    more = [] if out is None else ["-o", tmp_path / out]
    given = ["--levels", levels, "--calib", "digits:train[:8]", *more]
    fails(files.run("quantise", relu, *given), *words)
    assert not list(tmp_path.iterdir())
