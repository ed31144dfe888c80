"""The steps of the proofs are the steps of the integer models, and mean the same to the solver."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from fixedpoint.arith import round_shift
from fixedpoint.models import IntIF, IntPascal
from fixedpoint.models_accumulate import IntAccumulate
from fixedpoint.models_bit_serial import IntBitSerial
from fixedpoint.models_burst import IntBurst
from fixedpoint.models_dual import IntDual
from fixedpoint.modes import ROUNDINGS
from fixedpoint.proofs import rounding, steps
from fixedpoint.schedule import EMIT, INTEGRATE, RELAX, STEP, Phase, State

BITS = 3


def pair(kind, theta, parameter):
    """Model, phase, and the step of the proofs as a function of v, n and the current."""
    cap = max(1, parameter)
    return {
        "if": (IntIF(theta=theta, v_init=0), Phase(STEP, 1),
               lambda v, n, i: steps.if_step(v, n, i, theta)),
        "if-strict": (IntIF(theta=theta, v_init=0, compare="gt"), Phase(STEP, 1),
                      lambda v, n, i: steps.if_step(v, n, i, theta, strict=True)),
        "if-zero": (IntIF(theta=theta, v_init=0, reset="zero"), Phase(STEP, 1),
                    lambda v, n, i: steps.if_step(v, n, i, theta, zero=True)),
        "integrate": (IntPascal(theta=theta, v_init=0, t_out=2), Phase(INTEGRATE, 1),
                      lambda v, n, i: steps.if_step(v, n, i, theta)),
        "relax": (IntPascal(theta=theta, v_init=0, t_out=2), Phase(RELAX, 1),
                  lambda v, n, i: steps.relax_step(v, n, theta)),
        "drain": (IntAccumulate(theta=theta, v_init=0, t_out=2), Phase(EMIT, 1),
                  lambda v, n, i: steps.drain_step(v, n, theta)),
        "bit": (IntBitSerial(theta=theta, v_init=0, t_out=BITS), Phase(EMIT, 1 + parameter % BITS),
                lambda v, n, i: steps.bit_step(v, n, theta, 1 << (BITS - 1 - parameter % BITS))),
        "dual": (IntDual(theta=theta, v_init=0, cap=cap), Phase(STEP, 1),
                 lambda v, n, i: steps.dual_step(v, n, i, theta, cap)),
        "dual-strict": (IntDual(theta=theta, v_init=0, cap=cap, strict_positive=True),
                        Phase(STEP, 1),
                        lambda v, n, i: steps.dual_step(v, n, i, theta, cap, strict=True)),
        "dual-free": (IntDual(theta=theta, v_init=0, cap=cap, memory=False), Phase(STEP, 1),
                      lambda v, n, i: steps.dual_step(v, n, i, theta, cap, memory=False)),
        "burst": (IntBurst(theta=theta, v_init=0, phi=parameter, shift=theta // 2), Phase(STEP, 1),
                  lambda v, n, i: steps.burst_step(v, n, i, theta, parameter, theta // 2)),
    }[kind]  # fmt: skip


KINDS = (
    "if", "if-strict", "if-zero", "integrate", "relax", "drain", "bit", "dual", "dual-strict",
    "dual-free", "burst",
)  # fmt: skip


def compare(kind, theta, parameter, v, n, current):
    """Spike, membrane and count of the model and of the proofs; u where it is the membrane."""
    model, phase, step = pair(kind, theta, parameter)
    if kind in ("relax", "drain", "bit"):
        current = np.zeros_like(current)
    made, after = model.step(State(v, n), current, phase), step(v, n, current)
    got = [np.broadcast_to(part, v.shape) for part in after]
    for one, other in zip((made.u, made.spike, made.state.v, made.state.n), got, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_on_every_state_of_a_grid(kind):
    for theta, parameter in product((1, 2, 3, 5), (0, 1, 2, 3)):
        grid = np.meshgrid(np.arange(-25, 26), np.arange(-2, 6), np.arange(-7, 8))
        compare(kind, theta, parameter, *(axis.astype(np.int64) for axis in grid))


@pytest.mark.parametrize("kind", KINDS)
@given(
    numbers=st.lists(st.integers(-(2**40), 2**40), min_size=3, max_size=3),
    theta=st.integers(1, 2**40),
    parameter=st.integers(0, 7),
)
def test_on_random_states(kind, numbers, theta, parameter):
    compare(kind, theta, parameter, *(np.array([number], np.int64) for number in numbers))


@pytest.mark.parametrize("kind", KINDS)
def test_solver_terms_are_the_same_function(kind):
    """Symbolic v, n and current, then numbers in their place, against the step on the numbers."""
    z3 = pytest.importorskip("z3")
    names = z3.Ints("v n i")
    for theta, parameter in product((1, 3), (0, 1, 2)):
        step = pair(kind, theta, parameter)[2]
        after = step(*names)
        for state in product((-7, -1, 0, 1, 2, 3, 9, 30), (-1, 0, 1, 3), (-4, 0, 3)):
            put = list(zip(names, map(z3.IntVal, state), strict=True))
            terms = [z3.IntVal(part) if isinstance(part, int) else part for part in after]
            got = [z3.simplify(z3.substitute(term, *put)).as_long() for term in terms]
            assert got == [int(part) for part in step(*state)]


@pytest.mark.parametrize("mode", ROUNDINGS)
def test_rounding_circuit_is_the_library_s(mode):
    codes = np.arange(-(1 << (rounding.IN - 1)), 1 << (rounding.IN - 1))
    for drop in range(rounding.DROPS + 1):
        assert_array_equal(rounding.circuit(codes, drop, mode), round_shift(codes, drop, mode))


def test_definitions_of_the_modes_tell_them_apart():
    """No mode's circuit meets another mode's definition."""
    z3 = pytest.importorskip("z3")
    a = z3.SignExt(rounding.WIDE - rounding.IN, z3.BitVec("a", rounding.IN))
    for circuit, definition in product(ROUNDINGS, repeat=2):
        solver = z3.Solver()
        solver.add(z3.Not(rounding.defined(a, rounding.circuit(a, 2, circuit), 2, definition)))
        assert (solver.check() == z3.unsat) == (circuit == definition), (circuit, definition)
