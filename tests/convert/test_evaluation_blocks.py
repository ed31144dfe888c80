"""An evaluation in blocks of samples is the evaluation of all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from laws.dyadic_networks import SEEDS, Shape, graph_of, images, shapes

from refsnn.convert import PascalConversion, QCFSConversion, evaluate_snn
from refsnn.engines.memory import run_blocks
from refsnn.memory import BYTES, MOST, WORD, sample_blocks


@settings(max_examples=10)
@given(shape=shapes(("none", "avg", "global")), seed=SEEDS)
def test_blocks_make_no_difference(shape, seed):
    snn, x = QCFSConversion(steps=2).convert(graph_of(shape, seed))[0], images(seed, 5)
    y, heard = np.arange(5) % 3, []
    whole = evaluate_snn(snn, x, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("refsnn.memory.MOST", 2)
        parts = evaluate_snn(snn, x, y, heard.append)
    assert heard == [f"evaluation, {n} of 5 images" for n in (2, 4, 5)]
    for name in ("samples", "wrong_counts", "prediction_changes", "snn_accuracy", "ann_accuracy"):
        assert getattr(parts, name) == getattr(whole, name)
    assert parts.logit_difference == whole.logit_difference
    assert parts.cost.spikes == pytest.approx(whole.cost.spikes)
    assert parts.cost.snn_energy_nj == pytest.approx(whole.cost.snn_energy_nj)
    for a, b in zip(parts.layers, whole.layers, strict=True):
        assert (a.name, a.wrong_counts, a.neurons_checked) == (
            b.name, b.wrong_counts, b.neurons_checked)  # fmt: skip
        for part, errors in b.error.items():
            assert a.error[part] == pytest.approx(errors, abs=1e-15)


def test_blocks_cover_all_samples_within_the_memory():
    assert sample_blocks(5, 1) == [slice(0, 5)]
    assert sample_blocks(0, 1) == []
    assert [b.stop - b.start for b in sample_blocks(600, 1)] == [MOST, MOST, 88]
    many = BYTES // (3 * WORD)
    assert [b.stop - b.start for b in sample_blocks(7, many)] == [3, 3, 1]
    assert sample_blocks(2, BYTES) == [slice(0, 1), slice(1, 2)], "one sample at least"


def test_recorded_runs_take_fewer_samples(monkeypatch):
    snn = PascalConversion().convert(graph_of(Shape((4,)), 0))[0]
    monkeypatch.setattr("refsnn.memory.BYTES", 2**16)
    plain, recorded = (run_blocks(snn, 100, recorded=r)[0].stop for r in (False, True))
    assert 1 <= recorded < plain
