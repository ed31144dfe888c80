"""Without a memory an inhibitory spike lifts a membrane that has sent nothing: the proof knows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fixedpoint.formats import Format
from fixedpoint.models_burst import IntBurst
from fixedpoint.models_dual import IntDual
from fixedpoint.program import Layer, Program, Tap
from fixedpoint.run import run_program
from fixedpoint.synapses import Dense
from fixedpoint.widths import prove


def chain(memory, weight):
    """A source that fires as it is told, a signed neuron behind it, a readout."""
    first = IntDual(theta=1, v_init=0, negative=None)
    signed = IntDual(theta=8, v_init=4, negative=0, memory=memory)
    zero, one = np.zeros((), np.int64), np.ones((1, 1), np.int64)
    layers = (
        Layer("source", (Tap("input", (Dense(one),)),), zero, first, False),
        Layer("signed", (Tap("source", (Dense(weight),)),), np.array([-3]), signed, False),
        Layer("out", (Tap("signed", (Dense(one),)),), zero, None, False),
    )
    return Program(Format(True, 4), (1,), 3, layers)


@given(memory=st.booleans(), weight=st.integers(-12, 12), x=st.integers(-8, 7))
def test_the_membrane_stays_in_its_proven_range(memory, weight, x):
    program = chain(memory, np.array([[weight]]))
    low, high = prove(program)["signed"].membrane
    seen = run_program(program, np.array([[x]])).layers["signed"].observed  # raises if it leaves
    assert low <= seen[0] <= seen[1] <= high


def test_a_lifted_membrane_needs_more_room():
    weight = np.array([[12]])
    gated, free = (prove(chain(memory, weight))["signed"].membrane[1] for memory in (True, False))
    assert free == 8 + 36
    assert gated == 4 + 36


def test_a_charge_per_step_is_part_of_the_range():
    """theta = 8, shift 4, one frame of input 7: the membrane holds 11, not 7."""
    zero, one = np.zeros((), np.int64), np.ones((1, 1), np.int64)
    layers = (
        Layer(
            "burst",
            (Tap("input", (Dense(one),)),),
            zero,
            IntBurst(theta=8, v_init=0, phi=1, shift=4),
            False,
        ),
        Layer("out", (Tap("burst", (Dense(one),)),), zero, None, False),
    )
    program = Program(Format(False, 3), (1,), 1, layers)
    assert prove(program)["burst"].membrane == (0, 11)
    assert run_program(program, np.array([[7]])).layers["burst"].observed == (0, 11)
