"""One step of every neuron, written once for integers, arrays and solver terms.

The tests hold each of them equal to ``step`` of the integer model it stands for; a proof about
these functions is a proof about those models. ``strict``, ``zero`` (reset to zero),
``retracts`` and ``memory`` plant faults.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fixedpoint.proofs.solve import Term
from fixedpoint.proofs.terms import bit, choose, total


class After(NamedTuple):
    """What a step leaves: u seen by the comparison, spike, membrane, count."""

    u: Term
    spike: Term
    v: Term
    n: Term


def fires(u: Term, theta: Term, strict: bool = False) -> Term:
    """The comparison; ``strict`` is the usual fault."""
    return u > theta if strict else u >= theta


def if_step(
    v: Term, n: Term, current: Term, theta: Term, strict: bool = False, zero: bool = False
) -> After:
    """`fixedpoint.models.IntIF`; also what `IntPascal` does while it integrates."""
    u = v + current
    fire = fires(u, theta, strict)
    left = 0 if zero else u - theta
    return After(u, bit(fire), choose(fire, left, u), n + bit(fire))


def relax_step(v: Term, n: Term, theta: Term, strict: bool = False, retracts: bool = True) -> After:
    """`fixedpoint.models.IntPascal` between the last input frame and the first output frame."""
    fire, retract = fires(v, theta, strict), (v < 0 if retracts else v != v)
    net = bit(fire) - bit(retract)
    return After(v, net, choose(fire, v - theta, choose(retract, v + theta, v)), n + net)


def drain_step(v: Term, n: Term, theta: Term, strict: bool = False) -> After:
    """`fixedpoint.models_accumulate.IntAccumulate` while it emits."""
    return if_step(v, n, 0, theta, strict)


def bit_step(v: Term, n: Term, theta: Term, worth: Term, strict: bool = False) -> After:
    """`fixedpoint.models_bit_serial.IntBitSerial` while it emits the bit of this worth."""
    threshold = theta * worth
    fire = fires(v, threshold, strict)
    return After(v, bit(fire), choose(fire, v - threshold, v), choose(fire, n + worth, n))


def dual_step(
    v: Term, n: Term, current: Term, theta: Term, cap: Term, memory: bool = True,
    strict: bool = False,
) -> After:  # fmt: skip
    """`fixedpoint.models_dual.IntDual` with the negative threshold 0 and a cap."""
    u = v + current
    fire = fires(u, theta, strict) & (n < cap)
    retract = (u < 0) & (n >= 1) if memory else u < 0
    net = bit(fire) - bit(retract)
    return After(u, net, choose(fire, u - theta, choose(retract, u + theta, u)), n + net)


def burst_step(
    v: Term, n: Term, current: Term, theta: Term, phi: int, shift: Term, strict: bool = False
) -> After:
    """`fixedpoint.models_burst.IntBurst`: one comparison for each spike a burst may have."""
    u = v + current + shift
    marks = [fires(u, k * theta, strict) for k in range(1, phi + 1)]
    burst, left = total(bit(mark) for mark in marks), u
    for k, mark in enumerate(marks, 1):
        left = choose(mark, u - k * theta, left)
    return After(u, burst, left, n + burst)


def over_frames(v: Term, currents: Sequence[Term], theta: Term, **fault: bool) -> After:
    """`if_step` for every current in turn."""
    after = After(v, 0, v, 0)
    for current in currents:
        after = if_step(after.v, after.n, current, theta, **fault)
    return after
