"""Running integer programs: by hand, in blocks, and what does not fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import SEEDS
from lower.small_programs import LOWERABLE, ZERO, dense_program, every_input, lowered
from numpy.testing import assert_array_equal

from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.models import IntIF, IntPascal
from fixedpoint.program import Layer, Program, Tap, start
from fixedpoint.run import layer_currents, run_program
from fixedpoint.synapses import Conv, Dense, Flatten, GlobalSumPool, Pad, Scale, Slice, SumPool
from fixedpoint.widths import prove


@given(seed=SEEDS, batch=st.integers(1, 5), shape=LOWERABLE, rate=st.booleans())
def test_batch_size_does_not_matter(seed, batch, shape, rate):
    low = lowered(shape, seed, rate)
    fmt = low.program.input_format
    x = np.random.default_rng(seed).integers(fmt.low, fmt.high + 1, (5, 2, 4, 4))
    one, two = (
        run_program(low.program, x, trace=["act0"]),
        run_program(low.program, x, trace=["act0"], batch=batch),
    )
    assert_array_equal(one.logits, two.logits)
    for name in one.layers:
        assert_array_equal(one.layers[name].spikes, two.layers[name].spikes)
        assert_array_equal(one.layers[name].counts, two.layers[name].counts)
        assert one.layers[name].observed == two.layers[name].observed
    assert_array_equal(one.layers["act0"].currents, two.layers["act0"].currents)
    for a, b in zip(
        vars(one.layers["act0"].trace).values(),
        vars(two.layers["act0"].trace).values(),
        strict=True,
    ):
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
        layers = (
            Layer("out", (Tap("input", (Dense(np.array([[1]])),)),), np.array([5]), None, once),
        )
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
    with pytest.raises(
        InputError, match=r"Dense: frame does not fit: expected \(N, 2\), got \(1, 3\)"
    ):
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
    weighted = hasattr(synapse, "weight")
    magnitude = replace(synapse, weight=np.abs(synapse.weight)) if weighted else synapse
    assert_array_equal(magnitude(x), plus(x) + minus(x))
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
