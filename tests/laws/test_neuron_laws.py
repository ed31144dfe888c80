"""Every neuron keeps the laws it declares, and every law can fail."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase as Stage
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.catalogue import LAWS, same
from laws.strategies import SETTINGS, cases, neurons

from refsnn.neurons import IF, NEURONS, BitSerial, Pascal, respond
from refsnn.neurons.pascal import TOLERANCE

DECLARED = [(kind, law) for kind, cls in NEURONS.items() for law in sorted(cls.laws)]


def whole_number(data):
    """How a law draws its own choices."""
    return lambda low, high: data.draw(st.integers(low, high))


def test_every_neuron_is_covered():
    assert set(SETTINGS) == set(NEURONS)
    assert all(cls.laws for cls in NEURONS.values())
    assert {law for _, law in DECLARED} == set(LAWS)


@pytest.mark.parametrize(("kind", "law"), DECLARED)
@given(data=st.data())
def test_neuron_keeps_its_law(kind, law, data):
    LAWS[law](data.draw(cases(neurons(kind, law))), whole_number(data))


class Restarting(IF):
    """Forgets its state whenever a run starts."""

    def step(self, state, current, phase):
        if phase.t == 1:
            state = self.init(current.shape, current.dtype)
        return super().step(state, current, phase)


class Coupled(IF):
    """Sees the other samples."""

    def step(self, state, current, phase):
        return super().step(state, current + current.sum(axis=0), phase)


class Placed(IF):
    """Sees its place."""

    def step(self, state, current, phase):
        place = np.arange(current.shape[-1], dtype=current.dtype)
        return super().step(state, current + place, phase)


class Impatient(Pascal):
    """One relaxation step fewer."""

    def schedule(self, t_in):
        steps = super().schedule(t_in)
        relax = [phase for phase in steps if phase.name == "relax"]
        return tuple(phase for phase in steps if phase not in relax[-1:])


class Unrounded(BitSerial):
    """Starts at zero, not at half a step."""

    def init(self, shape, dtype, bias=None):
        state = super().init(shape, dtype, bias)
        start = super().init(shape, dtype, None)
        return state._replace(v=state.v - start.v)


class Leaky(IF):
    """Loses a unit of charge with every spike."""

    def step(self, state, current, phase):
        step = super().step(state, current, phase)
        return step._replace(state=step.state._replace(v=step.state.v - step.spikes))


IF_SETTINGS = SETTINGS["IF"]
FAULTS = {
    "conservation": IF_SETTINGS.map(lambda s: Leaky(**{**s, "reset": "subtract"})),
    "split_time": IF_SETTINGS.map(lambda s: Restarting(**s)),
    "batch": IF_SETTINGS.map(lambda s: Coupled(**s)),
    "permutation": IF_SETTINGS.map(lambda s: Placed(**s)),
    "rescale": neurons("Pascal", as_released=True),
    "order": neurons("IF"),
    "binary_level": SETTINGS["BitSerial"].map(lambda s: Unrounded(**s)),
    "qcfs_level": SETTINGS["Pascal"].map(lambda s: Impatient(**s)),
}
"""For each law, neurons that break it. Two of them are no invention: an absolute tolerance breaks
`rescale`, and a plain IF neuron breaks `order`."""


@pytest.mark.parametrize("law", sorted(LAWS))
def test_law_can_fail(law):
    @settings(max_examples=400, phases=[Stage.generate], database=None, report_multiple_bugs=False)
    @given(data=st.data())
    def held(data):
        LAWS[law](data.draw(cases(FAULTS[law])), whole_number(data))

    with pytest.raises(AssertionError):
        held()


def test_hard_reset_does_not_conserve():
    """Why `conservation` is asked of soft resets only."""
    case = (IF(theta=2, reset="zero", v_init=0.0), np.full((1, 1, 1), 3), np.zeros((1, 1), int))
    with pytest.raises(AssertionError):
        LAWS["conservation"](case, None)


def test_as_released_breaks_the_level_near_a_tie():
    """Half a tolerance below the tie, an odd max(T_in, t_out): one level too many."""
    theta = 1.0
    below = np.full((1, 1, 1), 0.5 * theta - TOLERANCE / 2)
    for t_out in (1, 3):
        exact = respond(Pascal(theta=theta, t_out=t_out), below).spikes.sum()
        released = respond(Pascal(theta=theta, t_out=t_out, as_released=True), below).spikes.sum()
        assert (exact, released) == (0, 1)


@pytest.mark.parametrize("kind", sorted(NEURONS))
@given(data=st.data())
def test_arguments_are_only_read(kind, data):
    """Currents and bias are read-only in every case; the state of `init` is, too, here."""
    neuron, currents, bias = data.draw(cases(neurons(kind)))
    state = neuron.init(currents.shape[1:], currents.dtype, bias)
    for field in state:
        field.flags.writeable = False
    before = [field.copy() for field in state]
    same(respond(neuron, currents, state=state), respond(neuron, currents, bias=bias))
    for field, copy in zip(state, before, strict=True):
        np.testing.assert_array_equal(field, copy)


@pytest.mark.parametrize("kind", sorted(NEURONS))
@given(data=st.data())
def test_dtype_of_the_run_is_kept(kind, data):
    neuron, currents, bias = data.draw(cases(neurons(kind)))
    response = respond(neuron, currents, bias=bias)
    assert response.state.v.dtype == currents.dtype
    if response.spikes is not None:
        assert response.spikes.dtype == np.int8
        assert len(response.spikes) == neuron.frames_out(len(currents))


@pytest.mark.parametrize("kind", sorted(NEURONS))
@given(data=st.data())
def test_integers_and_floats_agree(kind, data):
    """With even thresholds all starts are whole, so the three dtypes must give the same spikes."""
    case = data.draw(cases(neurons(kind), dtypes=(np.int64,)))
    neuron = case.neuron if kind == "Readout" else even(case.neuron)
    first = respond(neuron, case.currents, bias=case.bias)
    for dtype in (np.float32, np.float64):
        other = respond(neuron, case.currents.astype(dtype), bias=case.bias.astype(dtype))
        for a, b in zip(flat(first), flat(other), strict=True):
            np.testing.assert_array_equal(a, b)


def even(neuron):
    """Thresholds that every start fraction (down to 1/4) leaves whole."""
    from dataclasses import replace

    return replace(neuron, theta=neuron.theta * 4)


def flat(response):
    return (*(() if response.spikes is None else (response.spikes,)), *response.state)


@pytest.mark.parametrize("kind", sorted(k for k, cls in NEURONS.items() if cls.thermometer))
@given(data=st.data())
def test_thermometer_trains_have_their_spikes_first(kind, data):
    neuron, currents, bias = data.draw(cases(neurons(kind)))
    spikes = respond(neuron, currents, bias=bias).spikes
    assert (np.diff(spikes, axis=0) <= 0).all()


def test_an_if_train_is_no_thermometer():
    spikes = respond(IF(theta=4), np.full((4, 1, 1), 1)).spikes
    assert not IF.thermometer
    assert (np.diff(spikes, axis=0) > 0).any()
