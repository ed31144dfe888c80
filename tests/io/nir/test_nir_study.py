"""NIR's one-neuron study: every recording explained, where the recordings are at hand."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from refsnn.cli import app
from refsnn.errors import InputError
from refsnn.io.nir import CONVENTIONS
from refsnn.io.nir.tree import read_tree
from refsnn.jobs.nir_study import RECORDINGS, page, read_recording, study

pytest.importorskip("nir")
FOLDER = Path(os.environ.get("REFSNN_DATA", "nowhere")) / "nir_lif"
needs_recordings = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="REFSNN_DATA has no folder nir_lif with the recordings"
)

SPIKES = {
    "exact": [460, 510, 710, 760],
    "nengo": [460, 510, 710, 760],
    "norse": [460, 510, 710, 760],
    "snntorch": [460, 510, 710, 760],
    "spinnaker2": [460, 510, 710, 760],
    "lava_cpu_fixed": [461, 511, 711, 761],
    "lava_cpu_float": [461, 511, 711, 761],
    "lava_loihi_fixed": [461, 511, 711, 761],
    "spyx": [461, 511, 711, 761],
    "rockpool": [450, 500, 710, 760],
    "sinabs": [450, 500, 710, 760],
}
BIT_FOR_BIT = {"lava_cpu_fixed"}
READS_128 = {"lava_loihi_fixed"}


@pytest.fixture(scope="session")
def findings():
    return list(study(FOLDER))


def test_every_recording_is_listed():
    assert set(RECORDINGS) == set(SPIKES)
    assert {r.semantics for r in RECORDINGS.values()} <= set(CONVENTIONS)


@needs_recordings
@pytest.mark.parametrize("name", sorted(SPIKES))
def test_recording(findings, name):
    """All eleven spike trains; ten membranes to single precision, one of them bit for bit."""
    found = next(f for f in findings if f.name == name)
    assert found.spikes.tolist() == SPIKES[name]
    if name in READS_128:  # the chip shows 128 in the four steps of its spikes
        assert (found.match[found.semantics], found.steps) == ("=", 4)
        assert found.deviation == 128 / 1600
        return
    assert found.match[found.semantics] == "=="
    assert found.deviation < 1e-6
    assert (found.deviation == 0) == (name in BIT_FOR_BIT)


@needs_recordings
def test_recordings_tell_conventions_apart(findings):
    """Spikes separate three groups; membranes separate what spikes cannot."""
    for found in findings:
        for key, mark in found.match.items():
            groups = [SPIKES[n] for n, r in RECORDINGS.items() if r.semantics == key]
            if groups:
                assert (mark != "x") == (groups[0] == SPIKES[found.name])
    by_name = {found.name: found.match for found in findings}
    assert by_name["exact"]["nengo"] == "="  # reset in the step or at the crossing
    assert by_name["nengo"]["norse"] == "="  # exact or forward difference
    assert by_name["spyx"]["lava"] == "="  # soft or hard


@needs_recordings
def test_documented_table_is_the_measured_one(findings, pytestconfig):
    text = (pytestconfig.rootpath / "docs" / "nir.md").read_text(encoding="utf8")
    assert page(findings) in text


@needs_recordings
def test_command_and_a_planted_fault(tmp_path):
    """One recorded spike missing: exit code 1."""
    copy = tmp_path / "nir_lif"
    shutil.copytree(FOLDER, copy)
    outcome = CliRunner().invoke(app, ["nir-study", str(copy), "--json"])
    assert outcome.exit_code == 0
    assert len(json.loads(outcome.stdout)["recordings"]) == 11
    path = copy / "lif_norse.csv"
    path.chmod(0o644)
    lines = path.read_text().splitlines()
    lines[460] = lines[460].removesuffix(",1.0") + ",0.0"
    path.write_text("\n".join(lines))
    assert CliRunner().invoke(app, ["nir-study", str(copy)]).exit_code == 1


# without the recordings


def test_missing_and_damaged_recordings(tmp_path):
    with pytest.raises(InputError, match="recording does not exist"):
        list(study(tmp_path))
    path = tmp_path / "r.csv"
    for body, told in (
        ("a,b,c", "cannot be read"),
        ("1,2\n3,4", "3 columns"),
        ("1,2,nan", "recording"),
    ):
        path.write_text(body)
        with pytest.raises(InputError, match=told):
            read_recording(path)
    path.write_text("0.04,0.5,0\n0,0.1,1")
    drive, membrane, spikes = read_recording(path)
    assert (drive.tolist(), membrane.tolist(), spikes.tolist()) == ([1, 0], [0.5, 0.1], [0, 1])


def test_the_command_says_what_is_missing(tmp_path):
    outcome = CliRunner().invoke(app, ["nir-study", str(tmp_path)])
    assert outcome.exit_code == 2
    assert re.search("point to the folder nir_lif", outcome.output.replace("\n", " "))


def test_made_recordings_are_told_apart(tmp_path):
    """Recordings that the conventions make themselves: each finds itself, and not a changed one."""
    import nir

    one = np.ones(1, np.float32)
    neuron = nir.LIF(25e-4 * one, one, 0 * one, 0.1 * one, 0 * one)
    nir.write(
        tmp_path / "lif_norse.nir", nir.NIRGraph.from_list(nir.Affine(one[None], 0 * one), neuron)
    )
    from refsnn.jobs.nir_study import DT, NETWORK, played

    drive = (np.random.default_rng(0).random(2000) < 0.4) * 1.0
    network = read_tree(tmp_path / NETWORK)
    trains = {key: tuple(played(network, key, drive).fired.ravel()) for key in CONVENTIONS}
    assert DT == 1e-4
    same = {key: {k for k in trains if trains[k] == trains[key]} for key in trains}
    assert same == {
        "nir": {"nir"},
        "nengo": {"nengo"},
        "norse": {"norse", "spikingjelly-hard", "spinnaker2"},
        "spikingjelly-hard": {"norse", "spikingjelly-hard", "spinnaker2"},
        "spinnaker2": {"norse", "spikingjelly-hard", "spinnaker2"},
        "snntorch": {"snntorch"},
        "spikingjelly-soft": {"spikingjelly-soft"},
        "sinabs": {"sinabs"},
        "sinabs-whole": {"sinabs-whole"},
        "rockpool": {"rockpool"},
        "lava": {"lava"},
        "spyx": {"spyx"},
    }
