"""The signed neuron with a memory: every step, what it repairs, what it cannot, where it ends."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import Phase as Stage
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.strategies import SIZE, thetas, whole
from numpy.testing import assert_array_equal

from refsnn.errors import InputError
from refsnn.neurons import IF, VARIANTS, DualThreshold, Phase, ShiftedIF, respond, variant
from refsnn.neurons.dual_threshold import SETTLES, DualState

T = 4


def level(charge, theta, steps):
    """``N* = clip(floor(sum(I)/theta + 1/2), 0, T)`` in integers."""
    return np.clip((2 * charge + theta) // (2 * theta), 0, steps)  # eq: error_compensation.16


def counts(neuron, currents):
    """Net count of every neuron."""
    return respond(neuron, currents).spikes.sum(axis=0, dtype=np.int64)


def trains(values, steps):
    """Every train of these values, (T, 1, number of trains)."""
    every = np.array(list(product(values, repeat=steps)), np.int64)
    return every.T[:, None, :]


def written_step(v, n, theta, current, kind):
    """The neuron in plain Python, one number at a time, thresholds in whole numbers."""
    theta_negative, strict_positive, strict_negative, memory, cap = kind
    u = v + current  # eq: error_compensation.9
    up = (u > theta if strict_positive else u >= theta) and (cap is None or n < cap)
    down = False
    if theta_negative is not None:
        low = -theta_negative * theta
        down = (u < low if strict_negative else u <= low) and (n >= 1 or not memory)
    s = up - down  # eq: error_compensation.10
    return u, s, u - theta * s, n + s  # eq: error_compensation.11 error_compensation.12


KINDS = list(product((None, 0.0, 0.5, 1.0), (False, True), (False, True), (False, True), (None, 2)))


@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_every_small_step(dtype, kind):
    grid = list(product(range(-8, 8), range(4), range(1, 6), range(-8, 8, 3)))
    v, n, theta, current = (np.array(column) for column in zip(*grid, strict=True))
    names = ("theta_negative", "strict_positive", "strict_negative", "memory", "cap")
    neuron = DualThreshold(theta=theta, **dict(zip(names, kind, strict=True)))
    state = DualState(v.astype(dtype), n)
    step = neuron.step(state, current.astype(dtype), Phase("fire", True, True, 1, 1))
    want = [
        written_step(*(int(x) for x in row), kind) for row in zip(v, n, theta, current, strict=True)
    ]
    u, s, left, count = (np.array(column) for column in zip(*want, strict=True))
    assert_array_equal(step.u, u)
    assert_array_equal(step.spikes, s)
    assert_array_equal(step.state.v, left)
    assert_array_equal(step.state.count, count)
    assert (step.spikes.dtype, step.state.v.dtype) == (np.int8, dtype)


EXAMPLES = [
    ([58, 19, -58, -13], "dual", [1, 0, -1, 0], [26, 45, 51, 38]),
    ([58, 19, -58, -13], "plain", [1, 0, 0, 0], [26, 45, -13, -26]),
    ([58, 19, -58, -13], "snm", [0, 1, 0, 0], [58, 13, -45, -58]),
    ([70, -45], "dual", [1, -1], [38, 57]),
    ([70, -45], "plain", [1, 0], [38, -7]),
    ([-10, 120], "dual", [0, 1], [22, 78]),
    ([100, 100, -150, -30], "dual", [1, 1, -1, -1], [68, 104, 18, 52]),
    ([100, 100, -150, -30], "snm", [1, 1, -1, 0], None),
]


@pytest.mark.parametrize(("currents", "name", "spikes", "membranes"), EXAMPLES)
def test_worked_examples(currents, name, spikes, membranes):
    steps = []
    neuron = variant(name, np.asarray(64))
    train = np.array(currents).reshape(-1, 1, 1)
    found = respond(neuron, train, probe=lambda _p, _c, step: steps.append(step)).spikes
    assert found.ravel().tolist() == spikes
    if membranes is not None:
        assert [step.state.v.item() for step in steps] == membranes


def test_two_frames_every_pair():
    """6561 pairs at theta = 16: over-firing is gone, late charge stays."""
    currents = trains(range(-40, 41), 2)
    want = level(currents.sum(0), 16, 2)
    found = {}
    for name in ("plain", "dual"):
        gap = counts(variant(name, np.asarray(16)), currents) - want
        found[name] = (gap.size, int((gap > 0).sum()), int((gap < 0).sum()))
    # eq: error_compensation.32
    assert found == {"plain": (6561, 792, 300), "dual": (6561, 0, 300)}


@pytest.mark.parametrize("theta", [3, 4, 16])
def test_two_frames_wrong_exactly_when_the_charge_is_late(theta):
    currents = trains(range(-40, 41), 2)
    steps = []
    neuron = DualThreshold(theta=theta)
    spikes = respond(neuron, currents, probe=lambda _p, _c, step: steps.append(step)).spikes
    want = level(currents.sum(0), theta, 2)
    if theta % 2:  # an integer start of (theta - 1) / 2 has no ties: the same level
        assert_array_equal(want, np.clip((currents.sum(0) + theta // 2) // theta, 0, 2))
    late = (spikes[0] == 0) & (steps[1].u >= 2 * theta)  # eq: error_compensation.32
    assert_array_equal(spikes.sum(0) != want, late)
    assert set(spikes.sum(0)[late]) == {1}
    assert set(want[late]) == {2}


@pytest.mark.parametrize("name", sorted(set(VARIANTS) - {"snm", "inference-scale"}))
def test_one_frame_is_exact(name):
    """T = 1: all neurons that start at half a threshold are the same, and right."""
    currents = trains(range(-40, 41), 1)
    for theta in range(1, 20):
        found = counts(variant(name, np.asarray(theta), slack=0.0), currents)
        assert_array_equal(found, level(currents[0], theta, 1))


@pytest.mark.parametrize("name", ["dual", "plain", "fast-snn", "st-bif", "weak"])
@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8])
def test_constant_drive_is_exact_and_never_inhibits(name, steps):
    for theta in (2, 8, 14):
        drive = np.arange(-3 * theta, 3 * theta + 1)
        currents = np.broadcast_to(drive, (steps, 1, len(drive)))
        spikes = respond(variant(name, np.asarray(theta)), currents).spikes
        assert_array_equal(spikes.sum(0)[0], level(steps * drive, theta, steps))
        assert spikes.min() == 0


def last_step_test(neuron, currents):
    """Whether the count is right, and what the membrane of the last step says of it."""
    steps, total = [], len(currents)
    spikes = respond(neuron, currents, probe=lambda _p, _c, step: steps.append(step)).spikes
    before, m, theta = spikes[:-1].sum(0, dtype=np.int64), steps[-1].u, neuron.theta
    count = spikes.sum(0, dtype=np.int64)
    inside = (-theta <= m) & (m < 2 * theta)
    told = inside | ((m < 0) & (before <= 1)) | ((m >= 2 * theta) & (count == total))
    right = count == np.clip((theta // 2 + currents.sum(0)) // theta, 0, total)
    return right, told  # eq: error_compensation.24


@given(theta=thetas(), steps=st.integers(1, 7), data=st.data())
def test_the_last_membrane_tells_whether_the_count_is_right(theta, steps, data):
    currents = data.draw(whole((steps, 3, SIZE)))
    right, told = last_step_test(DualThreshold(theta=theta), currents)
    assert_array_equal(right, told)


@pytest.mark.parametrize("theta", [1, 2, 3])
def test_every_small_train_tells(theta):
    right, told = last_step_test(DualThreshold(theta=theta), trains(range(-4, 5), 4))
    assert_array_equal(right, told)
    assert 0.3 < right.mean() < 1


def settled(neuron, currents, silence):
    """Count after the train, and after each frame of silence, (1 + silence, ...)."""
    quiet = np.zeros((silence, *currents.shape[1:]), currents.dtype)
    spikes = respond(neuron, np.concatenate([currents, quiet])).spikes
    return spikes.cumsum(0, dtype=np.int64)[len(currents) - 1 :]


def settles(neuron, currents):
    """The law: as many silent frames as spikes are wrong, then rest, at the level."""
    steps = len(currents)
    course = settled(neuron, currents, steps + 1)
    want = np.clip((neuron.theta // 2 + currents.sum(0)) // neuron.theta, 0, steps)
    for silent, found in enumerate(course):
        gap = want - course[0]  # eq: error_compensation.28
        assert_array_equal(found, course[0] + np.sign(gap) * np.minimum(np.abs(gap), silent))
    assert_array_equal(course[-1], want)


@given(theta=thetas(), steps=st.integers(1, 7), data=st.data())
def test_it_settles_at_the_level(theta, steps, data):
    settles(DualThreshold(theta=theta, cap=steps), data.draw(whole((steps, 3, SIZE))))


@pytest.mark.parametrize("theta", [1, 2, 3, 4])
def test_every_small_train_settles(theta):
    settles(DualThreshold(theta=theta, cap=T), trains(range(-5, 6), T))


FAULTS = {
    "no memory": {"memory": False},
    "starts empty": {"v_init": 0.0},
    "negative threshold": {"theta_negative": 0.5},
    "no inhibition": {"theta_negative": None},
    "inhibits at zero": {"strict_negative": False},
    "fires above only": {"strict_positive": True},
    "no cap": {"cap": None},
    "slack": {"slack": 1.0},
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_no_other_setting_settles(fault):
    with pytest.raises(AssertionError):
        settles(DualThreshold(**{"theta": 4, "cap": T, **FAULTS[fault]}), trains(range(-6, 7), T))


def test_the_law_finds_a_fault_at_random():
    @settings(max_examples=400, phases=[Stage.generate], database=None, report_multiple_bugs=False)
    @given(theta=thetas(), data=st.data())
    def held(theta, data):
        settles(DualThreshold(theta=theta, cap=T, memory=False), data.draw(whole((T, 3, SIZE))))

    with pytest.raises(AssertionError):
        held()


def test_t_silent_frames_can_be_needed():
    """Nothing sent in T frames, all of the charge in the last: T - 1 frames are still to come."""
    late = np.array([0] * (T - 1) + [99]).reshape(-1, 1, 1)
    course = settled(DualThreshold(theta=2, cap=T), late, T).ravel().tolist()
    assert course == [1, 2, 3, 4, 4]
    taken = np.array([9] * (T - 1) + [-99]).reshape(-1, 1, 1)
    assert settled(DualThreshold(theta=2, cap=T), taken, T).ravel().tolist() == [2, 1, 0, 0, 0]


def test_settings_that_settle_are_the_defaults():
    neuron = DualThreshold(theta=1.0)
    assert {name: getattr(neuron, name) for name in SETTLES} == dict(SETTLES)


@given(theta=thetas(), steps=st.integers(1, 7), data=st.data())
def test_the_count_is_never_negative_with_a_memory(theta, steps, data):
    low = data.draw(st.sampled_from([0.0, 0.5, 1.0]))
    neuron = DualThreshold(
        theta=theta, theta_negative=low, strict_negative=data.draw(st.booleans())
    )
    spikes = respond(neuron, data.draw(whole((steps, 3, SIZE)))).spikes
    assert (spikes.cumsum(0) >= 0).all()


def test_without_a_memory_it_can_be():
    spikes = respond(DualThreshold(theta=4, memory=False), np.full((3, 1, 1), -9)).spikes
    assert spikes.ravel().tolist() == [-1, -1, -1]


@given(theta=thetas(), steps=st.integers(1, 7), data=st.data())
def test_variants_agree_where_they_should(theta, steps, data):
    """Plain is IF; the slack of one code is invisible on whole numbers; a cap of T is too."""
    currents = data.draw(whole((steps, 3, SIZE))).astype(np.float64)
    theta = theta.astype(np.float64)

    def spikes(neuron):
        return respond(neuron, currents).spikes

    assert_array_equal(spikes(variant("plain", theta)), spikes(IF(theta=theta)))
    strict = spikes(variant("inference-scale", theta))
    assert_array_equal(strict, spikes(IF(theta=theta, compare="gt")))
    dual = spikes(variant("dual", theta))
    assert_array_equal(dual, spikes(variant("st-bif", theta, cap=steps)))
    assert_array_equal(spikes(variant("fast-snn", 2 * theta)), spikes(variant("dual", 2 * theta)))


def test_variants_are_not_all_the_same():
    currents = trains(range(-9, 10), 3)
    found = {
        name: counts(variant(name, np.asarray(4)), currents).tobytes()
        for name in ("dual", "plain", "snm", "inference-scale", "weak")
    }
    assert len(set(found.values())) == len(found)


def test_slack_breaks_scale_invariance():
    """An absolute tolerance: the reference neuron is free of it."""
    currents = np.array([1.0, -1.0, 0.0]).reshape(-1, 1, 1) * 2.0**-11
    small, large = (variant("fast-snn", np.asarray(2.0**k)) for k in (-11, 0))
    assert counts(small, currents).item() == 1
    assert counts(large, currents * 2**11).item() == 0


@given(theta=thetas(), frames=st.integers(1, 6), data=st.data())
def test_the_shift_adds_up_to_half_a_threshold(theta, frames, data):
    """Constant drive: after ``t_ref`` frames the count is that of a half-threshold start."""
    theta = 2 * frames * theta
    drive = np.broadcast_to(data.draw(whole((1, 3, SIZE))), (frames, 3, SIZE))
    shifted = counts(ShiftedIF(theta=theta, t_ref=frames), drive)
    assert_array_equal(shifted, counts(IF(theta=theta), drive))  # eq: potential_initialization.14


def test_the_shift_is_for_one_length():
    drive = np.full((8, 1, 1), 8)
    course = [
        int(counts(n, drive[:t]).item() - level(8 * t, 16, t))
        for n in (ShiftedIF(theta=16, t_ref=4), IF(theta=16))
        for t in (1, 2, 4, 8)
    ]
    assert course == [-1, 0, 0, 1, 0, 0, 0, 0]


@given(theta=thetas(), factor=st.integers(1, 9), data=st.data())
def test_thresholds_and_weights_scale_together(theta, factor, data):
    """theta, v(0) and all charges times k: the same spikes, for any k, not only powers of two."""
    currents = data.draw(whole((5, 3, SIZE)))
    small = respond(IF(theta=2 * theta), currents).spikes
    large = respond(IF(theta=2 * theta * factor), currents * factor).spikes
    assert_array_equal(small, large)  # eq: potential_initialization.5


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"theta_negative": -0.5}, "DualThreshold.theta_negative: cannot be used: expected >= 0"),
        ({"slack": np.nan}, "DualThreshold.slack"),
        ({"v_init": np.inf}, "DualThreshold.v_init"),
        ({"cap": 0}, "DualThreshold.cap: not a number of steps"),
        ({"cap": 2.0}, "DualThreshold.cap"),
    ],
)
def test_bad_settings(setting, message):
    with pytest.raises(InputError, match=message):
        DualThreshold(theta=1.0, **setting)


def test_unknown_variant():
    with pytest.raises(InputError, match="unknown variant 'fastsnn'; did you mean 'fast-snn'"):
        variant("fastsnn", np.asarray(1.0))
    with pytest.raises(InputError, match=r"ShiftedIF.t_ref: not a number of steps"):
        ShiftedIF(theta=1.0, t_ref=0)


def test_semantics_say_it():
    known = DualThreshold(theta=1.0, cap=4).semantics
    assert (known.negative, known.theta_negative, known.count_cap) == ("gated", 0.0, True)
    assert not known.negative_at_equality
    snm = variant("snm", np.asarray(1.0)).semantics
    assert (snm.v_init, snm.theta_negative, snm.negative_at_equality) == (0.0, 1.0, True)
    assert variant("plain", np.asarray(1.0)).semantics == IF(theta=1.0).semantics
    assert DualThreshold(theta=1.0, memory=False).semantics.negative == "free"
    assert ShiftedIF(theta=1.0, t_ref=4).semantics.shift == 1 / 8
    assert DualThreshold(theta=1.0, cap=3).max_count(8) == 3


@pytest.mark.parametrize("name", sorted(VARIANTS))
@given(theta=thetas(), steps=st.integers(1, 7), data=st.data())
def test_charge_is_kept(name, theta, steps, data):
    """Every variant, spikes of both signs: what is not sent is in the membrane."""
    neuron, currents = variant(name, theta * 2), data.draw(whole((steps, 3, SIZE)))
    spikes, state = respond(neuron, currents)
    start = neuron.init((3, SIZE), np.int64).v
    left = start + currents.sum(0) - state.v
    assert_array_equal(neuron.theta * spikes.sum(0, dtype=np.int64), left)
    assert_array_equal(state.count, spikes.sum(0))  # eq: error_compensation.14
