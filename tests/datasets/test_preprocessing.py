import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from refsnn.errors import InputError
from refsnn.preprocessing import Preprocessing

RAW = hnp.arrays(np.uint8, (2, 3, 2, 2))
CIFAR = Preprocessing(1 / 255, (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))


def is_exact(apply, raw, shift, dtype):
    """Every value is the rational raw / 2**shift."""
    got = apply(raw, dtype).ravel().tolist()
    return all(
        Fraction(g) == Fraction(r, 2**shift) for g, r in zip(got, raw.ravel().tolist(), strict=True)
    )


@given(RAW, st.integers(0, 12), st.sampled_from([np.float32, np.float64]))
def test_a_dyadic_scale_is_exact(raw, shift, dtype):
    assert is_exact(Preprocessing(2.0**-shift).apply, raw, shift, dtype)


def test_every_byte_is_exact_for_every_power_of_two_that_float16_can_hold():
    raw = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    for shift in range(9):
        assert is_exact(Preprocessing(2.0**-shift).apply, raw, shift, np.float16)


@pytest.mark.parametrize("fault", [1 / 255, np.nextafter(1 / 256, 1)])
def test_a_wrong_scale_is_caught(fault):
    raw = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    assert not is_exact(Preprocessing(float(fault)).apply, raw, 8, np.float64)


def scalar_by_scalar(p, raw, dtype):
    """The equation, one Python float at a time."""
    out = np.empty(raw.shape, dtype)
    for index in np.ndindex(raw.shape):
        value = float(raw[index]) * p.scale - (p.mean[index[1]] if p.mean else 0.0)
        out[index] = value / (p.std[index[1]] if p.std else 1.0)
    return out


@given(
    RAW,
    st.sampled_from([CIFAR, Preprocessing(0.1, (1.0, 2.0, 3.0)), Preprocessing(3, std=(1, 2, 7))]),
)
def test_the_equation_bit_for_bit(raw, p):
    np.testing.assert_array_equal(p.apply(raw, np.float32), scalar_by_scalar(p, raw, np.float32))


def test_swapped_channels_are_caught():
    raw = np.full((1, 3, 1, 1), 200, np.uint8)
    swapped = Preprocessing(CIFAR.scale, CIFAR.mean[::-1], CIFAR.std)
    assert (swapped.apply(raw) != scalar_by_scalar(CIFAR, raw, np.float32)).any()


@pytest.mark.parametrize("n", [0, 1, 1023, 1024, 1025, 2049])
def test_blocks_change_no_bit(n):
    raw = np.random.default_rng(n).integers(0, 256, (n, 3), np.uint8)
    p = Preprocessing(1 / 255, CIFAR.mean, CIFAR.std, "NC")
    np.testing.assert_array_equal(p.apply(raw), scalar_by_scalar(p, raw, np.float32))


def test_the_argument_is_not_changed_and_may_be_read_only():
    raw = np.ones((1, 1, 2, 2))
    raw.flags.writeable = False
    assert Preprocessing(0.5).apply(raw, np.float64).tolist() == [[[[0.5, 0.5], [0.5, 0.5]]]]
    assert raw.tolist() == [[[[1, 1], [1, 1]]]]


@pytest.mark.parametrize("p", [Preprocessing(1 / 16), CIFAR, Preprocessing(2, layout="NC")])
def test_a_dictionary_and_back_through_json(p):
    assert Preprocessing.from_dict(json.loads(json.dumps(p.to_dict()))) == p


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scale": 0}, "erase"),
        ({"scale": float("nan")}, "scale: not a finite number"),
        ({"scale": True}, "scale: not a finite number"),
        ({"scale": "1"}, "scale: not a finite number"),
        ({"scale": 1, "mean": 0.5}, "one number per channel"),
        ({"scale": 1, "mean": (float("inf"),)}, "mean: not a finite number"),
        ({"scale": 1, "std": (1.0, 0.0)}, "std: not a deviation"),
        ({"scale": 1, "mean": (1, 2), "std": (1,)}, "expected 2, got 1"),
        ({"scale": 1, "layout": "NCWH"}, "did you mean 'NCHW'"),
    ],
)
def test_settings_that_mean_nothing(arguments, message):
    with pytest.raises(InputError, match=message):
        Preprocessing(**arguments)


@pytest.mark.parametrize(
    ("p", "raw", "message"),
    [
        (CIFAR, np.zeros((2, 1, 4, 4), np.uint8), r"expected 3 channels, got 1 \(shape"),
        (CIFAR, np.zeros((2, 3), np.uint8), r"expected 4 axes \(NCHW\), got shape \(2, 3\)"),
        (CIFAR, np.zeros((2, 3, 1, 1), object), "integers or floats"),
        (CIFAR, np.zeros((2, 3, 1, 1), bool), "integers or floats"),
    ],
)
def test_arrays_that_do_not_fit(p, raw, message):
    with pytest.raises(InputError, match=message):
        p.apply(raw)


def test_an_overflow_is_no_infinity():
    with pytest.raises(InputError, match="too large for float16"):
        Preprocessing(1e6).apply(np.ones((1, 1, 1, 1), np.uint8), np.float16)


def test_an_integer_result_is_refused():
    with pytest.raises(InputError, match="expected float32, got int8"):
        CIFAR.apply(np.zeros((1, 3, 1, 1), np.uint8), np.int8)


def test_unknown_and_missing_keys():
    with pytest.raises(InputError, match="unknown key 'sdt'; did you mean 'std'"):
        Preprocessing.from_dict({"scale": 1, "sdt": []})
    with pytest.raises(InputError, match="no scale"):
        Preprocessing.from_dict({"mean": []})
