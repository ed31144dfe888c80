"""Integer programs: widths are proven, hold for the worst inputs, and are no wider than needed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import SEEDS
from lower.small_programs import LOWERABLE, ZERO, dense_program, every_input, lowered

from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.models import IntIF, IntPascal
from fixedpoint.program import Layer, Program, Tap
from fixedpoint.run import run_program
from fixedpoint.synapses import Dense, Flatten, GlobalSumPool, SumPool
from fixedpoint.widths import prove


@pytest.mark.parametrize("fmt", [Format(True, 3), Format(False, 2)])
@pytest.mark.parametrize("weight", [[[1, 2, 3]], [[-1, -2, -1]], [[3, -2, 1], [0, -3, 0]]])
@pytest.mark.parametrize("bias", [0, 5, -5])
def test_the_accumulator_bound_is_attained(fmt, weight, bias):
    """Exhaustive: over all inputs and all orders of adding, exactly the proven range is seen."""
    program = dense_program(weight, bias, IntIF(theta=4, v_init=2), fmt, once=False)
    low, high = prove(program)["hidden"].accumulator
    seen = {0}
    for x in every_input(fmt, 3):
        for row in weight:
            terms = [w * v for w, v in zip(row, x.tolist(), strict=True)] + [bias]
            # the extremes over all orders: all negative terms first, all positive terms first
            seen |= {sum(t for t in terms if t < 0), sum(t for t in terms if t > 0)}
    assert (low, high) == (min(seen), max(seen))  # eq: integers.6


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("weight", [[[1, 2]], [[-1, -2]], [[2, -1]]])
def test_the_membrane_bound_is_attained(frames, weight):
    """With a threshold out of reach the membrane is the sum: all-max and all-min inputs reach it."""
    fmt = Format(True, 3)
    program = dense_program(weight, 1, IntIF(theta=10**6, v_init=3), fmt, frames)
    observed = run_program(program, every_input(fmt, 2)).layers["hidden"].observed
    low, high = prove(program)["hidden"].membrane
    assert observed[0] == low + 4  # from below the start, 4, counts as 0: after a reset it may be 0
    assert (observed[1], high) == (4 + frames * peak_of(weight, fmt), 10**6)  # eq: integers.7
    reachable = replace(program, layers=(reset_at(program.layers[0], 5), program.layers[1]))
    assert prove(reachable)["hidden"].membrane == (low, 4 + frames * peak_of(weight, fmt))


def peak_of(weight, fmt):
    return max(sum(max(w * fmt.low, w * fmt.high) for w in row) for row in weight)


def reset_at(layer, theta):
    return replace(layer, neuron=IntIF(theta=theta, v_init=3))


@given(shape=LOWERABLE, seed=SEEDS, rate=st.booleans(), data=st.data())
def test_proven_ranges_contain_the_worst_inputs(shape, seed, rate, data):
    """Every channel all-max or all-min, or each value chosen to push one output neuron."""
    low = lowered(shape, seed, rate)
    fmt, program = low.program.input_format, low.program
    ends = np.array([fmt.low, fmt.high])
    pick = data.draw(st.lists(st.integers(0, 1), min_size=2, max_size=2))
    by_channel = np.broadcast_to(ends[pick][:, None, None], program.input_shape)
    weight = program.layers[0].taps[0].path[0].weight
    push = np.where(np.resize(weight[0], program.input_shape) > 0, fmt.high, fmt.low)
    rng = np.random.default_rng(seed)
    noise = rng.choice(ends, program.input_shape)
    x = np.stack([by_channel, push, fmt.low + fmt.high - push, noise]).astype(np.int64)
    widths = prove(program)
    done = run_program(program, x, trace=list(low.reference.neurons))
    for name, layer in done.layers.items():
        proven = widths[name]
        assert proven.membrane[0] <= layer.observed[0] <= layer.observed[1] <= proven.membrane[1]
        assert proven.accumulator[0] <= layer.currents.min()
        assert layer.currents.max() <= proven.accumulator[1]
        if proven.counter:
            assert proven.counter[0] <= layer.trace.count.min()
            assert layer.trace.count.max() <= proven.counter[1]
    assert (
        widths["fc"].membrane[0]
        <= done.logits.min()
        <= done.logits.max()
        <= widths["fc"].membrane[1]
    )


def test_a_membrane_outside_its_proof_is_an_error(monkeypatch):
    """The check in the run is real: a proof that is one too narrow is found out."""
    import fixedpoint.run as module

    program = dense_program([[1, 2]], 1, IntIF(theta=5, v_init=3), Format(True, 3))
    x = every_input(program.input_format, 2)
    lowest, highest = run_program(program, x).layers["hidden"].observed
    for shift in ((1, 0), (0, -1)):
        narrow = {
            name: replace(w, membrane=(lowest + shift[0], highest + shift[1]))
            if name == "hidden"
            else w
            for name, w in prove(program).items()
        }
        monkeypatch.setattr(module, "prove", lambda _, narrow=narrow: narrow)
        with pytest.raises(InputError, match="hidden: membrane leaves its proven range"):
            run_program(program, x)


@pytest.mark.parametrize("bits", [30, 40, 50, 60, 61])
@pytest.mark.parametrize("frames", [1, 2, 4, 16, 256])
@pytest.mark.parametrize("inputs", [1, 8])
def test_ranges_are_right_or_refused(bits, frames, inputs):
    """Near 2^62 the proof gives the true range in unbounded integers, or an error: it never wraps."""
    weight = [[1] * inputs]
    program = dense_program(
        weight, 0, IntIF(theta=1, v_init=0), Format(False, bits), frames, once=False
    )
    true = (2**bits - 1) * inputs * frames
    if true < 2**62:
        assert prove(program)["hidden"].membrane == (0, max(true, 1))
    else:
        message = "hidden: the sum could leave int64: expected below 2\\^62"
        with pytest.raises(InputError, match=message):
            prove(program)
        with pytest.raises(InputError, match=message):
            run_program(program, np.zeros((1, inputs), np.int64))


@pytest.mark.parametrize("pool", [SumPool((3, 3), (3, 3)), GlobalSumPool()])
@pytest.mark.parametrize("bits", [57, 58, 59, 60, 61])
def test_pools_do_not_wrap(pool, bits):
    """9 * (2^61 - 1) wraps to a number below 2^62: only an unbounded sum sees it."""
    flat = () if isinstance(pool, GlobalSumPool) else (Flatten(),)
    layers = (
        Layer("hidden", (Tap("input", (pool, *flat, Dense(np.ones((1, 1), np.int64)))),), ZERO,
              IntIF(theta=1, v_init=0), True),
        Layer("out", (Tap("hidden", (Dense(np.ones((1, 1), np.int64)),)),), ZERO, None, True),
    )  # fmt: skip
    program = Program(Format(False, bits), (1, 3, 3), 1, layers)
    true = 9 * (2**bits - 1)
    if true < 2**62:
        assert prove(program)["hidden"].membrane == (0, true)
    else:
        with pytest.raises(InputError):
            prove(program)


def test_overflow_by_several_taps():
    """Each tap fits, their sum does not."""
    tap = Tap("input", (Dense(np.array([[1]])),))
    layers = (
        Layer("hidden", (tap,) * 4, ZERO, IntIF(theta=1, v_init=0), True),
        Layer("out", (Tap("hidden", (Dense(np.array([[1]])),)),), ZERO, None, True),
    )
    with pytest.raises(InputError):
        prove(Program(Format(False, 61), (1,), 1, layers))
    assert prove(Program(Format(False, 59), (1,), 1, layers))["hidden"].membrane[1] == 4 * (
        2**59 - 1
    )


def test_widths_in_bits():
    program = dense_program([[3]], 0, IntPascal(theta=4, v_init=2, t_out=4), Format(False, 2), 4)
    widths = prove(program)["hidden"]
    assert widths.accumulator == (0, 9)
    assert widths.membrane == (0, 38)
    assert widths.counter == (-3, 7)
    assert widths.bits == {"accumulator": 5, "membrane": 7, "counter": 4}


@pytest.mark.parametrize("theta", [1, 4, 5])
@pytest.mark.parametrize("t_in", [1, 3])
def test_counter_bound_is_attained_from_above_and_below(theta, t_in):
    """T_in spikes and then max(T_in, T_out) - 1 more; as many retractions as relaxation steps."""
    fmt, t_out = Format(True, 8), 3
    program = dense_program(
        [[1]], 0, IntPascal(theta=theta, v_init=theta // 2, t_out=t_out), fmt, t_in
    )
    counts = []
    for x in (fmt.low, fmt.high):
        done = run_program(program, np.array([[x]]), trace=["hidden"])
        counts.append(done.layers["hidden"].trace.count)
    assert (counts[0].min(), counts[1].max()) == prove(program)["hidden"].counter
