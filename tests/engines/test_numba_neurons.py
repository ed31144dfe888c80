"""Every neuron in its kernel: bit for bit what its step does, in both float types."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from engines import kernel_cases
from engines.kernel_cases import SETTINGS, cases, equal
from hypothesis import Phase as Stage
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from refsnn.engines.kernels import FILES, bound
from refsnn.neurons import IF, NEURONS, AdaFire

KINDS = sorted(NEURONS)


def test_every_neuron_has_a_kernel():
    assert set(FILES) == set(NEURONS.values())
    assert set(SETTINGS) == set(NEURONS)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_kernel_is_the_step(kind, data):
    equal(data.draw(cases(kind)))


@pytest.mark.parametrize("kind", sorted(k for k, cls in NEURONS.items() if cls.synchronous))
@given(data=st.data())
def test_kernel_goes_on_where_it_was_left(kind, data):
    neuron, currents, bias = data.draw(cases(kind))
    state = equal((neuron, currents, bias))
    before = [field.copy() for field in state["n"]]
    equal((neuron, currents[::-1], bias), state)
    for field, copy in zip(state["n"], before, strict=True):
        assert_array_equal(field, copy)


def flipped(position):
    """A kernel with one of its flags turned."""

    def change(kernel):
        made = list(kernel.settings)
        made[position] = not made[position]
        return kernel._replace(settings=tuple(made))

    return change


def raised(position, step=1):
    """A kernel with one of its numbers changed."""

    def change(kernel):
        made = list(kernel.settings)
        made[position] = made[position] + made[position].dtype.type(step)
        return kernel._replace(settings=tuple(made))

    return change


def counted(position, step):
    """A kernel with one of its integers changed."""

    def change(kernel):
        made = list(kernel.settings)
        made[position] += step
        return kernel._replace(settings=tuple(made))

    return change


def unprepared(kernel):
    return kernel._replace(before=None)


def unweighted(kernel):
    return kernel._replace(weights=None)


def one_frame_less(kernel):
    def fire(currents, frames, *rest):
        kernel.fire(currents, max(frames - 1, 1), *rest)

    return kernel._replace(fire=fire)


FAULTS = {
    "IF-compare": ("IF", flipped(1)),
    "IF-reset": ("IF", flipped(2)),
    "IF-ulp": ("IF", lambda kernel: kernel._replace(settings=(np.nextafter(kernel.settings[0], 9), *kernel.settings[1:]))),
    "IF-frames": ("IF", one_frame_less),
    "IF-as-released": ("IF", unprepared),
    "ShiftedIF-shift": ("ShiftedIF", unprepared),
    "DualThreshold-ge": ("DualThreshold", flipped(2)),
    "DualThreshold-le": ("DualThreshold", flipped(3)),
    "DualThreshold-memory": ("DualThreshold", counted(4, 1)),
    "DualThreshold-cap": ("DualThreshold", counted(5, -1)),
    "Pascal-theta": ("Pascal", raised(0, 1e-3)),
    "Pascal-frames": ("Pascal", one_frame_less),
    "PascalFirst-levels": ("PascalFirst", raised(2)),
    "PascalFirst-released": ("PascalFirst", flipped(5)),
    "BitSerial-decode": ("BitSerial", unweighted),
    "BitSerial-theta": ("BitSerial", raised(0, 1e-3)),
    "AdaFire-shift": ("AdaFire", unprepared),
    "AdaFire-dead": ("AdaFire", lambda kernel: kernel._replace(settings=(kernel.settings[0], np.ones_like(kernel.settings[1]), *kernel.settings[2:]))),
    "AdaFire-phi": ("AdaFire", counted(2, -1)),
    "LIF-compare": ("LIF", flipped(1)),
    "LIF-reset": ("LIF", flipped(2)),
    "LIF-delay": ("LIF", flipped(3)),
    "LIF-leak": ("LIF", raised(0, 1e-3)),
    "Readout-frames": ("Readout", one_frame_less),
}  # fmt: skip
"""Kernels that do something else."""


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_in_a_kernel_is_caught(fault):
    kind, change = FAULTS[fault]

    @settings(max_examples=300, phases=[Stage.generate], database=None, report_multiple_bugs=False)
    @given(case=cases(kind))
    def held(case):
        equal(case, change=change)

    with pytest.raises(AssertionError):
        held()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_product_and_a_difference_are_not_fused(dtype):
    """A membrane of the rounded ``3 theta`` leaves 0; fused, it would leave the rounding error."""
    from refsnn.engines.kernels.ada_fire import reset

    theta = np.linspace(0.01, 1, 64, dtype=dtype)
    spikes = np.full(64, 3, np.int8)
    v = theta * dtype(3)
    left = [Fraction(float(a)) - 3 * Fraction(float(b)) for a, b in zip(v, theta, strict=True)]
    assert sum(rest != 0 for rest in left) > 20
    reset(v, theta, spikes)
    assert not v.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_whole_burst_is_not_fused(dtype):
    theta = np.linspace(0.01, 1, 64, dtype=dtype)
    neuron = AdaFire(theta=theta, phi=3)
    currents = (theta * dtype(3)).reshape(1, 1, 64)
    state = equal((neuron, currents, np.zeros((1, 64), dtype)))
    assert not state["n"].v.any()


def test_a_burst_is_not_divided_unless_released():
    """At multiples of a theta that is not dyadic the two differ in a few of these."""
    theta = np.linspace(0.1, 1, 500)
    currents = np.stack([(k * theta).reshape(1, 500) for k in range(1, 6)])
    case = (AdaFire(theta=theta, phi=5), currents, np.zeros((1, 500)))
    equal(case)
    with pytest.raises(AssertionError):
        equal(case, change=flipped(3))


def test_a_derived_neuron_has_no_kernel():
    class Other(IF):
        """May do anything."""

    assert bound(Other(theta=1.0), (2,), np.dtype(np.float64)) is None


@pytest.mark.parametrize("size", [1, 2, 1023, 1024, 1025, 3000])
def test_chunks_of_neurons(size):
    """Below, at and above the number of neurons that are worked off together."""
    rng = np.random.default_rng(size)
    currents, bias = rng.normal(size=(5, 2, size)), rng.normal(size=(1, size))
    for kind, extra in (
        ("IF", {}),
        ("DualThreshold", {}),
        ("Pascal", {"t_out": 4}),
        ("AdaFire", {"phi": 3}),
    ):
        equal((NEURONS[kind](theta=rng.random(size) + 0.1, **extra), currents, bias))


def test_without_the_compiler():
    """The same kernels as plain Python."""
    env = os.environ | {
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": os.path.dirname(os.path.dirname(__file__)),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", kernel_cases.__file__],
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == KINDS
