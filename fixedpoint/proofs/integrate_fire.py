"""Integrate and fire: what a constant drive gives, and that the order of any other one matters."""

from __future__ import annotations

from functools import partial
from typing import Any

from fixedpoint.models import IntIF
from fixedpoint.proofs.base import Claim, Control, Replay, Witness
from fixedpoint.proofs.solve import Query, Term, by_z3, planted, z3
from fixedpoint.proofs.steps import if_step, over_frames
from fixedpoint.proofs.terms import choose, clip, near, thermometer, total
from fixedpoint.proofs.variants import count, level, missing, train

FRAMES = 4


def conserved(zero: bool = False) -> list[Query]:
    """What the membrane and the spikes hold together grows by the current, and by nothing else."""
    v, n, i, x, theta = z3().Ints("v n i x theta")
    after = if_step(v, n, i, theta, zero=zero)
    given = [theta >= 1, x == v + theta * n]
    return [Query("step", given, x + i == after.v + theta * after.n), _balance(zero)]


def _balance(zero: bool) -> Query:
    theta, v0, *currents = z3().Ints("theta v_init i1 i2")
    after = over_frames(v0, currents, theta, zero=zero)
    taken = choose(after.n == 2, 2 * theta, choose(after.n == 1, theta, 0))  # linear
    lost = v0 + total(currents) - taken - after.v
    shown = {"theta": theta, "v_init": v0, "missing": lost}
    shown |= {str(current): current for current in currents}
    return Query("T = 2", [theta >= 1], lost == 0, shown, near([theta, v0, *currents]), run=True)


def constant(strict: bool = False) -> list[Query]:
    """One current in all frames, three cases; then a run of all of them."""
    v, n, t, x, i, floor, theta = z3().Ints("v n t x i floor theta")
    after = if_step(v, n, i, theta, strict)
    kept = partial(_kept, i=i, theta=theta)
    charged = x == v + theta * n  # v_init and all input, by conservation
    floored = [floor * theta <= x, x < (floor + 1) * theta]
    start = [theta >= 1, v >= 0, v < theta]
    given = [theta >= 1, t >= 0, kept(v, n, t)]
    return [
        Query("start", start, kept(v, 0, 0)),
        Query("step", given, kept(after.v, after.n, t + 1)),
        Query("level", [*given, charged, *floored], n == clip(floor, 0, t)),
        _run(FRAMES, same=True, strict=strict),
    ]


def _kept(v: Term, n: Term, t: Term, i: Term, theta: Term) -> Term:
    """Below 0 nothing fires, above theta every frame does, between v stays below theta."""
    implies, both = z3().Implies, z3().And
    return both(
        implies(i < 0, both(n == 0, v < theta)),
        implies(both(i >= 0, i <= theta), both(n >= 0, n <= t, v >= 0, v < theta)),
        implies(i > theta, both(n == t, v >= 0)),
    )


def any_order(frames: int = 2, same: bool = False) -> list[Query]:
    """The closed form for arbitrary currents: false."""
    return [_run(frames, same)]


def _run(frames: int, same: bool, strict: bool = False) -> Query:
    theta, v0 = z3().Ints("theta v_init")
    currents = z3().Ints(" ".join(f"i{t}" for t in range(1, frames + 1)))
    after = over_frames(v0, currents, theta, strict=strict)
    given = [theta >= 1, v0 >= 0, v0 < theta]
    given += [current == currents[0] for current in currents[1:] if same]
    shown = {"theta": theta, "v_init": v0, "count": after.n}
    shown |= {str(current): current for current in currents}
    then = after.n == thermometer(v0 + total(currents), theta, frames)
    return Query(f"T = {frames}", given, then, shown, near([theta, *currents]), run=True)


def _claimed(witness: Witness) -> int:
    return level(witness, len(train(witness)))


def _neuron(witness: Witness, **setting: Any) -> IntIF:
    return IntIF(theta=witness["theta"], v_init=witness["v_init"], **setting)


def _reset(witness: Witness) -> Replay:
    faulty = missing(_neuron(witness, reset="zero"), witness)
    return Replay(0, faulty, witness["missing"], missing(_neuron(witness), witness))


def _strict(witness: Witness) -> Replay:
    faulty = count(_neuron(witness, compare="gt"), witness)
    return Replay(_claimed(witness), faulty, witness["count"], count(_neuron(witness), witness))


def _plain(witness: Witness) -> Replay:
    return Replay(_claimed(witness), count(_neuron(witness), witness), witness["count"])


CONSERVED = Claim(
    name="if-conserves",
    statement="Integrate and fire with subtractive reset loses no charge.",
    formula="v_init + sum I = v + theta n after every frame",
    method="induction over frames",
    bounds="all T, theta >= 1, v_init, I",
    prove=by_z3(conserved),
    controls=(planted("reset to zero", conserved, _reset, zero=True),),
)
CONSTANT = Claim(
    name="if-constant",
    statement="Under one constant current the count of integrate and fire is the level.",
    formula="n(t) = clip(floor((v_init + t I) / theta), 0, t)",
    method="induction over frames, three cases of I",
    bounds="all t, theta >= 1, 0 <= v_init < theta, I",
    prove=by_z3(constant),
    controls=(planted("> for >=", constant, _strict, strict=True),),
)
ANY_ORDER = Claim(
    name="if-any-order",
    statement="The same for currents that differ from frame to frame. It is false: no "
    "frame sends more than one spike, and none is taken back. Two frames are enough.",
    formula="n = clip(floor((v_init + sum I) / theta), 0, T)",
    method="unrolled, linear integers; shortest counter-example",
    bounds="T = 2, all theta >= 1, 0 <= v_init < theta, I",
    prove=by_z3(any_order),
    controls=(
        Control("T = 1: holds", by_z3(partial(any_order, frames=1)), outcome="proved"),
        Control("equal currents: holds", by_z3(partial(any_order, same=True)), outcome="proved"),
    ),
    outcome="refuted",
    replay=_plain,
)
CLAIMS = (CONSERVED, CONSTANT, ANY_ORDER)
