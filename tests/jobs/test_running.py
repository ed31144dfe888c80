"""A run whose totals are kept is the whole run, whatever its blocks."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from refsnn.activations import ReLU
from refsnn.engines import run
from refsnn.errors import InputError
from refsnn.graph import Graph, Node
from refsnn.jobs import running
from refsnn.jobs.running import Totals, run_totals, run_traced
from refsnn.neurons import IF, Readout
from refsnn.ops import Linear
from refsnn.snn import SNN


def network(unit=8):
    """Two layers of integers over ``unit``: at level E where it is a power of two."""
    rng = np.random.default_rng(0)
    nodes = (
        Node("fc0", Linear(6), ("input",)),
        Node("act0", ReLU(), ("fc0",)),
        Node("fc1", Linear(3), ("act0",)),
    )
    shapes = {"fc0.weight": (6, 4), "fc0.bias": 6, "fc1.weight": (3, 6), "fc1.bias": 3}
    params = {name: rng.integers(-9, 9, shape) / unit for name, shape in shapes.items()}
    return SNN(
        Graph((4,), nodes, params), {"act0": IF(theta=np.asarray(1.0))}, Readout(kind="sum"), 5
    )


IMAGES = np.random.default_rng(1).integers(0, 16, (10, 4)) / 8


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(
        running, "run_blocks", lambda _, n: [slice(i, min(n, i + 3)) for i in range(0, n, 3)]
    )


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("engine", ["numpy", "numba", "stepped", "fixed"])
def test_totals_of_blocks_are_those_of_the_whole(engine):
    told: list[str] = []
    totals, header = run_totals(network(), IMAGES, engine, tell=told.append)
    whole, other = run_traced(network(), IMAGES, engine)
    assert_array_equal(totals.logits, whole.logits)
    assert totals.sent == Totals.of(whole).sent
    assert header == other
    assert totals.sent["act0"] > 0
    assert told == [f"{n} of 10 images" for n in (3, 6, 9, 10)]


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("unit", [8, 7])
def test_spikes_that_moved_are_counted_in_every_block(unit, monkeypatch):
    """A reordered run with two spikes more in each block than it should have."""
    right = running.run_numba

    def wrong(snn, x, **options):
        outcome = right(snn, x, **options)
        if "floats" in options:  # the reordered run, not the one it is held to
            outcome.counts["act0"][0, 0] += 2
        return outcome

    _, header = run_totals(network(unit), IMAGES, "numba", allow_reorder=True)
    assert header["moved_spikes"]["act0"] == 0
    monkeypatch.setattr(running, "run_numba", wrong)
    _, header = run_totals(network(unit), IMAGES, "numba", allow_reorder=True)
    assert header["moved_spikes"]["act0"] == 8
    assert header["level"]["level"] == ("E" if unit == 8 else "R")


def test_totals_are_those_of_the_specification():
    outcome = run(network(), IMAGES)
    assert Totals.of(outcome).sent == {"act0": int(outcome.sent["act0"].sum())}


@pytest.mark.parametrize("job", [run_totals, run_traced])
def test_only_the_compiled_engine_reorders(job):
    with pytest.raises(InputError, match="only the compiled engine reorders"):
        job(network(), IMAGES, "numpy", allow_reorder=True)
    with pytest.raises(InputError, match="did you mean 'numba'"):
        job(network(), IMAGES, "nunba")
