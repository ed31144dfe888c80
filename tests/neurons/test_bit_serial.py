"""Settings of the bit-serial neuron, and what its train is worth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from refsnn.errors import InputError
from refsnn.neurons import BitSerial, respond
from refsnn.neurons.bit_serial import MOST_BITS


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"t_out": MOST_BITS + 1}, r"BitSerial.t_out: too many bits: expected 1\.\.24, got 25"),
        ({"t_out": 3, "drop": 3}, r"drop: cannot drop that many bits: expected 0\.\.2, got 3"),
        ({"t_out": 3, "drop": 0.5}, "drop: cannot drop"),
        ({"t_out": 3, "drop": False}, "drop: cannot drop"),
        ({"t_out": 3, "bias_plan": "twice"}, "bias_plan: unknown choice"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(InputError, match=f"^{message}"):
        BitSerial(theta=1.0, **settings)


def test_what_frames_are_worth():
    """Halved from frame to frame; with dropped bits the last ones are missing."""
    theta = np.array([0.5, 3.0]).reshape(2, 1, 1)
    whole, cut = BitSerial(theta=theta, t_out=4), BitSerial(theta=theta, t_out=4, drop=2)
    amplitude = whole.amplitude(4, 3, np.float32)
    assert amplitude.shape == (4, 1, 2, 1, 1)
    assert amplitude.dtype == np.float32
    assert_array_equal(amplitude[:, 0, :, 0, 0], [[4, 24], [2, 12], [1, 6], [0.5, 3]])
    assert_array_equal(cut.amplitude(2, 3, np.float32), amplitude[:2])
    assert (whole.max_count(4), cut.max_count(2)) == (15, 12)
    assert (whole.frames_out(1), cut.frames_out(9)) == (4, 2)
    assert cut.semantics.weights == "binary"
    assert not whole.thermometer


def test_counts_of_dropped_bits_are_multiples():
    count = np.arange(16.0)
    assert_array_equal(BitSerial(theta=1, t_out=4).representable(count), count)
    cut = BitSerial(theta=1, t_out=4, drop=2).representable(count)
    assert_array_equal(cut, np.repeat([0, 4, 8, 12], 4))


def test_the_most_bits_are_exact_in_float32():
    """Every level of 24 bits is a float32; the largest and its neighbours come back."""
    neuron, top = BitSerial(theta=1.0, t_out=MOST_BITS), 2**MOST_BITS - 1
    charge = np.array([top, top - 1, 1, 0], np.float64)
    spikes = respond(neuron, charge.reshape(1, 1, -1)).spikes
    assert_array_equal(neuron.decode(spikes)[0], charge)
    amplitude = neuron.amplitude(MOST_BITS, 1, np.float32)
    assert_array_equal((spikes.astype(np.float32) * amplitude).sum(0)[0], charge)
