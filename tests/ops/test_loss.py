"""Softmax cross-entropy: value, gradient, stability, errors."""

import numpy as np
import pytest
from gradcheck import agree, frozen, numeric
from hypothesis import given
from hypothesis import strategies as st

from refsnn.errors import InputError
from refsnn.ops import softmax_cross_entropy


@given(st.integers(1, 4), st.integers(1, 5), st.sampled_from([0.0, 0.1, 0.9]), st.integers(0, 99))
def test_gradient(batch, classes, smoothing, seed):
    rng = np.random.default_rng(seed)
    logits = frozen(3 * rng.standard_normal((batch, classes)))
    labels = frozen(rng.integers(0, classes, batch))
    _, grad = softmax_cross_entropy(logits, labels, smoothing)
    slopes = numeric(lambda v: softmax_cross_entropy(v, labels, smoothing)[0], logits)
    agree(grad, slopes, 1e-8)


def test_values():
    """Even logits: log C. A smoothed target: its definition, summed by hand."""
    assert softmax_cross_entropy(np.zeros((3, 4)), np.array([0, 1, 2]))[0] == np.log(4)
    p = np.array([1, 2, 5]) / 8
    loss, _ = softmax_cross_entropy(np.log(p)[None], np.array([2]), 0.3)
    by_hand = -(0.1 * np.log(p[0]) + 0.1 * np.log(p[1]) + 0.8 * np.log(p[2]))
    assert loss == pytest.approx(by_hand, rel=1e-14)  # logarithms are rounded


def test_large_logits_do_not_overflow():
    loss, grad = softmax_cross_entropy(np.array([[1e30, 0]], np.float32), np.array([0]))
    assert loss == 0
    assert grad.tolist() == [[0, 0]]
    assert grad.dtype == np.float32


@pytest.mark.parametrize(
    ("logits", "labels", "smoothing", "message"),
    [
        (np.zeros((2, 3)), np.array([0, 3]), 0, r"bad labels.*0 \.\. 2"),
        (np.zeros((2, 3)), np.array([0, -1]), 0, "bad labels"),
        (np.zeros((2, 3)), np.array([0.0, 1.0]), 0, "bad labels"),
        (np.zeros((2, 3)), np.array([0]), 0, "do not fit"),
        (np.zeros(3), np.array([0, 1, 2]), 0, "do not fit"),
        (np.zeros((0, 3)), np.zeros(0, int), 0, "do not fit"),
        (np.zeros((2, 3), int), np.array([0, 1]), 0, "needs floats"),
        (np.zeros((2, 3)), np.array([0, 1]), 1.0, "label_smoothing: "),
    ],
)
def test_errors(logits, labels, smoothing, message):
    with pytest.raises(InputError, match=message):
        softmax_cross_entropy(logits, labels, smoothing)
