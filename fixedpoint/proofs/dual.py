"""The signed neuron with a memory: where it settles, and what it never does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fixedpoint.proofs.solve import Query, Term, z3
from fixedpoint.proofs.steps import After, dual_step
from fixedpoint.proofs.terms import choose, clip, divided, most, near, thermometer, total

FRAMES = 2
"""Frames with input of the unrolled runs, and cap."""


def settles(memory: bool = True) -> list[Query]:
    """Input keeps the count in 0..cap; each silent step brings it one closer to the level."""
    return [_in_range(memory), *_silent(memory), _run(FRAMES, memory)]


def _in_range(memory: bool) -> Query:
    v, n, i, theta, cap = z3().Ints("v n i theta cap")
    after = dual_step(v, n, i, theta, cap, memory)
    given = [theta >= 1, cap >= 1, n >= 0, n <= cap]
    return Query("0 <= n <= cap", given, z3().And(after.n >= 0, after.n <= cap))


def _silent(memory: bool) -> list[Query]:
    """One silent step, and the last of cap of them."""
    v, n, x, d, r, theta, cap, n0 = z3().Ints("v n x d r theta cap n0")
    after, level = dual_step(v, n, 0, theta, cap, memory), clip(d, 0, cap)
    counted = [cap >= 1, n >= 0, n <= cap]
    given = [*divided(x, theta, d, r), v + theta * n == x, *counted]
    closer = _apart(after.n, level) == most(_apart(n, level) - 1, 0)
    after_all = _apart(n, level) == most(_apart(n0, level) - cap, 0)
    return [
        Query("silent step", given, z3().And(closer, after.v + theta * after.n == x)),
        Query("cap steps", [*counted, n0 >= 0, n0 <= cap, after_all], n == level),
    ]


def _apart(a: Term, b: Term) -> Term:
    return most(a - b, b - a)


def conserves(pays: bool = True) -> list[Query]:
    """Every step, both signs."""
    v, n, i, x, theta, cap, *rest = z3().Ints("v n i x theta cap v_init i1 i2")
    after = _step(pays)(v, n, i, theta, cap)
    given = [theta >= 1, cap >= 1, x == v + theta * n]
    v0, i1, i2 = rest
    first = _step(pays)(v0, 0, i1, theta, FRAMES)
    last = _step(pays)(first.v, first.n, i2, theta, FRAMES)
    taken = choose(last.n == 2, 2 * theta, choose(last.n == 1, theta, 0))  # linear
    missing = v0 + i1 + i2 - taken - last.v
    shown = {"theta": theta, "v_init": v0, "i1": i1, "i2": i2, "missing": missing}
    return [
        Query("step", given, x + i == after.v + theta * after.n),
        Query("T = 2", [theta >= 1], missing == 0, shown, near([theta, *rest]), run=True),
    ]


def _step(pays: bool) -> Callable[..., After]:
    return dual_step if pays else unpaid


def unpaid(v: Term, n: Term, current: Term, theta: Term, cap: Term) -> After:
    """A fault: the inhibitory spike gives no charge back."""
    after = dual_step(v, n, current, theta, cap)
    return after._replace(v=choose(after.spike < 0, after.u, after.v))


def never_negative(memory: bool = True) -> list[Query]:
    """The net count of every prefix of the train."""
    v, n, i, theta, cap = z3().Ints("v n i theta cap")
    after = dual_step(v, n, i, theta, cap, memory)
    given = [theta >= 1, cap >= 1, n >= 0]
    return [Query("step", given, after.n >= 0), _run(1, memory, settled=False)]


def _run(frames: int, memory: bool, settled: bool = True) -> Query:
    theta, v0, *currents = _frames(frames)
    after = After(v0, 0, v0, 0)
    for current in [*currents, *[0] * (frames if settled else 0)]:
        after = dual_step(after.v, after.n, current, theta, frames, memory)
    level = thermometer(v0 + total(currents), theta, frames)
    then = after.n == level if settled else after.n >= 0
    return _query(f"T = {frames}", [], then, [theta, v0, *currents], count=after.n)


def _frames(frames: int) -> list[Term]:
    names = " ".join(f"i{t}" for t in range(1, frames + 1))
    return list(z3().Ints(f"theta v_init {names}"))


def _query(
    label: str, given: list[Term], then: Term, variables: list[Term], **shown: Term
) -> Query:
    shown |= {str(variable): variable for variable in variables}
    return Query(label, [variables[0] >= 1, *given], then, shown, near(variables), run=True)


def last_step(strict: bool = False) -> list[Query]:
    """Which membranes of the last step leave the count at the level; then a run of two frames."""
    m, n, d, r, theta, t = z3().Ints("m n d r theta t")
    after = dual_step(m, n, 0, theta, t, strict=strict)
    given = [t >= 1, n >= 0, n <= t - 1, *divided(m, theta, d, r)]
    stated = repairable(m, n, after.n, theta, t)
    exact = after.n == clip(n + d, 0, t)
    return [Query("last step", given, exact == stated), _two_frames(strict)]


def _two_frames(strict: bool) -> Query:
    theta, v0, i1, i2 = _frames(2)
    first = dual_step(v0, 0, i1, theta, 2, strict=strict)
    last = dual_step(first.v, first.n, i2, theta, 2, strict=strict)
    exact = last.n == thermometer(v0 + i1 + i2, theta, 2)
    stated = repairable(last.u, first.n, last.n, theta, 2)
    return _query("T = 2", [v0 >= 0, v0 < theta], exact == stated, [theta, v0, i1, i2])


def repairable(m: Term, before: Term, after: Term, theta: Term, t: Term) -> Term:
    """What is stated of the membrane and the counts of the last step."""
    one_off = (m >= -theta) & (m < 2 * theta)
    return one_off | ((m < 0) & (before <= 1)) | ((m >= 2 * theta) & (after == t))


def two_steps(memory: bool = True) -> list[Query]:
    """T = 2: never too many; too few exactly after a silent first step and twice theta."""
    theta, v0, i1, i2 = _frames(2)
    first = dual_step(v0, 0, i1, theta, 2, memory)
    last = dual_step(first.v, first.n, i2, theta, 2, memory)
    error = last.n - thermometer(v0 + i1 + i2, theta, 2)
    late = z3().And(first.spike == 0, last.u >= 2 * theta)
    then = z3().And(error <= 0, (error < 0) == late)
    given = [v0 >= 0, v0 < theta]
    return [_query("T = 2", given, then, [theta, v0, i1, i2])]


def constant(memory: bool = True) -> list[Query]:
    """Under constant drive no inhibitory spike is sent."""
    v, n, i, theta, cap = z3().Ints("v n i theta cap")
    after = dual_step(v, n, i, theta, cap, memory)
    first = dual_step(v, 0, i, theta, cap, memory)
    start, kept = [theta >= 1, v >= 0, v < theta], partial(_kept, i=i, theta=theta)
    then = z3().And(after.spike >= 0, kept(after.v, after.n))
    return [
        Query("start", start, kept(v, 0)),
        Query("step", [theta >= 1, cap >= 1, kept(v, n)], then),
        _query("T = 1", start, first.spike >= 0, [theta, v, i], spike=first.spike),
    ]


def _kept(v: Term, n: Term, i: Term, theta: Term) -> Term:
    both, implies = z3().And, z3().Implies
    return both(n >= 0, implies(i >= 0, v >= 0), implies(i < 0, both(n == 0, v < theta)))
