"""Bit-serial conversion from the command line: train with a penalty, convert, run, refuse."""

import json

import pytest

from refsnn.io import load_model, load_snn
from refsnn.neurons import BitSerial


@pytest.fixture(scope="module")
def model(files):
    out = files.folder / "levels15.npz"
    data = ("--data", "digits:train[:256]", "--net", "mlp", "--epochs", 1)
    done = files.run("train", *data, "--levels", 15, "--kappa", 1e-5, "-o", out)
    assert done.exit_code == 0, done.output
    return out


def convert(files, model, *settings):
    words = [w for setting in settings for w in ("--set", setting)]
    return files.run(
        "convert", model, "--method", "snn-meets-ann", *words, "--calib", "digits:test[:40]",
        "-o", files.folder / "bits.npz", "--json",
    )  # fmt: skip


def test_the_penalty_is_on_record(model):
    assert load_model(model).notes["job"]["settings"]["kappa"] == 1e-5


@pytest.mark.parametrize("drop", [0, 1])
def test_convert_and_run(files, model, drop):
    done = convert(files, model, "snap=10", f"drop={drop}")
    body = json.loads(done.stdout)
    assert done.exit_code == 0
    assert body["claim"]["kind"] == ("bound" if drop else "exact")
    assert body["claim_held"] is True
    assert body["notes"]["latency_steps"] == {"sequential": 9 - 2 * drop, "pipelined": 4 - drop}
    assert 0 < body["notes"]["activity"] < 4 - drop
    snn = load_snn(files.folder / "bits.npz")
    assert all(isinstance(n, BitSerial) and n.drop == drop for n in snn.neurons.values())
    done = files.run("run", files.folder / "bits.npz", "--data", "digits:test[:8]", "--json")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            ["steps=3"],
            "expected 2**3 - 1 = 7 levels, got 15; train with --levels 7, or use steps=4",
        ),
        (["drop=4"], "drop: cannot drop that many bits: expected 0..3, got 4"),
        (["carry_bias=twice"], "expected folded or per_step, got 'twice'"),
        (["kappa=1"], "unknown setting 'kappa'"),
    ],
)
def test_settings_that_cannot_be(files, model, settings, message):
    done = convert(files, model, *settings)
    assert done.exit_code == 2
    assert message in done.stdout + done.output


def test_a_penalty_needs_whole_bits(files):
    words = ("--data", "digits:train[:64]", "--epochs", 1, "--levels", 4, "--kappa", 1e-5)
    done = files.run("train", *words, "-o", files.folder / "none.npz")
    assert done.exit_code == 2
    assert "a bit penalty needs levels that fill whole bits" in done.output
