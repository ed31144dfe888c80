"""Exits: scores and thresholds by hand; the stepped engine against a full run, bit for bit."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from burst_networks import STEPS, images, network
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from refsnn.analysis import cost, exactness
from refsnn.calibration import entropy, exit_thresholds, exits, score
from refsnn.convert import PascalConversion
from refsnn.engines import run
from refsnn.engines.early_exit import run_until, stop_above
from refsnn.errors import InputError, UnsupportedError


def test_scores_by_hand():
    even, sure = np.zeros((1, 4)), np.array([[900.0, 0, 0, 0]])
    assert entropy(even) == pytest.approx(1)  # eq: adaptive_calibration.27
    assert entropy(sure) == 0
    assert score(sure).tolist() == score(sure, "confidence").tolist() == [1]
    assert score(even, "confidence") == pytest.approx(0.25)
    p = np.array([0.5, 0.25, 0.25])
    assert entropy(np.log(p)) == pytest.approx(1.5 * np.log(2) / np.log(3))


def test_thresholds_by_hand():
    """Two samples; only the first is right, at t = 2 and 3; no one is at t = 1."""
    sums = np.log([[[1.0, 3], [1, 3]], [[3, 1], [1, 1.5]], [[9, 1], [1, 1.5]]])
    y = np.array([0, 0])
    h = [1.0, *(float(entropy(sums[t, :1])[0]) for t in (1, 2))]  # eq: adaptive_calibration.28
    wanted = [0.6 + 0.4 * np.exp(-(e - h[2])) for e in h]
    got = exit_thresholds(sums, y)  # eq: adaptive_calibration.29
    np.testing.assert_allclose(got, [1, *wanted[1:]], rtol=1e-14)
    assert got[-1] == 1
    strict = exit_thresholds(sums, y, alpha=1.0)
    assert_array_equal(strict, 1)


def test_exit_is_strict_and_ends_at_t():
    sums = np.log([[[3.0, 1]], [[3, 1]], [[1, 3]]])
    level = score(sums)[0, 0]
    assert exits(sums, np.full(3, level)).step == [3]
    found = exits(sums, np.array([level, np.nextafter(level, 0), 1]))
    assert (found.step.tolist(), found.prediction.tolist()) == ([2], [0])
    assert exits(sums, np.full(3, 1.0)).prediction == [1]


@given(
    seed=st.integers(0, 50),
    quantile=st.floats(0.05, 0.95),
    kind=st.sampled_from(["entropy", "confidence"]),
)
def test_early_exit_is_the_exit_of_a_full_run(seed, quantile, kind):
    """Steps, classes, logits, and the spikes up to the exit: bit for bit at level E."""
    snn, _ = network(seed % 7, phi=3)
    x = images(seed)
    assert exactness(snn, x).level == "E"
    full = run(snn, x, record=None)
    sums = full.traces["fc1"].v
    bars = np.full(STEPS, np.quantile(score(sums, kind), quantile))
    early = run_until(snn, x, stop_above(bars, partial(score, kind=kind)))
    wanted = exits(sums, bars, kind)  # eq: adaptive_calibration.30
    assert_array_equal(early.step, wanted.step)
    assert_array_equal(early.prediction, wanted.prediction)
    assert early.latency == wanted.step.mean()
    rows = np.arange(len(x))
    assert_array_equal(early.run.logits, sums[wanted.step - 1, rows] / wanted.step[:, None])
    for name in snn.neurons:
        spikes = np.cumsum(full.traces[name].fired, axis=0, dtype=np.int64)
        assert_array_equal(early.run.sent[name], spikes[wanted.step - 1, rows])
        drive = np.cumsum(full.traces[name].current, axis=0)
        assert_array_equal(early.run.charges[name], drive[wanted.step - 1, rows])
    saved, whole = cost(snn, early.run), cost(snn, full)
    assert saved.snn_energy_nj <= whole.snn_energy_nj
    assert saved.spikes_per_layer == {n: early.run.sent[n].sum() / len(x) for n in snn.neurons}


def test_samples_leave_the_batch():
    """What is stepped shrinks; nobody left ends the run."""
    snn, x = network(0)
    seen = []

    def stop(sums, t):
        seen.append(len(sums))
        return np.arange(len(sums)) < 6

    early = run_until(snn, x, stop)
    assert seen == [12, 6]
    assert early.step.tolist() == [1] * 6 + [2] * 6


def test_never_stopping_is_a_full_run():
    snn, x = network(1)
    early = run_until(snn, x, lambda sums, t: np.zeros(len(sums), bool))
    full = run(snn, x)
    assert_array_equal(early.run.logits, full.logits)
    for name in snn.neurons:
        assert_array_equal(early.run.counts[name], full.counts[name])
    assert_array_equal(early.step, STEPS)


def test_a_stale_state_would_be_seen(monkeypatch):
    """Planted fault: samples leave, but their states stay."""
    from refsnn.engines import early_exit

    snn, x = network(2, phi=3)
    sums = run(snn, x, record=["fc1"]).traces["fc1"].v
    bars = np.full(STEPS, np.quantile(score(sums), 0.6))
    monkeypatch.setattr(
        early_exit, "take", lambda state, rows: type(state)(*(f[: rows.sum()] for f in state))
    )
    early, step = run_until(snn, x, stop_above(bars, score)), exits(sums, bars).step
    at_exit = sums[step - 1, np.arange(len(x))] / step[:, None]
    assert (early.run.logits != at_exit).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: score(np.zeros((1, 2)), "margin"), "score: unknown choice"),
        (lambda: entropy(np.zeros((1, 1))), "entropy needs classes"),
        (lambda: exits(np.zeros((2, 1, 2)), np.ones(3)), "one threshold a step"),
        (lambda: exit_thresholds(np.zeros((2, 1, 2)), np.zeros(3, int)), "do not fit"),
        (lambda: exit_thresholds(np.zeros((2, 1, 2)), np.zeros(1, int), alpha=2), "alpha"),
        (
            lambda: run_until(*network(), lambda s, t: np.ones(3, bool)),
            "stop: run_until|run_until: stop",
        ),
        (lambda: run_until(*network(), stop_above(np.ones(2), score)), "one threshold a step"),
    ],
)
def test_errors(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_a_layer_wise_network_has_no_early_exit():
    from laws.dyadic_networks import Shape, graph_of
    from laws.dyadic_networks import images as dyadic

    snn = PascalConversion().convert(graph_of(Shape((4,)), 0))[0]
    with pytest.raises(UnsupportedError, match="pascal: early exit needs"):
        run_until(snn, dyadic(0), lambda sums, t: np.zeros(len(sums), bool))
