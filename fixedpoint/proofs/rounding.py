"""Rounding circuits do what the names of the modes say: bit-vectors against inequalities."""

from __future__ import annotations

from functools import partial

from fixedpoint.arith import bring_in_range, round_shift
from fixedpoint.modes import ROUNDINGS
from fixedpoint.proofs.base import Claim, Replay, Witness
from fixedpoint.proofs.solve import Query, Term, by_z3, planted, z3
from fixedpoint.proofs.terms import choose, clip

IN, DROPS, OUT = 10, 12, 4
"""Input bits, most bits dropped, bits of the saturated output."""
WIDE = 2 * IN + 6
"""Bits of every term: the input times any dropped power of two fits."""


def circuit(a: Term, drop: int, mode: str, slip: bool = False) -> Term:
    """``floor + increment``, the increment from the dropped bits, the sign, the last bit kept.

    Takes integers, arrays and bit-vectors. ``slip`` is a fault: above for at least half.
    """
    if drop == 0:
        return a
    floor, rest, half = a >> drop, a & ((1 << drop) - 1), 1 << (drop - 1)
    some, tie, above, negative, odd = rest != 0, rest == half, rest > half, a < 0, floor & 1 == 1
    if slip:
        above = rest >= half
    even, positive = floor & 1 == 0, a >= 0
    rules = {
        "floor": a != a,
        "ceil": some,
        "to_zero": negative & some,
        "away_from_zero": positive & some,
        "half_up": tie | above,
        "half_down": above,
        "half_to_zero": above | (tie & negative),
        "half_away": above | (tie & positive),
        "half_even": above | (tie & odd),
        "half_odd": above | (tie & even),
        "mag_trunc": negative,
        "jam": even,
        "jam_unbiased": some & even,
    }
    return choose(rules[mode], floor + 1, floor)


def defined(a: Term, y: Term, drop: int, mode: str) -> Term:
    """Whether y is ``a / 2^drop`` rounded, told by inequalities between y 2^drop and a.

    y is no longer than the input: the product with 2^drop does not wrap then.
    """
    small = z3().And(y >= -(1 << IN), y <= 1 << IN)
    return z3().And(small, _neighbour(a, y, drop, mode))


def _neighbour(a: Term, y: Term, drop: int, mode: str) -> Term:
    unit, both, either = 1 << drop, z3().And, z3().Or
    back, exact = y * unit, y * unit == a
    below, above = both(back <= a, a - back < unit), both(back >= a, back - a < unit)
    odd = y & 1 == 1
    if mode.startswith("half_"):
        return _nearest(a, y, unit, mode)
    return {
        "floor": lambda: below,
        "ceil": lambda: above,
        "to_zero": lambda: either(both(a >= 0, below), both(a <= 0, above)),
        "away_from_zero": lambda: either(both(a >= 0, above), both(a <= 0, below)),
        "mag_trunc": lambda: either(both(a >= 0, below), both(a < 0, back > a, back - a <= unit)),
        "jam": lambda: both(odd, back - unit <= a, a < back + unit),
        "jam_unbiased": lambda: either(exact, both(odd, either(below, above), a & (unit - 1) != 0)),
    }[mode]()


def _nearest(a: Term, y: Term, unit: int, mode: str) -> Term:
    """Off by at most half a unit, and at exactly half as the name says."""
    both, implies, off = z3().And, z3().Implies, 2 * (y * unit - a)
    up, odd = off > 0, y & 1 == 1
    towards = {
        "half_up": up,
        "half_down": off < 0,
        "half_to_zero": (off > 0) == (a < 0),
        "half_away": (off > 0) == (a > 0),
        "half_even": y & 1 == 0,
        "half_odd": odd,
    }[mode]
    tie = (off == unit) | (off == -unit)
    return both(off <= unit, off >= -unit, implies(tie, towards))


def _input() -> Term:
    return z3().SignExt(WIDE - IN, z3().BitVec("a", IN))


def modes(slip: bool = False) -> list[Query]:
    """All modes, all numbers of dropped bits, all inputs."""
    a = _input()
    wanted = [mode for mode in ROUNDINGS if not slip or mode in SLIPS]
    return [_mode(a, i, drop, slip) for mode in wanted for i in [ROUNDINGS.index(mode)]
            for drop in range(1, DROPS + 1)]  # fmt: skip


SLIPS = ("half_down", "half_to_zero", "half_even")


def _mode(a: Term, i: int, drop: int, slip: bool) -> Query:
    mode = ROUNDINGS[i]
    y = circuit(a, drop, mode, slip)
    shown = {"a": a, "mode": z3().IntVal(i), "drop": z3().IntVal(drop), "y": y}
    return Query(f"{mode}, {drop} bits", [], defined(a, y, drop, mode), shown, run=True)


def saturated(clamp_first: bool = False) -> list[Query]:
    """Round, then saturate: clip of the rounded value, for ties to plus infinity and to even."""
    a, queries = _input(), []
    high, low = (1 << (OUT - 1)) - 1, -(1 << (OUT - 1))
    for mode in ("half_up", "half_even"):
        for drop in (1, 2, 4):
            y, code = z3().BitVec("y", WIDE), z3().BitVecVal
            top, bottom = code(high, WIDE), code(low, WIDE)
            early = clip(a, bottom << drop, (top << drop) + ((1 << drop) - 1))
            held = circuit(early, drop, mode) if clamp_first else clip(
                circuit(a, drop, mode), bottom, top)  # fmt: skip
            facts = {"mode": z3().IntVal(ROUNDINGS.index(mode)), "drop": z3().IntVal(drop)}
            shown = {"a": a, "y": held} | facts
            given, then = [defined(a, y, drop, mode)], held == clip(y, bottom, top)
            queries.append(Query(f"{mode}, {drop} bits", given, then, shown, run=True))
    return queries


def floors(logical: bool = False) -> list[Query]:
    """An arithmetic shift is the floor of the division, below zero too."""
    a, queries = _input(), []
    for drop in range(DROPS + 1):
        y = z3().LShR(a, drop) if logical else a >> drop
        shown = {"a": a, "mode": z3().IntVal(0), "drop": z3().IntVal(drop), "y": y}
        then = defined(a, y, drop, "floor")
        queries.append(Query(f"{drop} bits", [], then, shown, [a >= -20], run=True))
    return queries


def _facts(witness: Witness) -> tuple[int, int, str]:
    return witness["a"], witness["drop"], ROUNDINGS[witness["mode"]]


def _claimed(a: int, drop: int, mode: str) -> int:
    """The neighbour of ``a / 2^drop`` that meets the definition of the mode."""
    code, floor = partial(z3().BitVecVal, bv=WIDE), a >> drop
    return next(
        y for y in (floor, floor + 1)
        if z3().is_true(z3().simplify(defined(code(a), code(y), drop, mode)))
    )  # fmt: skip


def _slipped(witness: Witness) -> Replay:
    a, drop, mode = _facts(witness)
    faulty, sound = int(circuit(a, drop, mode, slip=True)), int(round_shift(a, drop, mode))
    return Replay(_claimed(a, drop, mode), faulty, witness["y"], sound)


def _clamped(witness: Witness) -> Replay:
    a, drop, mode = _facts(witness)
    claimed = clip(_claimed(a, drop, mode), -(1 << (OUT - 1)), (1 << (OUT - 1)) - 1)
    sound = int(bring_in_range(round_shift(a, drop, mode), True, OUT, "saturate"))
    early = bring_in_range(a, True, OUT + drop, "saturate")
    return Replay(claimed, int(round_shift(early, drop, mode)), witness["y"], sound)


def _logical(witness: Witness) -> Replay:
    a, drop, _ = _facts(witness)
    faulty = (a & ((1 << WIDE) - 1)) >> drop
    return Replay(a // (1 << drop), faulty, witness["y"], int(round_shift(a, drop, "floor")))


MODES = Claim(
    name="rounding-modes",
    statement=f"The {len(ROUNDINGS)} rounding circuits give what the names of their modes mean.",
    formula="floor + increment is the neighbour that the mode defines",
    method="bit-vectors against inequalities",
    bounds=f"all {IN}-bit inputs, 1 to {DROPS} bits dropped",
    prove=by_z3(modes),
    controls=(planted("half counts as above", modes, _slipped, slip=True),),
)
SATURATED = Claim(
    name="rounding-saturate",
    statement="Rounding comes first, then saturation.",
    formula="saturate(round(a / 2^n)) = clip(round(a / 2^n), low, high)",
    method="bit-vectors against inequalities",
    bounds=f"all {IN}-bit inputs, 1, 2, 4 bits dropped, {OUT} bits out",
    prove=by_z3(saturated),
    controls=(planted("saturate before rounding", saturated, _clamped, clamp_first=True),),
)
FLOORS = Claim(
    name="rounding-shift",
    statement="An arithmetic right shift is the floor of the division by 2^n, below zero too.",
    formula="(a >> n) 2^n <= a < ((a >> n) + 1) 2^n",
    method="bit-vectors against inequalities",
    bounds=f"all {IN}-bit inputs, 0 to {DROPS} bits",
    prove=by_z3(floors),
    controls=(planted("logical for arithmetic shift", floors, _logical, logical=True),),
)
CLAIMS = (MODES, SATURATED, FLOORS)
