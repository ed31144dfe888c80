import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from fixedpoint import InputError
from fixedpoint.arith import LIMIT, add, as_codes, matmul, mul

codes = st.integers(-LIMIT + 1, LIMIT - 1)


def exactly(expected, operation):
    """The operation gives the unbounded result, or raises because that reaches 2^62."""
    if abs(expected) >= LIMIT:
        with pytest.raises(InputError, match="too large"):
            operation()
    else:
        assert int(np.ravel(operation())[0]) == expected


@given(codes, codes)
def test_add_is_exact_or_raises(a, b):
    exactly(a + b, lambda: add([a], [b]))


@given(st.integers(0, 62).flatmap(lambda n: st.integers(-(2**n) + 1, 2**n - 1)), st.integers(-9, 9))
def test_mul_is_exact_or_raises(a, b):
    exactly(a * b, lambda: mul([a], [b]))


@given(st.lists(st.tuples(codes, st.integers(-3, 3)), min_size=1, max_size=4))
def test_matmul_is_exact_or_raises(pairs):
    a, b = zip(*pairs, strict=True)
    expected = sum(x * y for x, y in pairs)
    exactly(expected, lambda: matmul([a], np.array(b)[:, None]))


@pytest.mark.parametrize("bits", [20, 30, 40])
def test_matmul_takes_three_ways_to_the_same_integers(bits):
    """Products below 2^53 (float64), below 2^62 (int64) and beyond (unbounded)."""
    a = np.array([[2**bits - 1, -(2**bits)], [3, 2**bits]])
    b = np.array([[2**20 + 1], [-(2**20) + 1]])
    assert_array_equal(matmul(a, b), (a.astype(object) @ b.astype(object)).astype(np.int64))


def test_a_wrapping_product_would_have_been_silent():
    a = np.array([2**40])
    with np.errstate(over="ignore"):
        assert a * a == 0
    with pytest.raises(InputError):
        mul(a, a)


@pytest.mark.parametrize("bad", [[1.0], ["1"], [None], [1j]])
def test_only_integers_are_codes(bad):
    with pytest.raises(InputError, match="integers"):
        as_codes(bad)


@pytest.mark.parametrize("bad", [2**62, -(2**62), 2**63, 2**64, -(2**80)])
def test_codes_beyond_the_limit_are_refused(bad):
    with pytest.raises(InputError, match="too large"):
        as_codes([bad])


def test_narrow_integers_are_widened_and_arguments_kept():
    a = np.array([100, 100], np.int8)
    a.setflags(write=False)
    assert_array_equal(mul(a, a), [10000, 10000])
    assert_array_equal(as_codes(np.array([True, False])), [1, 0])
