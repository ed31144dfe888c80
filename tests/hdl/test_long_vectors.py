"""A large bundle of each neuron through replay and the simulator."""

import pytest

from fixedpoint.hdl.icarus import simulate
from fixedpoint.vectors import replay, write_neuron_bundle
from fixedpoint.vectors.variants import VARIANTS


@pytest.mark.nightly
@pytest.mark.parametrize("kind", VARIANTS)
def test_200_000_steps(require_iverilog, tmp_path, kind):
    write_neuron_bundle(tmp_path / kind, kind, samples=25_000, seed=3)
    assert replay(tmp_path / kind).ok
    assert simulate(tmp_path / kind).ok
