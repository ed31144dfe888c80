"""Trains of bits and the three accumulators: they agree, and orders are not mixed."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

from refsnn.codings.bits import (
    ACCUMULATORS,
    BitTrain,
    decode,
    encode,
    horner,
    lsb_first,
    weight_shift,
)
from refsnn.errors import InputError
from refsnn.ops import Conv2d

BITS = st.integers(1, 12)
ORDERS = ("msb", "lsb")


@st.composite
def levels(draw):
    """Bits T and levels (2, 4) that fit them."""
    bits = draw(BITS)
    return bits, draw(hnp.arrays(np.int64, (2, 4), elements=st.integers(0, 2**bits - 1)))


def matrix(weight):
    return lambda frame: frame @ weight.T


WEIGHTS = hnp.arrays(np.int64, (3, 4), elements=st.integers(-7, 7))


@given(case=levels(), order=st.sampled_from(ORDERS))
def test_decode_undoes_encode(case, order):
    bits, level = case
    train = encode(level, bits, order)
    assert train.spikes.shape == (bits, 2, 4)
    assert train.spikes.sum() == sum(int(n).bit_count() for n in level.flat)
    assert_array_equal(decode(train), level)
    assert_array_equal(decode(train.reversed()), level)
    assert train.reversed().order != order


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
def test_every_word(bits):
    """All words, in the order in which one writes them."""
    level = np.arange(2**bits)
    words = ["".join(map(str, word)) for word in encode(level, bits).spikes.T]
    assert words == [f"{n:0{bits}b}" for n in level]
    assert_array_equal(encode(level, bits, "lsb").spikes, encode(level, bits).spikes[::-1])


@given(case=levels(), weight=WEIGHTS, scale=st.integers(-8, 8), kind=st.sampled_from("if"))
def test_the_three_accumulators_agree(case, weight, scale, kind):
    """Integers, and floats on a dyadic grid: bit for bit, and equal to the product with n."""
    bits, level = case
    if kind == "f":
        weight = np.ldexp(weight.astype(float), scale)
    msb = encode(level, bits)
    if kind == "f":
        msb = BitTrain(msb.spikes.astype(float))
    expected = level @ weight.T
    assert_array_equal(horner(msb, matrix(weight))[-1], expected)  # eq: snn_meets_ann.14
    assert_array_equal(weight_shift(msb, matrix(weight))[-1], expected)  # eq: snn_meets_ann.15
    reverse = msb.reversed()
    assert_array_equal(lsb_first(reverse, matrix(weight))[-1], expected)  # eq: snn_meets_ann.16


@given(seed=st.integers(0, 999), bits=st.integers(1, 5))
def test_a_convolution_accumulates_too(seed, bits):
    rng = np.random.default_rng(seed)
    level, weight = rng.integers(0, 2**bits, (2, 3, 4, 4)), rng.integers(-4, 5, (2, 3, 3, 3))
    params, op = {"weight": weight}, Conv2d(2, 3, padding=1, bias=False)
    found = [
        rule(encode(level, bits, order), lambda s: op.apply(params, s.astype(np.int64)))[-1]
        for order, rule in ACCUMULATORS.values()
    ]
    for one in found:
        assert_array_equal(one, op.apply(params, level))


def test_partial_sums_are_those_of_the_equations():
    """Two inputs, levels 5 and 3, weights 4 and -2: Horner holds 4, 6, 14."""
    train, synapse = encode(np.array([[5, 3]]), 3), matrix(np.array([[4, -2]]))
    assert horner(train, synapse).ravel().tolist() == [4, 6, 14]
    assert weight_shift(train, synapse).ravel().tolist() == [16, 12, 14]
    assert lsb_first(train.reversed(), synapse).ravel().tolist() == [2, -2, 14]


@pytest.mark.parametrize("rule", sorted(ACCUMULATORS))
def test_the_other_order_is_refused(rule):
    order, accumulate = ACCUMULATORS[rule]
    wrong = encode(np.array([[5]]), 3, order).reversed()
    message = f"^{rule}: bits come in the other order: expected {order} first, got {wrong.order}"
    with pytest.raises(InputError, match=message):
        accumulate(wrong, lambda frame: frame)


@pytest.mark.parametrize("rule", sorted(ACCUMULATORS))
def test_mixing_the_orders_is_wrong(rule):
    """Why it is refused: with the label forged, every word that is no palindrome comes out wrong."""
    order, accumulate = ACCUMULATORS[rule]
    level = np.arange(16)[None]
    forged = BitTrain(encode(level, 4, order).spikes[::-1].copy(), order)
    palindrome = np.array([f"{n:04b}" == f"{n:04b}"[::-1] for n in range(16)])
    found = accumulate(forged, lambda frame: frame.astype(np.int64))[-1]
    assert_array_equal(found[0] == level[0], palindrome)


def test_only_two_orders_keep_the_value():
    """Any other permutation of the frames changes some level under Horner's rule."""
    level = np.arange(8)
    spikes = encode(level, 3).spikes
    kept = [p for p in permutations(range(3)) if (decode(BitTrain(spikes[list(p)])) == level).all()]
    assert kept == [(0, 1, 2)]


@given(case=levels(), bias=st.integers(-50, 50))
def test_a_bias_in_every_step_of_horner_is_divided_by_all_levels(case, bias):
    """``b / (2**T - 1)``, not ``b / T``: what came before is doubled, the bias with it."""
    bits, level = case
    train, top = encode(level, bits), 2**bits - 1
    scaled = horner(train, lambda s: top * bits * s.astype(np.int64) + bits * bias)[-1]
    assert_array_equal(scaled, bits * (top * level + top * bias))
    by_steps = horner(train, lambda s: top * bits * s.astype(np.int64) + top * bias)[-1]
    assert (by_steps == top * bits * (level + bias)).all() == (bias == 0 or bits == 1)


@pytest.mark.parametrize(
    ("level", "bits", "message"),
    [
        ([8], 3, "level does not fit the bits: expected 0..7, got 8"),
        ([-1], 3, "level does not fit the bits: expected 0..7, got -1"),
        ([1.0], 3, "levels are integers: got float64"),
    ],
)
def test_what_cannot_be_encoded(level, bits, message):
    with pytest.raises(InputError, match=f"^encode: {message}"):
        encode(np.array(level), bits)


def test_what_is_no_train():
    with pytest.raises(InputError, match="unknown order: got 'mbs'; did you mean 'msb'"):
        BitTrain(np.zeros((2, 1), int), "mbs")
    with pytest.raises(InputError, match="a bit is 0 or 1"):
        BitTrain(np.array([[2]]))
