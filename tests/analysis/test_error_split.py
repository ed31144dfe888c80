"""The error split: sums exactly, and each part is what its formula says on cases done by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws.dyadic_networks import RATE_POOLS, SEEDS, Shape, graph_of, images, shapes
from laws.tiny import outcome, rate_network, reference
from numpy.testing import assert_array_equal

from refsnn.analysis.exactness import exactness
from refsnn.analysis.split import PARTS, Split, split, staircase
from refsnn.ann import evaluate, references
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.engines import run
from refsnn.neurons import IF, AdaFire

ULPS = 4


def splits(snn, x):
    """The split of every layer."""
    done, refs = run(snn, x), references(snn.graph, evaluate(snn.graph, x))
    return {name: split(snn, name, done, refs[name]) for name in snn.neurons}


def total_of_parts(parts):
    return sum(getattr(parts, name) for name in PARTS)


POWERS = st.lists(st.sampled_from([1, 2, 4, 8]), min_size=1, max_size=3).map(tuple)


@given(
    levels=POWERS, steps=st.sampled_from([1, 2, 4, 8]), seed=SEEDS, pool=st.sampled_from(RATE_POOLS)
)
# eq: qcfs.8
def test_parts_sum_exactly_at_level_e(levels, steps, seed, pool):
    """T = L and T != L, both powers of two: not one bit is lost."""
    snn = QCFSConversion(steps=steps).convert(graph_of(Shape(levels, pool=pool), seed))[0]
    x = images(seed)
    assert exactness(snn, x).level == "E"
    for parts in splits(snn, x).values():
        assert parts.gap() == 0
        assert_array_equal(total_of_parts(parts), parts.total)


@given(shape=shapes(RATE_POOLS), steps=st.integers(1, 7), seed=SEEDS)
def test_parts_sum_to_a_few_ulps_otherwise(shape, steps, seed):
    """No dyadic weights, any T and L."""
    graph = graph_of(shape, seed)
    rng = np.random.default_rng(seed)
    graph = graph.with_params({k: v * rng.uniform(0.5, 1.5) for k, v in graph.params.items()})
    for parts in splits(QCFSConversion(steps=steps).convert(graph)[0], images(seed)).values():
        assert parts.gap() <= ULPS


@given(shape=shapes(), seed=SEEDS)
def test_pascal_has_no_error(shape, seed):
    """All parts zero, thetas dyadic: L need not be a power of two."""
    for parts in splits(
        PascalConversion().convert(graph_of(shape, seed))[0], images(seed)
    ).values():
        for name in ("total", *PARTS):
            assert not getattr(parts, name).any(), name


def test_a_wrong_split_has_a_gap():
    parts = splits(QCFSConversion(steps=4).convert(graph_of(Shape((4,)), 0))[0], images(0))["act2"]
    assert parts.total.any()
    broken = replace(parts, unevenness=parts.unevenness + 2.0**-20)
    assert broken.gap() > ULPS


def one(parts: Split) -> dict[str, float]:
    """The parts of the only neuron."""
    return {name: getattr(parts, name).item() for name in ("total", *PARTS)}


NOTHING = dict.fromkeys(("total", *PARTS), 0.0)


def by_hand(snn, charge, spikes, z):
    theta = float(snn.neurons["act"].theta)
    return one(split(snn, "act", outcome(charge, spikes, theta), reference(snn.graph, z)))


def test_nothing():
    """Constant drive 0.25, T = L = 4: one spike, level one."""
    assert by_hand(rate_network(), charge=1.0, spikes=1, z=0.25) == NOTHING


def test_unevenness():
    """Worked example of the QCFS note: mean 0.1875, level 1, two spikes: one too many."""
    wanted = {**NOTHING, "total": 0.25, "unevenness": 0.25}
    assert by_hand(rate_network(), charge=0.75, spikes=2, z=0.1875) == wanted


def test_unevenness_of_too_few_spikes():
    """The other worked example: mean 0.5, level 2, one spike."""
    wanted = {**NOTHING, "total": -0.25, "unevenness": -0.25}
    assert by_hand(rate_network(), charge=2.0, spikes=1, z=0.5) == wanted


def test_inherited():
    """The layer before sent a mean of 0.25 for 0.5, and this one is right about what it got."""
    wanted = {**NOTHING, "total": -0.25, "inherited": -0.25}
    assert by_hand(rate_network(), charge=1.0, spikes=1, z=0.5) == wanted


def test_quantisation():
    """T = 8 on L = 4, z = 0.375: the SNN hits it, the ANN rounds up to 0.5."""
    wanted = {**NOTHING, "total": -0.125, "quantisation": -0.125}
    assert by_hand(rate_network(steps=8), charge=3.0, spikes=3, z=0.375) == wanted


def test_quantisation_of_coarser_time():
    """T = 2 on L = 4, z = 0.25: the SNN rounds up to 0.5."""
    wanted = {**NOTHING, "total": 0.25, "quantisation": 0.25}
    assert by_hand(rate_network(steps=2), charge=0.5, spikes=1, z=0.25) == wanted


def test_clipping():
    """A neuron with twice the threshold does not clip at lambda: 1.5 passes, the ANN gives 1."""
    snn = rate_network(neuron=IF(theta=2.0))
    wanted = {**NOTHING, "total": 0.5, "clipping": 0.5}
    assert by_hand(snn, charge=6.0, spikes=3, z=1.5) == wanted


def test_clipping_below_lambda():
    """A neuron with half the threshold clips at 0.5: the ANN still gives 1."""
    snn = rate_network(neuron=IF(theta=0.5))
    wanted = {**NOTHING, "total": -0.5, "clipping": -0.5}
    assert by_hand(snn, charge=4.0, spikes=4, z=1.0) == wanted


def test_all_four_at_once():
    """z 0.75 arrived as 1.25; theta 2 on lambda 1; T = L = 4; three spikes where two were due."""
    snn = rate_network(neuron=IF(theta=2.0))
    got = by_hand(snn, charge=5.0, spikes=2, z=0.75)
    # f(z') = 1, f(z) = 0.75, g = 1, clip(z', 0, 2) = 1.25, q(z') = floor(5 / 2 + 1/2) / 4 * 2 = 1.5
    assert got == {
        "total": 1.0 - 0.75,
        "inherited": 1.0 - 0.75,
        "clipping": 1.25 - 1.0,
        "quantisation": (1.5 - 1.25) - (1.0 - 1.0),
        "unevenness": 1.0 - 1.5,
    }


@given(levels=st.integers(1, 8), steps=st.integers(1, 9), z=st.integers(-40, 120))
def test_constant_drive_is_never_uneven(levels, steps, z):
    """qcfs.11: the staircase is the count of a neuron under constant drive."""
    snn = rate_network(steps, levels=levels, lam=64.0)
    parts = splits(snn, np.array([[float(z)]]))["act"]
    assert not parts.unevenness.any()
    assert not parts.inherited.any()
    assert not parts.clipping.any()


def test_staircase_starts_where_the_neuron_starts():
    z = np.arange(-1.0, 6.0)
    from_half, _ = staircase(IF(theta=4.0), 4, z, mean=False)
    from_zero, top = staircase(IF(theta=4.0, v_init=0.0), 4, z, mean=False)
    assert from_half.tolist() == [0, 0, 0, 4, 4, 4, 4]
    assert from_zero.tolist() == [0, 0, 0, 0, 0, 4, 4]
    assert top == 16


@given(values=st.lists(st.floats(-8, 8), min_size=1, max_size=6))
def test_summary(values):
    assume(all(np.isfinite(values)))
    part = np.array(values)
    zero = np.zeros_like(part)
    summary = Split(part, part, zero, zero, zero).summary()
    assert set(summary) == {"total", *PARTS}
    assert summary["total"]["max_abs"] == max(abs(v) for v in values)
    assert summary["total"]["mean"] == pytest.approx(np.mean(part), abs=1e-12)
    assert summary["clipping"] == {"mean": 0.0, "mean_abs": 0.0, "max_abs": 0.0}


def test_a_calibrated_start_is_part_of_the_staircase():
    """v0 = 3 on theta = 4: a charge of 5 is two spikes, not one."""
    neuron = AdaFire(theta=4, phi=4, v0=np.array([3.0]))
    value, top = staircase(neuron, 1, np.array([[5.0]]), mean=True)
    assert value == 8
    assert top == 16
