"""Integer programs: widths are proven, hold for the worst inputs, and are no wider than needed."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import RATE_POOLS, SEEDS, graph_of, shapes
from numpy.testing import assert_array_equal

from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.models import IntIF, IntPascal
from fixedpoint.program import Layer, Program, Tap, start
from fixedpoint.run import layer_currents, run_program
from fixedpoint.synapses import Conv, Dense, Flatten, GlobalSumPool, Pad, Scale, Slice, SumPool
from fixedpoint.widths import prove
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.lower import lower

ZERO = np.zeros((), np.int64)


def dense_program(weight, bias, neuron, fmt, frames=1, once=True, readout=None):
    """Input, one layer of neurons, a readout that adds up its spikes."""
    weight = np.asarray(weight, np.int64)
    readout = np.ones((1, len(weight)), np.int64) if readout is None else readout
    layers = (
        Layer("hidden", (Tap("input", (Dense(weight),)),), np.asarray(bias, np.int64), neuron, once),
        Layer("out", (Tap("hidden", (Dense(readout),)),), ZERO, None, once),
    )
    return Program(fmt, (weight.shape[1],), frames, layers)


def every_input(fmt, size):
    return np.array(list(product(range(fmt.low, fmt.high + 1), repeat=size)), np.int64)


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
    assert (low, high) == (min(seen), max(seen))


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("weight", [[[1, 2]], [[-1, -2]], [[2, -1]]])
def test_the_membrane_bound_is_attained(frames, weight):
    """With a threshold out of reach the membrane is the sum: all-max and all-min inputs reach it."""
    fmt = Format(True, 3)
    program = dense_program(weight, 1, IntIF(theta=10**6, v_init=3), fmt, frames)
    observed = run_program(program, every_input(fmt, 2)).layers["hidden"].observed
    low, high = prove(program)["hidden"].membrane
    assert observed[0] == low + min(4, 0) + 4  # the proof takes the start, 4, as 0 from below
    assert (observed[1], high) == (4 + frames * peak_of(weight, fmt), 10**6)
    reachable = replace(program, layers=(reset_at(program.layers[0], 5), program.layers[1]))
    assert prove(reachable)["hidden"].membrane == (low, 4 + frames * peak_of(weight, fmt))


def peak_of(weight, fmt):
    return max(sum(max(w * fmt.low, w * fmt.high) for w in row) for row in weight)


def reset_at(layer, theta):
    return replace(layer, neuron=IntIF(theta=theta, v_init=3))


def lowered(shape, seed, rate):
    graph, rng = graph_of(shape, seed), np.random.default_rng(seed)
    graph = graph.with_params({k: v * rng.uniform(0.6, 1.4) for k, v in graph.params.items()})
    method = QCFSConversion(steps=3) if rate else PascalConversion()
    return lower(method.build(graph), rng.integers(-8, 17, (2, 2, 4, 4)) / 8)


LOWERABLE = shapes(RATE_POOLS, concat=False, per_channel=False)


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
    assert widths["fc"].membrane[0] <= done.logits.min() <= done.logits.max() <= widths["fc"].membrane[1]


def test_a_membrane_outside_its_proof_is_an_error(monkeypatch):
    """The check in the run is real: a proof that is one too narrow is found out."""
    import fixedpoint.run as module

    program = dense_program([[1, 2]], 1, IntIF(theta=5, v_init=3), Format(True, 3))
    x = every_input(program.input_format, 2)
    lowest, highest = run_program(program, x).layers["hidden"].observed
    for shift in ((1, 0), (0, -1)):
        narrow = {
            name: replace(w, membrane=(lowest + shift[0], highest + shift[1])) if name == "hidden" else w
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
    program = dense_program(weight, 0, IntIF(theta=1, v_init=0), Format(False, bits), frames, once=False)
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
    assert prove(Program(Format(False, 59), (1,), 1, layers))["hidden"].membrane[1] == 4 * (2**59 - 1)


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
    program = dense_program([[1]], 0, IntPascal(theta=theta, v_init=theta // 2, t_out=t_out), fmt, t_in)
    counts = []
    for x in (fmt.low, fmt.high):
        done = run_program(program, np.array([[x]]), trace=["hidden"])
        counts.append(done.layers["hidden"].trace.count)
    assert (counts[0].min(), counts[1].max()) == prove(program)["hidden"].counter


# running


@given(seed=SEEDS, batch=st.integers(1, 5), shape=LOWERABLE, rate=st.booleans())
def test_batch_size_does_not_matter(seed, batch, shape, rate):
    low = lowered(shape, seed, rate)
    fmt = low.program.input_format
    x = np.random.default_rng(seed).integers(fmt.low, fmt.high + 1, (5, 2, 4, 4))
    one, two = run_program(low.program, x, trace=["act0"]), run_program(low.program, x, trace=["act0"], batch=batch)
    assert_array_equal(one.logits, two.logits)
    for name in one.layers:
        assert_array_equal(one.layers[name].spikes, two.layers[name].spikes)
        assert_array_equal(one.layers[name].counts, two.layers[name].counts)
        assert one.layers[name].observed == two.layers[name].observed
    assert_array_equal(one.layers["act0"].currents, two.layers["act0"].currents)
    for a, b in zip(vars(one.layers["act0"].trace).values(), vars(two.layers["act0"].trace).values(), strict=True):
        assert_array_equal(a, b)


def test_a_program_against_loops():
    """A readout of spikes with weights, a bias once, two frames; by hand in Python."""
    weight, bias = [[2, -1], [1, 3]], [1, -2]
    neuron = IntPascal(theta=4, v_init=2, t_out=3)
    program = dense_program(weight, bias, neuron, Format(True, 4), 1, readout=np.array([[5, -7]]))
    x = every_input(Format(True, 4), 2)
    logits = []
    for row in x.tolist():
        counts = []
        for w, b in zip(weight, bias, strict=True):
            charge = 2 + b + sum(a * c for a, c in zip(w, row, strict=True))
            counts.append(min(max(charge // 4, 0), 3))
        logits.append([5 * counts[0] - 7 * counts[1]])
    assert run_program(program, x).logits.tolist() == logits


def test_bias_enters_once_or_in_every_frame():
    for once, total in ((True, 2 * 3 + 5), (False, 2 * 3 + 2 * 5)):
        layers = (Layer("out", (Tap("input", (Dense(np.array([[1]])),)),), np.array([5]), None, once),)
        program = Program(Format(False, 4), (1,), 2, layers)
        assert run_program(program, np.array([[3]])).logits.tolist() == [[total]]
        assert prove(program)["out"].membrane[1] >= total


def test_taps_of_unequal_length_meet_in_frame_one():
    neuron = IntPascal(theta=1, v_init=0, t_out=3)
    identity = (Scale(np.asarray(1)),)
    layers = (
        Layer("a", (Tap("input", (Dense(np.array([[1]])),)),), ZERO, neuron, True),
        Layer("b", (Tap("a", identity), Tap("input", identity)), ZERO, neuron, True),
        Layer("out", (Tap("b", identity),), ZERO, None, True),
    )
    program = Program(Format(False, 4), (1,), 1, layers)
    trains = {"input": np.array([[[2]]]), "a": np.array([[[1]], [[1]], [[0]]])}
    assert layer_currents(layers[1], trains).ravel().tolist() == [3, 1, 0]
    assert run_program(program, np.array([[2]])).logits.tolist() == [[3]]


def good():
    return dense_program([[1, 2]], 0, IntIF(theta=4, v_init=2), Format(False, 4))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((1, 3), int), r"input: shape does not fit: expected \('N', 2\), got \(1, 3\)"),
        (np.zeros((1, 2)), "input: codes must be integers"),
        (np.array([[0, 16]]), r"input: value outside u4.0: expected 0\.\.15, got 16"),
        (np.array([[0, -1]]), "input: value outside u4.0"),
        (np.zeros((0, 2), int), "input: no samples"),
    ],
)
def test_inputs_that_do_not_fit(x, message):
    with pytest.raises(InputError, match=message):
        run_program(good(), x)


def test_programs_that_do_not_fit_together():
    program = good()
    hidden, out = program.layers
    for layers, message in (
        ((replace(hidden, taps=(Tap("nowhere", ()),)), out), "hidden: unknown source: got nowhere"),
        ((out, hidden), "out: unknown source"),
        ((hidden, hidden, out), "hidden: name is used twice"),
        ((hidden,), "the last layer, and no other, is the readout"),
        ((replace(hidden, neuron=None), out), "the last layer, and no other"),
    ):
        with pytest.raises(InputError, match=message):
            replace(program, layers=layers)
    with pytest.raises(InputError, match="hidden: no source"):
        replace(hidden, taps=())
    with pytest.raises(InputError, match="hidden.bias: codes must be integers"):
        replace(hidden, bias=np.array([0.5]))


def test_frames_do_not_fit_a_synapse():
    with pytest.raises(InputError, match=r"Dense: frame does not fit: expected \(N, 2\), got \(1, 3\)"):
        Dense(np.ones((1, 2), int))(np.ones((1, 3), int))
    with pytest.raises(InputError, match="Conv: frame does not fit"):
        Conv(np.ones((1, 2, 1, 1), int))(np.ones((1, 3, 2, 2), int))


SYNAPSES = {
    "dense": (Dense(np.array([[1, -2, 3], [0, 4, -5]])), (3,)),
    "conv": (Conv(np.arange(-9, 27).reshape(2, 2, 3, 3) % 7 - 3, (2, 1), (1, 1)), (2, 4, 4)),
    "groups": (Conv(np.arange(-8, 8).reshape(4, 1, 2, 2), groups=2, dilation=(2, 2)), (2, 4, 4)),
    "scale": (Scale(np.asarray(-3)), (2, 2, 2)),
    "scale per channel": (Scale(np.array([2, -3]).reshape(2, 1, 1)), (2, 2, 2)),
    "sum pool": (SumPool((2, 2), (1, 2), (1, 0)), (2, 4, 4)),
    "global": (GlobalSumPool(), (2, 3, 3)),
    "pad": (Pad(((0, 0), (1, 0), (0, 2))), (1, 2, 2)),
    "slice": (Slice(((None, None, 1), (1, None, 2), (None, 2, 1))), (2, 4, 4)),
    "flatten": (Flatten(), (2, 2, 2)),
}


@pytest.mark.parametrize("name", sorted(SYNAPSES))
@given(seed=SEEDS)
def test_synapses_are_linear_and_split(name, seed):
    """f(x + y) = f(x) + f(y); f = plus - minus; |f| = plus + minus, with non-negative weights."""
    synapse, shape = SYNAPSES[name]
    rng = np.random.default_rng(seed)
    x, y = (rng.integers(-9, 10, (2, *shape)) for _ in range(2))
    plus, minus = synapse.split()
    assert_array_equal(synapse(x + y), synapse(x) + synapse(y))
    assert_array_equal(synapse(x), plus(x) - minus(x))
    assert_array_equal(synapse.magnitude()(x), plus(x) + minus(x))
    assert (plus(np.abs(x)) >= 0).all()
    assert (minus(np.abs(x)) >= 0).all()


@pytest.mark.parametrize("name", sorted(SYNAPSES))
def test_synapses_only_read(name):
    synapse, shape = SYNAPSES[name]
    x = np.ones((1, *shape), np.int64)
    x.flags.writeable = False
    synapse(x)


def test_start_includes_a_bias_that_enters_once():
    layer = good().layers[0]
    assert start(layer) == 2
    assert start(replace(layer, bias=np.array([5]))).tolist() == [7]
    assert start(replace(layer, bias=np.array([5]), bias_once=False)) == 2
