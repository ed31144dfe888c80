"""The burst neuron: its recursion, its closed form under constant drive, its shift form."""

from __future__ import annotations

from functools import partial

from fixedpoint.proofs.solve import Query, Term, z3
from fixedpoint.proofs.steps import After, burst_step, fires
from fixedpoint.proofs.terms import (
    bit,
    choose,
    clip,
    divided,
    least,
    most,
    near,
    thermometer,
    total,
)

PHI = 3
"""Burst limit of the runs written out."""
LIMITS = (1, 4, 7)
FRAMES = 3


def comparators(strict: bool = False) -> list[Query]:
    """K comparisons count ``clip(floor(u / theta), 0, k)``; then one step of `burst_step`."""
    u, d, r, k, counted, theta = z3().Ints("u d r k counted theta")
    given = [k >= 0, counted == clip(d, 0, k), *divided(u, theta, d, r)]
    more = counted + bit(fires(u, (k + 1) * theta, strict))
    then = more == clip(d, 0, k + 1)
    return [Query("comparison", given, then), *_steps(strict)]


def _steps(strict: bool) -> list[Query]:
    """What is sent is what is taken, and never more than phi."""
    u, theta = z3().Ints("v_init theta")
    queries = []
    for phi in LIMITS:
        after = burst_step(u, 0, 0, theta, phi, 0, strict)
        shown = {"theta": theta, "v_init": u, "phi": phi, "count": after.spike}
        then = after.spike == thermometer(u, theta, phi)
        small = near([u, theta])
        queries.append(Query(f"phi = {phi}", [theta >= 1], then, shown, small, run=True))
    return queries


def conserves(clamps: bool = False) -> list[Query]:
    """Burst by burst: ``v`` and ``theta n`` share the charge, 0 <= n <= phi."""
    v, i, h, theta = z3().Ints("v_init i1 shift theta")
    queries = []
    for phi in LIMITS:
        after = burst_step(v, 0, i, theta, phi, h)
        left = choose(after.v < 0, 0, after.v) if clamps else after.v
        taken = total(choose(after.spike >= k, theta, 0) for k in range(1, phi + 1))
        missing = v + i + h - taken - left
        then = z3().And(missing == 0, after.spike >= 0, after.spike <= phi)
        shown = {"theta": theta, "v_init": v, "i1": i, "shift": h, "phi": phi, "missing": missing}
        given = [theta >= 1, h >= 0, h <= theta]
        small = near([theta, v, i])
        queries.append(Query(f"phi = {phi}", given, then, shown, small, run=True))
    return queries


def recursion(clamps: bool = False) -> list[Query]:
    """``N = min(N' + phi, max(N', F))`` for every drive, F the floor of all charge over theta."""
    u, n, d, r, level, phi, theta = z3().Ints("u n d r level phi theta")
    charge = u + theta * n
    given = [phi >= 0, *divided(u, theta, d, r)]
    given += [level * theta <= charge, charge < (level + 1) * theta]
    sent = clip(d, 0, phi)
    then = n + sent == least(n + phi, most(n, level))
    left = u - theta * sent
    kept = choose(left < 0, 0, left) if clamps else left
    charged = kept + theta * (n + sent) == charge
    return [
        Query("step", given, then),
        Query("charge", divided(u, theta, d, r), charged),
        _any_run(clamps),
    ]


def _any_run(clamps: bool) -> Query:
    """Two frames against the recursion, in thermometer form."""
    theta, v0, h, i1, i2 = z3().Ints("theta v_init shift i1 i2")
    first = burst_step(v0, 0, i1, theta, PHI, h)
    kept = choose(first.v < 0, 0, first.v) if clamps else first.v
    last = burst_step(kept, first.n, i2, theta, PHI, h)
    one = thermometer(v0 + i1 + h, theta, PHI)
    two = thermometer(v0 + i1 + i2 + 2 * h, theta, 2 * PHI)
    then = last.n == least(one + PHI, most(one, two))
    shown = {"theta": theta, "v_init": v0, "shift": h, "i1": i1, "i2": i2, "count": last.n}
    given = [theta >= 1, h >= 0, h <= theta]
    return Query("T = 2", given, then, shown, near([theta, v0, i1, i2]), run=True)


def constant(strict: bool = False) -> list[Query]:
    """One drive z = I + h in all frames, three cases; ``top`` is phi t."""
    v, n, d, r, top, level, z, phi, theta = z3().Ints("v n d r top level z phi theta")
    kept = partial(_kept, z=z, phi=phi, theta=theta)
    given = [phi >= 0, top >= 0, kept(v, n, top), *divided(v + z, theta, d, r)]
    sent = clip(d - bit(r == 0), 0, phi) if strict else clip(d, 0, phi)
    charge = v + theta * n
    floor = [theta >= 1, level * theta <= charge, charge < (level + 1) * theta]
    start = [theta >= 1, phi >= 0, v >= 0, v < theta]
    return [
        Query("start", start, kept(v, 0, 0)),
        Query("step", given, kept(v + z - theta * sent, n + sent, top + phi)),
        Query("level", [phi >= 0, top >= 0, kept(v, n, top), *floor], n == clip(level, 0, top)),
        _constant_run(strict),
    ]


def _kept(v: Term, n: Term, top: Term, z: Term, phi: Term, theta: Term) -> Term:
    both, implies = z3().And, z3().Implies
    inside = both(z >= 0, z <= phi * theta)
    return both(
        implies(z < 0, both(n == 0, v < theta)),
        implies(inside, both(n >= 0, n <= top, v >= 0, v < theta)),
        implies(z > phi * theta, both(n == top, v >= 0)),
    )


def _constant_run(strict: bool) -> Query:
    theta, v0, h, i = z3().Ints("theta v_init shift i")
    after = After(v0, 0, v0, 0)
    for _ in range(FRAMES):
        after = burst_step(after.v, after.n, i, theta, PHI, h, strict)
    given = [theta >= 1, v0 >= 0, v0 < theta, h >= 0, h <= theta]
    then = after.n == thermometer(v0 + FRAMES * (i + h), theta, FRAMES * PHI)
    shown = {"theta": theta, "v_init": v0, "shift": h, "count": after.n}
    shown |= {f"i{t}": i for t in range(1, FRAMES + 1)}
    return Query(f"T = {FRAMES}", given, then, shown, near([theta, i]), run=True)


WIDTH = 16


def shifts(logical: bool = False) -> list[Query]:
    """``clip(u >> F, 0, phi)`` against the comparators, theta = 2^F."""
    return [_shift(f, phi, logical) for f in (0, 5, 8) for phi in (1, 4, 63)]


def _shift(f: int, phi: int, logical: bool) -> Query:
    u = z3().BitVec("v_init", WIDTH)
    whole = partial(z3().BitVecVal, bv=WIDTH)
    upper = z3().LShR(u, f) if logical else u >> f
    ones = (choose(u >= whole(k << f), whole(1), whole(0)) for k in range(1, phi + 1))
    shifted = clip(upper, whole(0), whole(phi))
    shown = {"theta": z3().IntVal(1 << f), "phi": z3().IntVal(phi), "v_init": u, "count": shifted}
    return Query(f"F = {f}, phi = {phi}", [], shifted == total(ones), shown, near([u]), run=True)
