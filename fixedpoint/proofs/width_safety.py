"""Registers that are wide enough: no step leaves them; one bit fewer, and some run does."""

from __future__ import annotations

import numpy as np

from fixedpoint.models import IntIF, IntPascal
from fixedpoint.models_dual import IntDual
from fixedpoint.neurons import run_neuron
from fixedpoint.proofs.base import Claim, Replay, Witness
from fixedpoint.proofs.solve import Query, Term, by_z3, planted, z3
from fixedpoint.proofs.steps import dual_step, if_step, relax_step
from fixedpoint.proofs.terms import choose, near
from fixedpoint.proofs.variants import train
from fixedpoint.register import Register

INPUT, FRAMES, THETA, START = 8, 12, 64, 32
"""Input bits, frames, threshold and start of the runs written out."""


def width(frames: int = FRAMES, input_bits: int = INPUT, start: int = START) -> int:
    """Signed bits ``ceil(log2(M + 1)) + 1`` for ``M = |v_init| + T 2^(w - 1)``."""
    return int(abs(start) + frames * (1 << (input_bits - 1))).bit_length() + 1


def integrate_and_fire(fewer: int = 0) -> list[Query]:
    """Invariant ``|v| <= a`` for a = |v_init| and the largest inputs so far; then 12 frames."""
    v, n, i, a, largest, half, theta, b = z3().Ints("v n i a largest half theta b")
    after = if_step(v, n, i, theta)
    given = [theta >= 1, b >= 1, *_input(i, b), *_within(v, a), a + b <= largest]
    given.append(largest < half * 2**fewer)
    held = z3().And(*_inside(after.u, half), *_inside(after.v, half), *_within(after.v, a + b))
    return [Query("step", given, held), _frames(width() - fewer)]


def _input(i: Term, b: Term) -> list[Term]:
    return [i >= -b, i < b]


def _within(v: Term, a: Term) -> list[Term]:
    return [v >= -a, v <= a]


def _inside(v: Term, half: Term) -> list[Term]:
    return [v >= -half, v < half]


def _frames(bits: int) -> Query:
    """The first frame that leaves the register, 0 for none."""
    currents = z3().Ints(" ".join(f"i{t}" for t in range(1, FRAMES + 1)))
    given = [part for i in currents for part in _input(i, 1 << (INPUT - 1))]
    v, sums = START, []
    for current in currents:
        after = if_step(v, 0, current, THETA)
        sums.append(after.u)
        v = after.v
    return _first_overflow(given, currents, sums, bits)


def _first_overflow(given: list[Term], currents: list[Term], sums: list[Term], bits: int) -> Query:
    first: Term = z3().IntVal(0)
    for t, u in reversed(list(enumerate(sums, 1))):
        first = choose(z3().And(*_inside(u, 1 << (bits - 1))), first, t)
    shown = {"frame": first, "bits": bits} | {str(current): current for current in currents}
    return Query(f"{bits} bits", given, first == 0, shown, run=True)


def dual(bits: int = width(2), memory: bool = True) -> list[Query]:
    """The same bound: with its memory a count of 0 or more keeps v below all charge."""
    v, n, i, a, largest, half, theta, b, x, cap = z3().Ints("v n i a largest half theta b x cap")
    after = dual_step(v, n, i, theta, cap, memory)
    charged = [x == v + theta * n, *_within(x, a), v >= -a, cap >= 1]
    given = [theta >= 1, b >= 1, *_input(i, b), *charged, a + b <= largest, largest < half]
    counted = [n >= 0] if memory else []  # a theorem, of the neuron with its memory
    held = z3().And(*_inside(after.u, half), *_inside(after.v, half), *_within(after.v, a + b))
    return [Query("step", given + counted, held), _dual_frames(bits, memory)]


def _dual_frames(bits: int, memory: bool) -> Query:
    currents = z3().Ints("i1 i2")
    given = [part for i in currents for part in _input(i, 1 << (INPUT - 1))]
    first = dual_step(START, 0, currents[0], DUAL_THETA, 2, memory)
    last = dual_step(first.v, first.n, currents[1], DUAL_THETA, 2, memory)
    return _first_overflow(given, currents, [first.u, last.u], bits)


DUAL_THETA = 500
"""So large that a spike given back without need leads out of the register."""


def counter(lower: int = 0) -> list[Query]:
    """Range of the counter of the spike-accumulation neuron; ``lower`` takes the top down."""
    v, c, c0, k, t, theta, longest = z3().Ints("v c c0 k t theta longest")
    after = relax_step(v, c, theta)
    given = [theta >= 1, k >= 0, c - c0 <= k, c0 - c <= k]
    step = z3().And(after.n - c0 <= k + 1, c0 - after.n <= k + 1)
    ends = [longest >= t, t >= 1, c0 >= 0, c0 <= t, c - c0 <= longest - 1, c0 - c <= longest - 1]
    held = z3().And(c >= -(longest - 1), c <= t + longest - 1 - lower)
    return [Query("relaxing step", given, step), Query("range", ends, held), _counted(lower)]


def _counted(lower: int) -> Query:
    """Two frames in and out: T_in + max(T_in, T_out) - 1 = 3."""
    theta, v0, i1, i2 = z3().Ints("theta v_init i1 i2")
    first = if_step(v0, 0, i1, theta)
    last = if_step(first.v, first.n, i2, theta)
    after = relax_step(last.v, last.n, theta)
    shown = {"theta": theta, "v_init": v0, "i1": i1, "i2": i2, "count": after.n}
    then = z3().And(after.n >= -1, after.n <= 3 - lower)
    return Query("T = 2", [theta >= 1], then, shown, near([theta, v0, i1, i2]), run=True)


def _first_row(witness: Witness, memory: bool | None, bits: int) -> int:
    register = Register(bits, "wrap")
    if memory is None:
        neuron: IntIF | IntDual = IntIF(theta=THETA, v_init=START, membrane=register)
    else:
        theta = DUAL_THETA
        neuron = IntDual(theta=theta, v_init=START, membrane=register, memory=memory, cap=2)
    trace = run_neuron(neuron, train(witness), trace=True).trace
    assert trace is not None
    rows = np.flatnonzero(trace.saturated[:, 0])
    return int(rows[0]) + 1 if rows.size else 0


def _narrow(witness: Witness) -> Replay:
    faulty, sound = (_first_row(witness, None, b) for b in (witness["bits"], width()))
    return Replay(0, faulty, witness["frame"], sound)


def _lifted(witness: Witness) -> Replay:
    faulty, sound = (_first_row(witness, memory, witness["bits"]) for memory in (False, True))
    return Replay(0, faulty, witness["frame"], sound)


def _counting(witness: Witness) -> Replay:
    """1 where the counter leaves -1 .. 2; the wider range -1 .. 3 is never left."""
    neuron = IntPascal(theta=witness["theta"], v_init=witness["v_init"], t_out=2)
    trace = run_neuron(neuron, train(witness), trace=True).trace
    assert trace is not None
    highest, lowest = int(trace.count.max()), int(trace.count.min())
    return Replay(0, int(highest > 2), int(witness["count"] > 2), int(highest > 3 or lowest < -1))


MEMBRANE = Claim(
    name="width-if",
    statement="A membrane of W bits never leaves its register in T frames of w-bit input.",
    formula="W = ceil(log2(M + 1)) + 1, M = |v_init| + T 2^(w - 1)",
    method="induction over frames; 12 frames of 8 bits written out",
    bounds="all T, w, theta >= 1, v_init",
    prove=by_z3(integrate_and_fire),
    controls=(planted("one bit fewer", integrate_and_fire, _narrow, fewer=1),),
)
SIGNED = Claim(
    name="width-dual",
    statement="The same width holds the membrane of the signed neuron with a memory.",
    formula="W = ceil(log2(M + 1)) + 1, M = |v_init| + T 2^(w - 1)",
    method="induction over steps; 2 frames written out",
    bounds="all T, w, theta >= 1, caps, v_init",
    prove=by_z3(dual),
    controls=(planted("without the memory", dual, _lifted, memory=False),),
)
COUNTER = Claim(
    name="width-counter",
    statement="The signed counter of the spike-accumulation neuron stays in its range.",
    formula="-(Tm - 1) <= c <= T_in + Tm - 1, Tm = max(T_in, T_out)",
    method="induction over relaxing steps; 2 frames written out",
    bounds="all T_in, T_out, theta >= 1, v_init, I",
    prove=by_z3(counter),
    controls=(planted("top one lower", counter, _counting, lower=1),),
)
CLAIMS = (MEMBRANE, SIGNED, COUNTER)
