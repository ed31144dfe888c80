"""Settings of neurons: what is refused, what is kept, what makes two neurons equal."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from refsnn.errors import InputError
from refsnn.neurons import (
    IF,
    LIF,
    NEURONS,
    AdaFire,
    BitSerial,
    DualThreshold,
    Pascal,
    PascalFirst,
    Readout,
    ShiftedIF,
    phases,
    respond,
)
from refsnn.neurons.pascal import TOLERANCE
from refsnn.semantics import CHOICES, Semantics

MAKE = {
    "AdaFire": lambda theta: AdaFire(theta=theta, phi=2),
    "DualThreshold": lambda theta: DualThreshold(theta=theta),
    "IF": lambda theta: IF(theta=theta),
    "LIF": lambda theta: LIF(theta=theta),
    "ShiftedIF": lambda theta: ShiftedIF(theta=theta, t_ref=2),
    "Pascal": lambda theta: Pascal(theta=theta, t_out=2),
    "PascalFirst": lambda theta: PascalFirst(theta=theta, t_out=2),
    "BitSerial": lambda theta: BitSerial(theta=theta, t_out=2),
    "Readout": lambda theta: Readout(theta=theta),
}


@pytest.mark.parametrize("kind", sorted(NEURONS))
@pytest.mark.parametrize("theta", [0, -1.0, np.nan, np.inf, [1.0, 0.0], [2, np.nan]])
def test_unusable_threshold(kind, theta):
    with pytest.raises(InputError, match=rf"^{kind}: threshold cannot be used: expected theta > 0"):
        MAKE[kind](theta)


@pytest.mark.parametrize("theta", ["1", [True], None, 1j])
def test_threshold_that_is_no_number(theta):
    with pytest.raises(InputError, match="IF: theta is not a number"):
        IF(theta=theta)


@pytest.mark.parametrize("cls", [Pascal, PascalFirst, BitSerial])
@pytest.mark.parametrize("t_out", [0, -1, 1.5, "4", True, None])
def test_output_frames_are_a_whole_number(cls, t_out):
    with pytest.raises(InputError, match=rf"^{cls.__name__}.t_out: not a number of steps"):
        cls(theta=1, t_out=t_out)


@pytest.mark.parametrize(("setting", "value"), [("compare", ">="), ("reset", "none")])
def test_unknown_mode(setting, value):
    with pytest.raises(InputError, match=f"{setting}: unknown choice: expected .* got '{value}'"):
        IF(theta=1, **{setting: value})


@pytest.mark.parametrize("v_init", [np.nan, np.inf])
def test_start_value_is_finite(v_init):
    with pytest.raises(InputError, match="IF.v_init"):
        IF(theta=1, v_init=v_init)


@pytest.mark.parametrize("kind", sorted(NEURONS))
def test_a_schedule_needs_a_frame(kind):
    with pytest.raises(InputError, match="^T: not a number of steps"):
        MAKE[kind](1).schedule(0)


@pytest.mark.parametrize("kind", sorted(NEURONS))
def test_theta_is_a_read_only_copy(kind):
    theta = np.array([1.0, 2.0])
    neuron = MAKE[kind](theta)
    theta[0] = 7
    assert neuron.theta.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        neuron.theta[0] = 7


@pytest.mark.parametrize("kind", sorted(NEURONS))
def test_equality_is_of_bytes(kind):
    make = MAKE[kind]
    assert make(np.array([1.0, 2.0])) == make(np.array([1.0, 2.0]))
    assert hash(make(1.0)) == hash(make(1.0))
    assert make(1.0) != make(2.0)
    assert make(1.0) != make(np.float32(1.0))
    assert make(1.0) != make([1.0])
    assert make(1.0) != "a neuron"


def test_kinds_and_settings_tell_neurons_apart():
    made = [
        IF(theta=1),
        IF(theta=1, compare="gt"),
        Pascal(theta=1, t_out=2),
        Pascal(theta=1, t_out=3),
    ]
    made += [PascalFirst(theta=1, t_out=2), PascalFirst(theta=1, t_out=2, clip_at=np.asarray(2.0))]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("t_in", [1, 3, 8])
@pytest.mark.parametrize("t_out", [1, 4])
def test_schedules(t_in, t_out):
    names = [phase.name for phase in Pascal(theta=1, t_out=t_out).schedule(t_in)]
    relax = max(t_in, t_out) - 1
    assert names == ["integrate"] * t_in + ["relax"] * relax + ["emit"] * t_out
    names = [phase.name for phase in PascalFirst(theta=1, t_out=t_out).schedule(t_in)]
    assert names == ["absorb"] * t_in + ["emit"] * t_out
    assert IF(theta=1).schedule(t_in) == phases("fire", t_in, consumes=True, emits=True)
    for neuron in (Pascal(theta=1, t_out=t_out), PascalFirst(theta=1, t_out=t_out)):
        assert neuron.frames_out(t_in) == t_out
    assert IF(theta=1).frames_out(t_in) == t_in
    assert Readout().frames_out(t_in) == 0


def test_one_neuron_step_count_of_the_note():
    """T1 = T2 = L gives 3 L - 1 steps, eq. (15)."""
    for levels in (1, 2, 8):
        assert len(Pascal(theta=1, t_out=levels).schedule(levels)) == 3 * levels - 1


def test_amplitude_broadcasts_against_a_train():
    neuron = IF(theta=np.array([1.0, 2.0]).reshape(2, 1, 1))
    assert neuron.amplitude(3, 3, np.float64).shape == (3, 1, 2, 1, 1)
    assert IF(theta=0.5).amplitude(3, 2, np.float32).dtype == np.float32


def test_odd_integer_threshold_starts_at_its_floor():
    start = Pascal(theta=5, t_out=1).init((1, 1), np.int64).v.item()
    assert start == int(Fraction(5, 2))
    assert Pascal(theta=5, t_out=1).init((1, 1), np.float64).v.item() == 2.5


@pytest.mark.parametrize("kind", ["IF", "Pascal", "PascalFirst"])
def test_integer_run_refuses_a_fractional_threshold(kind):
    """It would be cut to a whole number in silence."""
    with pytest.raises(InputError, match="theta"):
        respond(MAKE[kind](1.5), np.ones((2, 1, 1), np.int64))


@pytest.mark.parametrize("t_out", [2, 3, 4])
def test_numpy_integers_become_python_integers(t_out):
    """A settings file cannot hold a NumPy integer, and two equal neurons must be equal."""
    for cls in (Pascal, PascalFirst, BitSerial):
        neuron = cls(theta=1, t_out=np.int64(t_out))
        assert type(neuron.t_out) is int


def test_released_first_neuron_is_eq_1_in_float_order():
    """Clip, scale, floor, then drain with the tolerance: the value of eq. (1)."""
    z = np.linspace(-0.5, 1.5, 401, dtype=np.float32).reshape(1, -1, 1)
    lam, levels = np.float32(0.7), 4
    neuron = PascalFirst(theta=lam / levels, t_out=levels, as_released=True, clip_at=lam)
    value = np.floor(np.clip(z[0] / lam, 0, 1) * levels + np.float32(0.5)) / levels * lam
    count = respond(neuron, z).spikes.sum(0)
    assert_array_equal(count, np.rint(value / (lam / levels)).astype(int))


def test_released_tolerance_fires_on_nothing():
    """theta below the tolerance fires on zero input: pascal note, section 6."""
    tiny = np.float64(2e-4) / 4
    assert tiny < TOLERANCE
    for cls in (Pascal, PascalFirst):
        silent = np.zeros((4, 1, 1))
        assert respond(cls(theta=tiny, t_out=4, as_released=True), silent).spikes.sum() > 0
        assert respond(cls(theta=tiny, t_out=4), silent).spikes.sum() == 0


@pytest.mark.parametrize("field", sorted(CHOICES))
def test_semantics_refuse_unknown_choices(field):
    with pytest.raises(InputError, match=f"{field}: unknown choice"):
        Semantics(**{field: "sometimes"})


def test_semantics_round_trip_and_differences():
    one, two = Semantics(), Semantics(compare="gt", v_init=0.0)
    assert Semantics.from_dict(one.to_dict()) == one
    assert one.differences(two) == {"compare": ("ge", "gt"), "v_init": (0.5, 0.0)}
    with pytest.raises(InputError, match="did you mean 'reset'"):
        Semantics.from_dict({"rest": "zero"})


@pytest.mark.parametrize("kind", sorted(NEURONS))
def test_semantics_say_what_the_neuron_does(kind):
    """Start and comparison as declared are those of a step."""
    neuron = MAKE[kind](4)
    semantics = neuron.semantics
    assert_array_equal(neuron.init((1, 1), np.float64).v, 4 * semantics.v_init)
    if semantics.spikes_per_step:
        level = 4 * (1 - semantics.v_init)
        fires = respond(neuron, np.full((1, 1, 1), level)).spikes.sum() == 1
        assert fires == (semantics.compare == "ge")
