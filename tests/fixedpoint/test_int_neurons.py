"""Laws of the integer neurons: conservation, the closed form, independence of order."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from fixedpoint import Format, InputError, IntIF, IntPascal, models, pascal_count, run_neuron
from fixedpoint.schedule import EMIT, INTEGRATE, RELAX, STEP

thetas = st.integers(1, 40)
trains = st.lists(st.integers(-120, 120), min_size=1, max_size=12)


@given(thetas, st.integers(-50, 50), trains)
def test_if_conserves_charge(theta, v_init, train):
    run = run_neuron(IntIF(theta=theta, v_init=v_init), train)
    assert theta * run.count == v_init + sum(train) - run.v_end
    assert run.count == run.spikes.sum()


@given(thetas, st.integers(-50, 50), trains, st.sampled_from(["ge", "gt"]), st.booleans())
def test_if_equals_its_equations_in_python_integers(theta, v, train, compare, zero):
    neuron = IntIF(theta=theta, v_init=v, compare=compare, reset="zero" if zero else "subtract")
    run = run_neuron(neuron, train, trace=True)
    for t, current in enumerate(train):
        u = v + current
        s = u >= theta if compare == "ge" else u > theta
        v = u if not s else 0 if zero else u - theta
        row = (run.trace.u[t], run.trace.spike[t], run.trace.v[t], run.spikes[t])
        assert row == (u, s, v, s)


@given(thetas, st.integers(-90, 90), trains, st.integers(1, 12))
def test_pascal_is_the_closed_form(theta, bias, train, t_out):
    neuron = IntPascal(theta=theta, v_init=theta // 2 + bias, t_out=t_out)
    run = run_neuron(neuron, train)
    assert run.count == pascal_count(sum(train) + bias, theta, t_out)
    assert (np.diff(run.spikes) <= 0).all(), "ones first"


@given(thetas, trains, st.integers(1, 12), st.randoms(use_true_random=False))
def test_pascal_ignores_the_order(theta, train, t_out, random):
    neuron = IntPascal(theta=theta, v_init=theta // 2, t_out=t_out)
    shuffled = random.sample(train, len(train))
    assert_array_equal(run_neuron(neuron, shuffled).spikes, run_neuron(neuron, train).spikes)


def grid(t_in, reach):
    return np.array(list(product(range(-reach, reach + 1), repeat=t_in))).T  # (t_in, cases)


def pascal_errors(neuron_class=IntPascal):
    """Count wrong spike counts over all trains of up to 3 frames with |I| <= 7 and theta 1..4."""
    wrong = 0
    for t_in, t_out, theta in product((1, 2, 3), (1, 2, 3, 4), (1, 2, 3, 4)):
        currents = grid(t_in, 7)
        run = run_neuron(neuron_class(theta=theta, v_init=theta // 2, t_out=t_out), currents)
        wrong += int((run.count != pascal_count(currents.sum(0), theta, t_out)).sum())
    return wrong


def test_pascal_exhaustively():
    assert pascal_errors() == 0


class OneRelaxStepFewer(IntPascal):
    def schedule(self, t_in):
        full = super().schedule(t_in)
        last = max((i for i, p in enumerate(full) if p.code == RELAX), default=len(full))
        return full[:last] + full[last + 1 :]


class StrictComparison(IntPascal):
    def step(self, state, current, phase):
        step = super().step(state, current, phase)
        if phase.code == EMIT:
            return step
        net = (step.u > self.theta).astype(np.int64)
        net = net - (step.u < 0) if phase.code == RELAX else net
        return models.Step(models.State(step.u - self.theta * net, state.n + net), step.u, net)


class NoInhibition(IntPascal):
    def step(self, state, current, phase):
        step = super().step(state, current, phase)
        if phase.code != RELAX:
            return step
        net = np.maximum(step.spike, 0)
        return models.Step(models.State(step.u - self.theta * net, state.n + net), step.u, net)


@pytest.mark.parametrize("fault", [OneRelaxStepFewer, StrictComparison, NoInhibition])
def test_planted_faults_break_the_closed_form(fault):
    assert pascal_errors(fault) > 0


def test_one_phase_if_does_not_have_the_closed_form():
    """The counterexample that a solver gave: count 1, formula 2."""
    train = [29, -64, 24, 109]
    assert run_neuron(IntIF(theta=64, v_init=32), train).count == 1
    assert pascal_count(sum(train), 64, 4) == 2


def test_worked_example_with_an_inhibitory_spike():
    """Theta 0.25 and currents 0.5, 0.375, -0.75, 0.0625 in units of 1/16."""
    run = run_neuron(IntPascal(theta=4, v_init=2, t_out=4), [8, 6, -12, 1], trace=True)
    assert_array_equal(run.spikes, [1, 0, 0, 0])
    assert_array_equal(run.trace.phase, [INTEGRATE] * 4 + [RELAX] * 3 + [EMIT] * 4)
    assert_array_equal(run.trace.t, [1, 2, 3, 4, 1, 2, 3, 1, 2, 3, 4])
    assert_array_equal(run.trace.v, [6, 8, -4, -3, 1, 1, 1, 1, 1, 1, 1])
    assert_array_equal(run.trace.spike, [1, 1, 0, 0, -1, 0, 0, 1, 0, 0, 0])
    assert_array_equal(run.trace.count, [1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1])


@given(st.integers(1, 99), st.integers(-999, 999), st.integers(1, 9))
def test_closed_form_rounds_half_up_also_for_odd_theta(theta, charge, t_out):
    expected = min(max((2 * charge + theta) // (2 * theta), 0), t_out)  # floor(S/theta + 1/2)
    assert pascal_count(charge, theta, t_out) == expected


@given(st.integers(2, 5), trains)
def test_neurons_of_an_array_do_not_mix(neurons, train):
    theta = np.arange(1, neurons + 1) * 3
    currents = np.array(train)[:, None] * np.arange(neurons)  # (T, neuron)
    together = run_neuron(IntPascal(theta=theta, v_init=theta // 2, t_out=4), currents, trace=True)
    for i in range(neurons):
        alone = run_neuron(
            IntPascal(theta=int(theta[i]), v_init=int(theta[i]) // 2, t_out=4),
            currents[:, i],
            trace=True,
        )
        assert_array_equal(together.spikes[:, i], alone.spikes)
        assert_array_equal(together.trace.u[:, i], alone.trace.u)


def test_trace_rows_follow_each_other():
    run = run_neuron(IntIF(theta=3, v_init=1), [2, 2, -9, 4], trace=True)
    before = np.concatenate([[1], run.trace.v[:-1]])
    assert_array_equal(run.trace.u, before + run.trace.current)
    assert_array_equal(run.trace.phase, [STEP] * 4)
    assert run_neuron(IntIF(theta=3, v_init=1), [2]).trace is None


@pytest.mark.parametrize(
    ("theta", "v_init", "train"),
    [(1, 0, [2**61, 2**61]), (2**61, 0, [1, 1]), (1, 2**62 - 2, [1, 1]), (1, 0, [-(2**61)] * 2)],
)
def test_hidden_overflow_is_refused_up_front(theta, v_init, train):
    with pytest.raises(InputError, match="could leave int64"):
        run_neuron(IntIF(theta=theta, v_init=v_init), train)


def test_the_bound_is_per_neuron_not_the_product_of_worst_cases():
    currents = np.array([[2**61, 0], [0, 2**61]])  # each neuron gets 2^61 once
    run = run_neuron(IntIF(theta=1, v_init=0), currents)
    assert_array_equal(run.v_end, [2**61 - 2, 2**61 - 1])


def test_a_format_for_the_membrane_is_a_claim():
    neuron, train = IntIF(theta=8, v_init=0), [7, 8]
    assert run_neuron(neuron, train, v_format=Format(True, 5)).v_end == 7
    with pytest.raises(InputError, match=r"membrane u, step step 2: .*expected -8..7, got 15"):
        run_neuron(neuron, train, v_format=Format(True, 4))


@pytest.mark.parametrize(
    "bad",
    [
        lambda: IntIF(theta=0, v_init=0),
        lambda: IntIF(theta=[1, -1], v_init=0),
        lambda: IntIF(theta=1.5, v_init=0),
        lambda: IntIF(theta=1, v_init=0, compare=">="),
        lambda: IntIF(theta=1, v_init=0, reset="none"),
        lambda: IntPascal(theta=1, v_init=0, t_out=0),
        lambda: run_neuron(IntIF(theta=1, v_init=0), []),
        lambda: run_neuron(IntIF(theta=1, v_init=0), 3),
        lambda: run_neuron(IntIF(theta=1, v_init=0), [0.5]),
        lambda: run_neuron(IntIF(theta=[1, 2], v_init=0), np.zeros((3, 4), int)),
    ],
)
def test_bad_input_is_refused(bad):
    with pytest.raises(InputError):
        bad()


def test_neurons_are_values():
    a, b = (IntPascal(theta=[1, 2], v_init=0, t_out=3) for _ in range(2))
    assert a == b
    assert hash(a) == hash(b)
    assert a != IntPascal(theta=[1, 3], v_init=0, t_out=3)
    assert IntIF(theta=1, v_init=0) != IntIF(theta=1, v_init=0, compare="gt")
    source = np.array([1, 2])
    neuron = IntIF(theta=source, v_init=0)
    source[0] = 9
    assert_array_equal(neuron.theta, [1, 2])
    with pytest.raises(ValueError, match="read-only"):
        neuron.theta[0] = 5


def test_read_only_currents_are_left_alone():
    currents = np.array([3, -1])
    currents.setflags(write=False)
    run_neuron(IntIF(theta=2, v_init=0), currents)
    assert_array_equal(currents, [3, -1])
