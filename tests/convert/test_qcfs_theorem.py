"""The expected-error theorem of QCFS as a statistical test: random drives, T and L apart."""

from __future__ import annotations

import numpy as np
import pytest

from refsnn.activations import QCFS
from refsnn.neurons import IF, respond

SAMPLES = 40_000
PAIRS = [(4, 4), (4, 2), (4, 8), (8, 3), (2, 16), (3, 7), (4, 1), (1, 5)]
"""(L, T)."""
SIGMAS = 4.5
"""A right neuron is refused once in 100 000 draws; the draws are fixed."""


def score(z, levels, steps, v_init=0.5):
    """Mean of r(T) - a in standard errors, lambda = 1."""
    drive = np.broadcast_to(z, (steps, 1, len(z)))
    rate = respond(IF(theta=1.0, v_init=v_init), drive).spikes.sum(0)[0] / steps
    error = rate - QCFS(levels).apply({"lambda": np.ones(())}, z[None])[0]
    spread = error.std() / np.sqrt(len(z))
    return abs(error.mean()) / spread if spread else 0.0 if error.mean() == 0 else np.inf


def uniform(rng):
    return rng.uniform(0, 1, SAMPLES)


@pytest.mark.parametrize(("levels", "steps"), PAIRS)
def test_mean_error_is_zero_for_uniform_drive(levels, steps):
    assert score(uniform(np.random.default_rng(levels)), levels, steps) < SIGMAS


@pytest.mark.parametrize(("levels", "steps"), [(4, 4), (4, 2), (4, 8), (2, 16)])
def test_mean_error_is_zero_for_a_density_of_steps(levels, steps):
    """Flat on each cell of the coarser staircase, any heights, the half cells at the ends alike."""
    rng = np.random.default_rng(1)
    fine = 2 * levels * steps  # a multiple of every cell and half cell
    heights = rng.uniform(0.2, 2, 1 + max(levels, steps))
    coarse = min(levels, steps)
    cell = np.floor(np.arange(fine) / fine * coarse + 0.5).astype(int) % coarse
    weights = heights[cell]
    found = rng.choice(fine, SAMPLES, p=weights / weights.sum())
    z = (found + rng.uniform(0, 1, SAMPLES)) / fine
    assert score(z, levels, steps) < SIGMAS


@pytest.mark.parametrize("v_init", [0.0, 0.25, 0.75])
def test_another_start_is_seen(v_init):
    assert score(uniform(np.random.default_rng(0)), 4, 8, v_init) > 20


def test_a_slope_inside_the_cells_is_seen():
    """Mass near zero, as after a ReLU: the hypothesis fails, and so does the conclusion."""
    z = np.random.default_rng(0).beta(0.5, 4, SAMPLES)
    assert score(z, 4, 8) > 20


def test_uneven_drive_is_seen():
    """T = L: constant drive has no error at all, the same charge in bursts has many."""
    rng = np.random.default_rng(0)
    z = uniform(rng)
    burst = 1.5 * rng.standard_normal((4, 1, SAMPLES))
    want = QCFS(4).level({"lambda": np.ones(())}, z[None])
    for drive, most in ((np.broadcast_to(z, burst.shape), 0), (z + burst - burst.mean(0), 1)):
        wrong = (respond(IF(theta=1.0), drive).spikes.sum(0) != want).mean()
        assert 0.3 * most <= wrong <= most
