"""``refsnn bench``."""

import json

import numpy as np
import pytest

from refsnn.jobs import bench


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(bench, "LAYERS", ((16, 4),))
    monkeypatch.setattr(bench, "SGEMM", 64)


def test_bench(files, small):
    shown = files.run("bench", "--rounds", 1)
    assert shown.exit_code == 0, shown.output
    for text in ("sgemm", "events", "dense", "bit for bit"):
        assert text in shown.stdout
    body = json.loads(files.run("bench", "--rounds", 1, "--steps", 3, "--json").stdout)
    assert [row["kernel"] for row in body["rows"]] == ["dense", "events"]
    assert body["network"]["numba_ms"] > 0


def test_a_wrong_kernel_has_no_time(small, monkeypatch):
    """The trains are compared first."""
    from refsnn.engines import simd

    original = simd.for_events
    monkeypatch.setattr(simd, "for_events", lambda w: original(np.roll(w, 1, axis=0)))
    with pytest.raises(AssertionError):
        bench.run_bench(bench.BenchJob(rounds=1))


@pytest.mark.parametrize("words", [("--steps", 0), ("--rate", 2), ("--rounds", 0)])
def test_bench_refuses(files, words):
    outcome = files.run("bench", *words)
    assert outcome.exit_code == 2
    assert "out of range" in outcome.stderr
