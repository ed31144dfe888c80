"""Formats of the edges of a program hold all that a run puts on them, and are the narrowest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.dyadic_networks import SEEDS
from lower.small_programs import LOWERABLE, ZERO, dense_program, lowered

from fixedpoint.edges import edges
from fixedpoint.formats import Format
from fixedpoint.models import IntIF, IntPascal
from fixedpoint.models_burst import IntBurst
from fixedpoint.models_dual import IntDual
from fixedpoint.run import run_program

BYTE = Format(False, 4)


@settings(max_examples=20)
@given(shape=LOWERABLE, seed=SEEDS, rate=st.booleans())
def test_a_run_stays_inside_them(shape, seed, rate):
    net = lowered(shape, seed, rate)
    x = np.random.default_rng(seed).integers(-8, 17, (3, 2, 4, 4)) / 8
    names = [layer.name for layer in net.program.layers[:-1]]
    run = run_program(net.program, net.codes(x), trace=names)
    formats = edges(net.program)
    for layer in net.program.layers[:-1]:
        trace, own = run.layers[layer.name].trace, formats[layer.name]
        own.sent.require(run.layers[layer.name].spikes, layer.name)
        for values in (trace.u, trace.v):
            own.membrane.require(values, layer.name)
        for tap, fmt in zip(layer.taps, own.weights, strict=True):
            weight = next(s.weight for s in tap.path if hasattr(s, "weight"))
            fmt.require(weight, layer.name)
            assert fmt.width == 1 or not Format(True, fmt.width - 1).contains(weight)


@pytest.mark.parametrize(
    ("neuron", "sent"),
    [
        (IntIF(theta=4, v_init=2), "u1.0"),
        (IntPascal(theta=4, v_init=2, t_out=3), "u1.0"),
        (IntBurst(theta=4, v_init=2, phi=7), "u3.0"),
        (IntDual(theta=4, v_init=2), "s2.0"),
    ],
)
def test_by_hand(neuron, sent):
    """Weights -3..2 want three bits, a bias of -5 four; 4-bit codes in; 2 * 15 - 5 and -3 * 15."""
    program = dense_program([[-3, 2]], [-5], neuron, BYTE, once=False)
    hidden, out = edges(program)["hidden"], edges(program)["out"]
    assert hidden.received == (BYTE,)
    assert [str(w) for w in hidden.weights] == ["s3.0"]
    assert str(hidden.bias) == "s4.0"
    assert str(hidden.current) == "s7.0", "-50..30"
    assert str(hidden.sent) == sent
    assert str(out.received[0]) == sent
    assert out.sent is None
    assert edges(dense_program([[-3, 2]], ZERO, neuron, BYTE))["hidden"].bias is None
