"""The Adaptive Layerwise metric: worked by hand, against fractions, and where it has no value."""

from __future__ import annotations

from fractions import Fraction
from math import isclose, isnan, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refsnn.analysis.layerwise import agreement, histogram, layerwise, moments, product
from refsnn.errors import InputError

COUNTS = st.lists(st.integers(0, 60), min_size=4, max_size=9).filter(lambda h: sum(h) > 0)


def values_of(counts):
    """Data with this histogram: the middles of the bins, and both ends of the range."""
    middles = np.repeat(np.arange(len(counts)) + 0.5, counts)
    return np.concatenate([middles, [0.0, len(counts)]])


def by_hand(h):
    """(A, kurt, g^2 with its sign) in fractions: eq: pascal.16 to 18 by the letter."""
    k, n = len(h), sum(h)
    full = sum(Fraction(x) >= Fraction(n, k) for x in h)
    mean = Fraction(n, k)
    second, third, fourth = (sum((x - mean) ** p for x in h) / k for p in (2, 3, 4))
    sign = 1 if third > 0 else -1
    return 1 - Fraction(full - 1, k - 1), fourth / second**2 - 3, sign * third**2 / second**3


@given(counts=COUNTS)
def test_the_metric_in_fractions(counts):
    found = layerwise(values_of(counts), bins=len(counts))
    h = [int(x) for x in found.histogram]
    assert h == [counts[0] + 1, *counts[1:-1], counts[-1] + 1]
    assume(len(set(h)) > 1)
    a, kurt, squared = by_hand(h)
    k = len(h)
    assert isclose(found.agreement, a, rel_tol=1e-15, abs_tol=1e-15)  # eq: pascal.16
    assert k != 5 or found.agreement == a  # quarters
    assert isclose(found.kurtosis, kurt, abs_tol=1e-11)  # eq: pascal.17
    root = sqrt(abs(squared)) * (1 if squared > 0 else -1)
    assert isclose(found.skewness, root, abs_tol=1e-7)  # eq: pascal.18
    b = (abs(squared) + 1) * (kurt + Fraction(3 * k * k, (k - 2) * (k - 3)))
    assert isclose(found.bimodality, b, rel_tol=1e-11)  # eq: pascal.19
    assert isclose(found.metric, a * b, rel_tol=1e-11)  # eq: pascal.20


def test_one_value_gives_the_largest_metric():
    for value in (0.0, 0.75):
        found = layerwise(np.full(9, value))
        assert sorted(found.histogram.tolist()) == [0, 0, 0, 0, 9]
        assert found.agreement == 1
        assert isclose(found.metric, 41.4375, rel_tol=1e-14)
        assert (round(found.skewness, 12), round(found.kurtosis, 12)) == (1.5, 0.25)


@given(counts=st.lists(st.integers(0, 1000), min_size=5, max_size=5))
def test_no_metric_is_larger(counts):
    assume(len(set(counts)) > 1)
    kurt, g = moments(np.array(counts))
    assert agreement(np.array(counts)) in (0.25, 0.5, 0.75, 1)
    assert -1.5 - 1e-12 <= g <= 1.5 + 1e-12
    assert -11 / 6 - 1e-12 <= kurt <= 0.25 + 1e-12
    assert agreement(np.array(counts)) * product(g, kurt, 5) <= 41.4375 + 1e-9


def test_a_flat_histogram_has_none():
    found = layerwise(np.arange(10.0))
    assert found.histogram.tolist() == [2] * 5
    assert found.agreement == 0
    parts = (found.kurtosis, found.skewness, found.bimodality, found.metric)
    assert all(isnan(value) for value in parts)


@pytest.mark.parametrize(("reading", "factor"), [("quotient", 12.5), ("sarle", 8.0)])
def test_the_quotient_is_another_number(reading, factor):
    x = values_of([40, 20, 9, 4, 1])
    released, other = layerwise(x), layerwise(x, bimodality=reading)
    up = released.skewness**2 + 1
    assert isclose(released.bimodality, up * (released.kurtosis + 12.5), rel_tol=1e-14)
    assert isclose(other.bimodality, up / (released.kurtosis + factor), rel_tol=1e-14)
    assert other.metric == other.agreement * other.bimodality
    assert other.histogram.tolist() == released.histogram.tolist()
    assert other[1:4] == released[1:4]


def test_moments_are_of_the_counts_not_of_the_data():
    """Moving the data to other bins in another order changes nothing."""
    one, two = values_of([30, 1, 1, 1, 9]), values_of([1, 30, 9, 1, 1])
    assert layerwise(one).histogram.tolist() == [31, 1, 1, 1, 10]
    counts = np.array([31, 1, 1, 1, 10])
    assert moments(counts) == pytest.approx(moments(counts[::-1]), rel=1e-14)
    assert layerwise(two).skewness != pytest.approx(float(_skew(two)))


def _skew(x):
    return ((x - x.mean()) ** 3).mean() / x.std() ** 3


def test_a_bin_at_its_exact_share_counts():
    """h = N/K is full: 3, 3, 3, 3, 3 without rounding, whatever K."""
    for bins in range(4, 12):
        assert agreement(np.full(bins, 3)) == 0
        assert agreement(np.array([4, 2] + [3] * (bins - 2))) == pytest.approx(1 / (bins - 1))


def test_the_last_bin_is_closed():
    assert histogram(np.array([0, 1, 2, 3, 4, 5.0])).tolist() == [1, 1, 1, 1, 2]


@pytest.mark.parametrize(
    ("values", "kwargs", "message"),
    [
        ([], {}, "activations: no values"),
        ([1.0, np.nan], {}, "activations: values are not finite"),
        ([1.0], {"bins": 3}, "bins: .* expected an integer >= 4"),
        ([1.0], {"bins": 5.0}, "bins"),
        ([1.0], {"bimodality": "ratio"}, "bimodality: unknown choice"),
    ],
)
def test_bad_input(values, kwargs, message):
    with pytest.raises(InputError, match=message):
        layerwise(np.array(values), **kwargs)
