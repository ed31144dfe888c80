"""The proof of level E: sound (what it calls exact is exact) and not vacuous (it refuses)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import RATE_POOLS, SEEDS, Shape, graph_of, images, shapes
from laws.tiny import one_neuron, rate_network
from numpy.testing import assert_array_equal

from refsnn.activations import QCFS
from refsnn.analysis.exactness import FINEST, MANTISSA, MARGIN, dyadic_bits, exactness
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.engines import run
from refsnn.graph import Graph, Node
from refsnn.neurons import AdaFire
from refsnn.ops import AvgPool2d, BatchNorm, Flatten

X = np.array([[0.5]])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=4))
def test_dyadic_bits(values):
    """A float is a fraction whose denominator is a power of two."""
    bits = max(Fraction(v).denominator.bit_length() - 1 for v in values)
    assert dyadic_bits(np.array(values)) == (bits if bits <= FINEST else None)


@given(st.integers(-1000, 1000), st.integers(0, 70))
def test_dyadic_bits_of_a_power(k, shift):
    value = np.ldexp(float(2 * k + 1), -shift)
    assert dyadic_bits(np.array([value, 3.0])) == (shift if shift <= FINEST else None)


def test_dyadic_bits_of_nothing():
    assert dyadic_bits(np.zeros(3)) == 0
    assert dyadic_bits(np.zeros(0)) == 0


@given(shape=shapes(), seed=SEEDS)
def test_level_e_is_the_same_in_float32(shape, seed):
    """Sound: what fits 24 bits gives the same bits in 53."""
    snn, x = PascalConversion().convert(graph_of(shape, seed))[0], images(seed)
    assert exactness(snn, x.astype(np.float32)).level == "E"
    short, long = run(snn, x.astype(np.float32), record=None), run(snn, x, record=None)
    assert_array_equal(short.logits, long.logits)  # eq: integers.9
    for name in long.traces:
        for a, b in zip(short.traces[name][2:], long.traces[name][2:], strict=True):
            assert_array_equal(a, b)


@given(shape=shapes(RATE_POOLS), seed=SEEDS, steps=st.sampled_from([1, 2, 4, 8]))
def test_level_e_of_rate_coding_is_the_same_in_float32(shape, seed, steps):
    graph = graph_of(shape, seed, tie_lambda=True)
    snn, x = QCFSConversion(steps=steps).convert(graph)[0], images(seed)
    if exactness(snn, x.astype(np.float32)).level == "E":
        assert_array_equal(run(snn, x.astype(np.float32)).logits, run(snn, x).logits)


def test_level_r_differs_in_float32():
    """The law above can fail: weights of a tenth do not survive."""
    graph = graph_of(Shape((4,)), 0)
    graph = graph.with_params({k: v * 0.1 for k, v in graph.params.items()})
    snn, x = PascalConversion().convert(graph)[0], images(0)
    assert exactness(snn, x).level == "R"
    assert (run(snn, x.astype(np.float32)).logits != run(snn, x).logits).any()


@given(seed=SEEDS, pool=st.sampled_from(["none", "avg", "max", "global"]))
def test_every_partial_sum_fits_the_proven_bits(seed, pool):
    """The number of bits in the reason bounds every membrane of the run, in steps of its grid."""
    graph, x = graph_of(Shape((4, 2), pool=pool), seed), images(seed)
    snn = PascalConversion().convert(graph)[0]
    bits = int(exactness(snn, x).reason.split(" fits ")[1].split()[0])
    done = run(snn, x, record=None)
    for trace in done.traces.values():
        alive = trace.phase != "emit"
        codes = np.ldexp(trace.u[alive], dyadic_bits(trace.u[alive]))
        assert np.abs(codes).max(initial=0) < 2**bits


def reason(snn, x=X):
    found = exactness(snn, x)
    assert found.level == "R"
    return found.reason


def with_param(name, value):
    return PascalConversion().convert(one_neuron().with_params({name: np.asarray(value)}))[0]


def test_exact_example():
    assert exactness(with_param("fc0.bias", [0.5]), X).level == "E"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("fc0.weight", [[1e-30]], "fc0.weight: not dyadic"),
        ("fc0.bias", [1e-30], "fc0.bias: not dyadic"),
        ("fc0.weight", [[0.1]], r"fc0: sums need \d+ bits, 50 are safe"),
        ("fc0.bias", [0.1], r"fc0: sums need \d+ bits, 50 are safe"),
        ("act.lambda", 1e-30, "act.theta: not dyadic"),
        ("act.lambda", 0.1, r"act: sums need \d+ bits"),
        ("fc1.bias", [2.0**52], r"fc1: sums need \d+ bits"),
    ],
)
def test_reasons_for_level_r(name, value, message):
    import re

    assert re.match(message, reason(with_param(name, value)))


def test_the_bound_is_on_the_mantissa():
    """One bit more than is safe, and the proof refuses: in float32 and in float64."""
    for dtype, mantissa in MANTISSA.items():
        room = mantissa - MARGIN
        levels = []
        for bits in range(room - 6, room + 1):
            snn = with_param("fc0.weight", [[2.0**bits - 1]])
            levels.append(exactness(snn, np.ones((1, 1), dtype)).level)
        assert levels[0] == "E"
        assert levels[-1] == "R"
        assert sorted(levels) == levels  # once refused, always refused


def test_data_count_too():
    snn = PascalConversion().convert(one_neuron())[0]
    assert "input: not dyadic" in reason(snn, np.array([[1e-30]]))
    assert "sums need" in reason(snn, np.array([[0.1]]))


def test_more_frames_need_more_bits():
    x = np.array([[2.0**40]])
    assert exactness(rate_network(steps=4), x).level == "E"
    assert exactness(rate_network(steps=2**12), x).level == "R"


def pooled_bits(divisor):
    """Proven bits of 16 values of 8 fractional bits, pooled."""
    tiny = one_neuron()
    pool = Node("pool", AvgPool2d(4, divisor=divisor), ("input",))
    nodes = [replace(n, inputs=("flat",)) if n.name == "fc0" else n for n in tiny.nodes]
    graph = Graph((1, 4, 4), (pool, Node("flat", Flatten(), ("pool",)), *nodes), tiny.params)
    x = np.full((1, 1, 4, 4), 1 - 2.0**-8)
    reason = exactness(PascalConversion().convert(graph)[0], x).reason
    return int(reason.split(" fits ")[1].split()[0])


def test_dividing_by_an_area_refines_the_grid():
    """A smaller sum on a finer grid: dividing never needs fewer bits."""
    assert pooled_bits(1) == 14  # 13 for the sum of 16, one for the sign
    assert pooled_bits(4) >= 14
    assert pooled_bits(None) >= 14


def test_a_bias_counts_in_every_frame():
    """No image at all: 2^12 frames of the bias alone leave the mantissa."""
    for steps, level in ((4, "E"), (2**12, "R")):
        snn = rate_network(steps=steps)
        snn = replace(snn, graph=snn.graph.with_params({"fc0.bias": np.array([2.0**40])}))
        assert exactness(snn, np.zeros((1, 1))).level == level


def test_mean_over_frames_that_are_no_power_of_two():
    assert "logits are divided by T = 3" in reason(rate_network(steps=3))


def test_pool_over_an_area_that_is_no_power_of_two():
    graph = graph_of(Shape((4,)), 0)
    nodes = [replace(n, op=AvgPool2d(3, 2, 1)) if n.name == "pool" else n for n in graph.nodes]
    snn = PascalConversion().convert(Graph(graph.input_shape, tuple(nodes), graph.params))[0]
    assert reason(snn, images(0)) == "pool: average over 9 values, no power of two"


def test_batch_norm_that_is_not_folded():
    """On the image itself: there is no layer before it to fold it into."""
    graph = one_neuron()
    nodes = [replace(n, inputs=("bn",)) if n.name == "fc0" else n for n in graph.nodes]
    node = Node("bn", BatchNorm(), ("input",))
    ones = {f"bn.{k}": np.ones(1) for k in ("weight", "bias", "running_mean", "running_var")}
    normed = Graph((1,), (*nodes, node), {**graph.params, **ones})
    assert reason(PascalConversion().convert(normed)[0]) == "bn: batch norm is not folded"


def test_thresholds_that_are_not_dyadic():
    """lambda = 1, L = 3: theta is a third."""
    snn = PascalConversion().convert(one_neuron(levels=3))[0]
    assert exactness(snn, X).level == "R"
    assert isinstance(snn.graph.node("act").op, QCFS)


def test_released_arithmetic_is_never_exact():
    """It divides the bias by T and compares with 8e-5: no dyadic grid holds that."""
    graph = one_neuron(levels=3, lam=3.0).with_params({"fc1.bias": np.array([1.0])})
    snn = PascalConversion(as_released=True).convert(graph)[0]
    assert "released" in reason(snn)
    assert run(snn, X).logits.shape == (1, 1)


def test_a_start_that_is_not_dyadic_is_no_level_e():
    snn = rate_network()
    x = np.array([[0.5]])
    whole, third = (
        replace_neuron(snn, AdaFire(theta=1, phi=2, v0=np.array([v]))) for v in (0.5, 1 / 3)
    )
    assert exactness(whole, x).level == "E"
    assert exactness(third, x).level == "R"
    assert "act" in exactness(third, x).reason


def replace_neuron(snn, neuron):
    return replace(snn, neurons={"act": neuron})
