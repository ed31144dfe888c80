"""``refsnn vectors``: check, replay, judge and publish, with their exit codes."""

import json

import pytest
from typer.testing import CliRunner
from vectors.networks import PROGRAMS, images

from fixedpoint import Format
from fixedpoint.vectors.network import write_network_bundle
from fixedpoint.vectors.scalar import write_scalar_bundle
from refsnn.cli import app


def run(*words):
    outcome = CliRunner().invoke(app, ["vectors", *map(str, words)])
    return outcome.exit_code, outcome.stdout


@pytest.fixture
def bundle(tmp_path):
    write_scalar_bundle(tmp_path / "b", "cast", in_format=Format(True, 6))
    return tmp_path / "b"


def test_check_a_good_bundle(bundle):
    code, text = run("check", bundle)
    assert code == 0
    assert text.startswith("good: 8 files, 2 tensors, ")
    code, text = run("check", bundle, "--json")
    assert (code, json.loads(text)["ok"], json.loads(text)["level"]) == (0, True, "L0")


def test_check_names_file_line_and_reason(bundle):
    path = bundle / "exp/cast.y.hex"
    path.write_bytes(b"F" + path.read_bytes()[1:])
    code, text = run("check", bundle)
    assert code == 1
    assert text.splitlines()[0].startswith("exp/cast.y.hex:1: upper-case digit: expected 1 lower")
    assert text.splitlines()[-1].startswith("refused: ")
    code, text = run("check", bundle, "--json")
    first = json.loads(text)["findings"][0]
    assert (code, first["file"], first["line"]) == (1, "exp/cast.y.hex", 1)


def test_check_nothing(tmp_path):
    assert run("check", tmp_path / "none")[0] == 2


@pytest.mark.parametrize("kind", ["cast", "mul"])
def test_write_and_replay_a_scalar_bundle(tmp_path, kind):
    assert run("write", tmp_path / "b", "--kind", kind)[0] == 0
    code, text = run("replay", tmp_path / "b", "--json")
    assert (code, json.loads(text)["mismatches"]) == (0, 0)


def test_write_and_replay_a_network(tmp_path):
    from refsnn.convert import QCFSConversion
    from refsnn.io import save_snn
    from refsnn.models import activation, mlp

    graph = mlp((1, 8, 8), 10, activation("qcfs", 4), 0, width=8)
    save_snn(tmp_path / "s.npz", QCFSConversion(steps=2).convert(graph, None)[0])
    options = ["--kind", "network", "--snn", tmp_path / "s.npz", "--data", "digits:test[:8]"]
    assert run("write", tmp_path / "b", *options, "--samples", 2)[0] == 0
    code, text = run("replay", tmp_path / "b", "--json")
    assert (code, json.loads(text)["mismatches"]) == (0, 0)
    assert run("write", tmp_path / "c", "--kind", "network")[0] == 2


def test_simulating_a_network_without_verilog(tmp_path):
    write_network_bundle(tmp_path / "b", PROGRAMS["pascal"](), images(1))
    outcome = CliRunner().invoke(app, ["vectors", "replay", str(tmp_path / "b"), "--simulate"])
    assert "no Verilog in this bundle" in outcome.output
    assert outcome.exit_code == 2


DEVICE = """
class Device:
    def load(self, bundle): return {}
    def run(self, session, sample): session["at"] = sample
    def dump(self, session): return {"cast.y": [0] * 65}
"""


def test_judge_a_device(bundle, tmp_path, monkeypatch):
    (tmp_path / "zeros_dut.py").write_text(DEVICE)
    monkeypatch.chdir(tmp_path)
    code, text = run("replay", bundle, "--dut", "zeros_dut:Device")
    assert code == 1
    assert text.splitlines()[1] == "compared: cast.y"
    assert text.splitlines()[-1].startswith("MISMATCH file=exp/cast.y.hex rounding=0 ")
    code, text = run("replay", bundle, "--dut", "zeros_dut:Device", "--json")
    assert (code, json.loads(text)["samples"]) == (1, 64)
    assert run("replay", bundle, "--dut", "zeros_dut:Other")[0] == 2


def test_publish(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "refsnn.jobs.published_vectors.bundles",
        lambda: {
            "L0/add": lambda out: write_scalar_bundle(out, "add_sat", in_format=Format(True, 3))
        },
    )
    code, text = run("publish", tmp_path / "v1")
    assert code == 0
    assert text.split()[-1] == "L0/add"
    assert (tmp_path / "v1" / "index.json").exists()
    assert run("publish", tmp_path / "v1")[0] == 2
