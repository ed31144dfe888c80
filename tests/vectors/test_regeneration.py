"""Same arguments, same bytes: in another process, with other hash seeds, locales and dates."""

import json
import os
import subprocess
import sys

import pytest
from vectors.bundles import WRITERS

from fixedpoint import InputError, write_neuron_bundle
from fixedpoint.vectors.files import PROVENANCE, SUMS

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from vectors.bundles import WRITERS
for kind, write in WRITERS.items():
    write(Path(sys.argv[2]) / kind)
"""


def contents(bundle):
    return {
        p.relative_to(bundle).as_posix(): p.read_bytes() for p in bundle.rglob("*") if p.is_file()
    }


def test_another_process_writes_the_same_bytes(written, tmp_path, pytestconfig):
    other = {
        "PYTHONHASHSEED": "12345",
        "LC_ALL": "C",
        "TZ": "Asia/Tokyo",
        "SOURCE_DATE_EPOCH": "1",
        "REFSNN_COMMIT": "0123abc",
        "OMP_NUM_THREADS": "2",
    }
    tests = str(pytestconfig.rootpath / "tests")
    subprocess.run(
        [sys.executable, "-c", SCRIPT, tests, str(tmp_path)],
        env={**os.environ, **other},
        cwd=tmp_path,
        check=True,
    )
    for kind in WRITERS:
        first, second = contents(written / kind), contents(tmp_path / kind)
        facts = json.loads(second.pop(PROVENANCE))
        assert first.pop(PROVENANCE) is not None
        assert first == second, kind
        assert facts["date"] == "1970-01-01T00:00:01+00:00"
        assert facts["source_commit"] == "0123abc"
        assert {"python", "numpy", "command", "generator"} <= set(facts)


@pytest.mark.parametrize("kind", WRITERS)
def test_provenance_is_outside_the_sums(written, kind):
    assert PROVENANCE not in (written / kind / SUMS).read_text()


@pytest.mark.parametrize("epoch", ["soon", "9" * 30])
def test_a_bad_date_is_refused(tmp_path, monkeypatch, epoch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(InputError, match="SOURCE_DATE_EPOCH: no date"):
        write_neuron_bundle(tmp_path / "b", "if", samples=1)


def test_the_commit_is_null_if_nobody_says_it(tmp_path, monkeypatch):
    monkeypatch.delenv("REFSNN_COMMIT", raising=False)
    write_neuron_bundle(tmp_path / "b", "if", samples=1)
    assert json.loads((tmp_path / "b" / PROVENANCE).read_text())["source_commit"] is None
