"""refsnn verify and refsnn golden: exit codes, maps, axes, what is said."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner
from verify.diagnosing import recording, right

from refsnn.cli import app


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def said(outcome, code):
    assert outcome.exit_code == code, outcome.output
    assert "Traceback" not in outcome.output
    return " ".join(outcome.output.split())


@pytest.fixture
def dump(tmp_path):
    def write(name, **arrays):
        np.savez(tmp_path / name, **arrays)
        return tmp_path / name

    return write


@pytest.mark.parametrize("command", ["verify", "golden write", "golden make"])
def test_help_shows_an_example(command):
    assert f"Example: refsnn {command}" in said(run(*command.split(), "--help"), 0)


def test_equal(dump):
    text = said(run("verify", dump("a.npz", **right("qcfs-mlp")), "--case", "qcfs-mlp"), 0)
    assert "equal to golden case qcfs-mlp, bit for bit" in text


def test_differs_and_why(dump):
    path = dump("a.npz", **recording("qcfs-mlp", "hard-reset"))
    text = said(run("verify", path, "--case", "qcfs-mlp"), 1)
    assert "first divergence (golden against theirs): layer act0, step" in text
    assert "explains all of it: hard-reset (everywhere): a spike sets the membrane to 0" in text


def test_differs_and_nothing_explains_it(dump):
    train = np.zeros_like(right("qcfs-mlp")["act0/spikes"])
    text = said(run("verify", dump("a.npz", **{"act0/spikes": train}), "--case", "qcfs-mlp"), 1)
    assert "none of the 20 known mistakes explains all of it" in text


def test_json(dump):
    path = dump("a.npz", **recording("pascal-mlp", "tolerance-8e-5"))
    outcome = run("verify", path, "--case", "pascal-mlp", "--json")
    told = json.loads(outcome.stdout)
    assert outcome.exit_code == 1
    assert [cause["mistake"] for cause in told["diagnosis"]["explanations"]] == [
        "tolerance-8e-5", "tolerance-1e-3",
    ]  # fmt: skip
    assert told["diagnosis"]["differences"][0]["kind"] == "input"
    assert told["equal"] is False


def test_what_would_not_have_shown(dump):
    path = dump("a.npz", **{"act0/counts": right("pascal-mlp")["act0/counts"]})
    short = said(run("verify", path, "--case", "pascal-mlp"), 0)
    assert "known mistakes would not have shown: --blind lists them" in short
    text = said(run("verify", path, "--case", "pascal-mlp", "--blind"), 0)
    assert "would not have shown: truncates" in text
    assert "the clip at 0 makes both 0" in text


def test_a_map_and_axes(dump, tmp_path):
    train = np.moveaxis(right("qcfs-mlp")["act0/spikes"], 1, 0)
    path = dump("a.npz", theirs=train)
    names = tmp_path / "map.json"
    names.write_text(json.dumps({"case": "qcfs-mlp", "names": {"theirs": "act0/spikes"}}))
    assert said(run("verify", path, "--names", names), 0)
    assert said(run("verify", path, "--names", names, "--axes", "BTC"), 0)
    assert "axes do not fit" in said(run("verify", path, "--names", names, "--axes", "TBC"), 2)
    text = said(run("verify", path, "--names", names, "--case", "pascal-mlp"), 2)
    assert "two cases" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not an object"),
        ('{"case": "a", "case": "b"}', "key given twice"),
        ("[" * 100_000, "not JSON"),
        ("1" * 10_000, "not JSON"),
        (" " * 2**20 + "{}", "too large to be read"),
        ("\ufeff{}", "not JSON"),
    ],
)
def test_broken_maps(dump, tmp_path, text, message):
    (tmp_path / "map.json").write_text(text, "utf-8")
    path = dump("a.npz", **right("qcfs-mlp"))
    assert message in said(run("verify", path, "--names", tmp_path / "map.json"), 2)


def test_what_cannot_be_compared(dump, tmp_path):
    path = dump("a.npz", **{"act0/spikes": np.zeros((4, 7, 12))})
    assert "which golden case?" in said(run("verify", path), 2)
    assert "did you mean 'qcfs-mlp'" in said(run("verify", path, "--case", "qcfs-mpl"), 2)
    assert "file does not exist" in said(
        run("verify", tmp_path / "no.npz", "--case", "qcfs-mlp"), 2
    )
    assert "no such case" in said(run("verify", path, "--against", tmp_path, "--case", "x"), 2)
    other = dump("b.npz", input=np.zeros((7, 12)), **{"act0/spikes": np.zeros((4, 7, 12))})
    assert "made on another input" in said(run("verify", other, "--case", "qcfs-mlp"), 2)


def test_pickles_are_not_read(dump):
    path = dump("a.npz", **{"act0/spikes": np.array([object()], object)})
    assert "pickle" in said(run("verify", path, "--case", "qcfs-mlp"), 2)


def test_a_network_of_ones_own(files, tmp_path):
    """Record it, verify its own trace against it; spoil a number, and it differs."""
    golden, data = tmp_path / "mine.npz", "digits:test[:8]"
    text = said(run("golden", "make", files.snn, "--data", data, "-o", golden), 0)
    assert "case pascal" in text
    assert "equal to golden case pascal" in said(run("verify", files.trace, "--against", golden), 0)
    with np.load(files.trace) as archive:
        arrays = {name: archive[name] for name in archive.files}
    name = next(name for name in arrays if name.startswith("trace/") and name.endswith("/v"))
    arrays[name] = arrays[name] + 1
    np.savez(tmp_path / "bent.npz", **arrays)
    assert "differs" in said(run("verify", tmp_path / "bent.npz", "--against", golden), 1)


def test_the_published_set_is_written_anywhere(tmp_path):
    told = json.loads(run("golden", "write", tmp_path / "v1", "--json").stdout)
    assert sorted(told["files"]) == sorted(p.name for p in (tmp_path / "v1").iterdir())
    assert "not empty" in said(run("golden", "write", tmp_path / "v1"), 2)
