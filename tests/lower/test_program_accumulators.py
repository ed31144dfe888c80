"""Layers with an accumulator of their own: in programs, held to unbounded integers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import SEEDS, Shape
from numpy.testing import assert_array_equal
from small_programs import dense_program, every_input, lowered

from fixedpoint import Format, InputError, IntIF, oracle
from fixedpoint.accumulate import Accumulate
from fixedpoint.program import Layer, Program, Tap
from fixedpoint.register import Register
from fixedpoint.run import run_program
from fixedpoint.synapses import Conv, Dense, Scale
from fixedpoint.widths import prove

FMT = Format(True, 3)


def with_accumulator(program, spec):
    first, *rest = program.layers
    return replace(program, layers=(replace(first, accumulate=spec), *rest))


def currents(program, x):
    run = run_program(program, x, trace=[program.layers[0].name])
    return run.layers[program.layers[0].name]


@given(
    weight=st.lists(st.integers(-7, 7), min_size=6, max_size=6),
    bias=st.lists(st.integers(-9, 9), min_size=2, max_size=2),
    width=st.integers(4, 7),
    mode=st.sampled_from(("saturate", "saturate_sym", "wrap")),
    when=st.sampled_from(("each_add", "each_step")),
    bias_first=st.booleans(),
)
def test_inputs_of_a_dense_layer(weight, bias, width, mode, when, bias_first):
    """The bias in every frame; two frames; every fifth of all inputs of three bits."""
    weight = np.reshape(weight, (2, 3))
    neuron = IntIF(theta=3, v_init=1)
    program = dense_program(weight, bias, neuron, FMT, frames=2, once=False)
    spec = Accumulate(Register(width, mode), when, bias_first)
    x = every_input(FMT, 3)[::5]
    got = currents(with_accumulator(program, spec), x)
    target = Format(True, width)
    expected = [
        [
            oracle.accumulate(row, frame, b, target, mode, when, bias_first=bias_first)
            for row, b in zip(weight.tolist(), bias, strict=True)
        ]
        for frame in x.tolist()
    ]
    assert_array_equal(got.currents, [expected, expected])
    exact = x @ weight.T + np.array(bias)
    assert got.overflows == 2 * int((np.array(expected) != exact).sum())


def test_the_address_order_of_a_convolution():
    """Input channel, kernel row, kernel column: the last axis fastest."""
    weight = np.zeros((1, 2, 2, 2), np.int64)
    weight[0, 0, 0, 0], weight[0, 0, 1, 1], weight[0, 1, 0, 1] = 1, 1, -1
    x = np.array([[[[7, 0], [0, 7]], [[0, 7], [0, 0]]]])  # products 7, 7, -7 in address order
    layer = Layer("conv", (Tap("input", (Conv(weight),)),), np.zeros((), np.int64),
                  IntIF(theta=50, v_init=0), True)  # fmt: skip
    readout = Layer("out", (Tap("conv", (Scale(np.ones((), np.int64)),)),),
                    np.zeros((), np.int64), None, True)  # fmt: skip
    program = Program(Format(True, 4), (2, 2, 2), 1, (layer, readout))
    spec = Accumulate(Register(4))
    assert currents(with_accumulator(program, spec), x).currents.item() == 0  # 7, 7, then 0
    assert currents(program, x).currents.item() == 7
    swapped = weight[:, ::-1].copy()  # the minus comes first
    flipped = replace(layer, taps=(Tap("input", (Conv(swapped),)),))
    other = replace(program, layers=(flipped, readout))
    assert currents(with_accumulator(other, spec), x[:, ::-1]).currents.item() == 7


def test_a_shortcut_is_added_after_the_weights():
    weight = np.array([[3, 3], [0, 0]])
    main, short = Tap("input", (Dense(weight),)), Tap("input", (Dense(np.diag([-1, 0])),))
    neuron = IntIF(theta=9, v_init=0)
    layer = Layer("a", (main, short), np.zeros((), np.int64), neuron, True)
    readout = Layer(
        "out", (Tap("a", (Dense(np.array([[1, 1]])),)),), np.zeros((), np.int64), None, True
    )
    program = Program(FMT, (2,), 1, (layer, readout))
    spec = Accumulate(Register(5))
    with pytest.raises(InputError, match="a: the order of two weighted sources is not stated"):
        currents(with_accumulator(program, spec), np.array([[3, 3]]))
    free = Accumulate(Register(5), "each_step")
    assert currents(with_accumulator(program, free), np.array([[3, 3]])).currents[0, 0, 0] == 15
    scaled = replace(layer, taps=(main, Tap("input", (Scale(np.array([-2, 0])),))))
    one = Program(FMT, (2,), 1, (scaled, readout))
    x = np.array([[3, 3]])  # 9, 18 -> 15, then -6: 9; the exact sum is 12
    assert currents(with_accumulator(one, spec), x).currents[0, 0, 0] == 9


@given(seed=SEEDS, rate=st.booleans())
def test_a_width_that_is_proven_changes_nothing(seed, rate):
    program = lowered(Shape((4,)), seed, rate).program
    widths, x = prove(program), np.zeros((2, *program.input_shape), np.int64) + 3
    free = run_program(program, x)
    for when in ("each_add", "each_step", "never"):
        layers = [
            replace(layer, accumulate=Accumulate(Register(bits), "each_step"
                    if len(layer.taps) > 1 and when == "each_add" else when))
            for layer, bits in zip(
                program.layers, (w.bits["accumulator"] for w in widths.values()), strict=True
            )
        ]  # fmt: skip
        bound = run_program(replace(program, layers=tuple(layers)), x)
        assert_array_equal(free.logits, bound.logits)
        assert all(layer.overflows == 0 for layer in bound.layers.values())


def test_a_width_that_is_not_proven_is_refused_before_the_first_image():
    program = dense_program([[3, 3]], [0], IntIF(theta=9, v_init=0), FMT)
    narrow = with_accumulator(program, Accumulate(Register(4), "never"))
    message = r"hidden: a sum could leave the accumulator: .*-24\.\.18; use 6 bits"
    with pytest.raises(InputError, match=message):
        run_program(narrow, np.zeros((1, 2), np.int64))
    strict = with_accumulator(program, Accumulate(Register(4, "error")))
    with pytest.raises(InputError, match="a sum could leave the accumulator"):
        prove(strict)
    assert prove(with_accumulator(program, Accumulate(Register(4))))["hidden"].accumulator == (
        -8,
        7,
    )


@given(seed=st.integers(0, 5), width=st.integers(3, 6), mode=st.sampled_from(("saturate", "wrap")))
def test_the_membrane_stays_in_its_proven_range(seed, width, mode):
    """`run_program` raises where it does not: all inputs, three frames, accumulators that overflow."""
    rng = np.random.default_rng(seed)
    program = dense_program(rng.integers(-7, 8, (3, 3)), rng.integers(-9, 9, 3),
                            IntIF(theta=4, v_init=2), FMT, frames=3, once=False)  # fmt: skip
    for when in ("each_add", "each_step"):
        spec = Accumulate(Register(width, mode), when)
        run_program(with_accumulator(program, spec), every_input(FMT, 3))
