"""Spike accumulation (PASCAL) gives the level of the activation, for all lengths and thresholds."""

from __future__ import annotations

from functools import partial
from typing import Any

from fixedpoint.models import IntPascal
from fixedpoint.proofs.base import Claim, Replay, Witness
from fixedpoint.proofs.solve import Query, Term, by_z3, planted, z3
from fixedpoint.proofs.steps import After, if_step, over_frames, relax_step
from fixedpoint.proofs.terms import bit, clip, divided, most, near, thermometer, total
from fixedpoint.proofs.variants import count, level, shortened, with_step
from fixedpoint.schedule import RELAX

SIZES = ((1, 1), (2, 1), (1, 2), (2, 3), (3, 2))
"""Frames in and out of the unrolled runs."""


def queries(short: int = 0, **fault: bool) -> list[Query]:
    """The theorem in parts; ``short`` relaxing steps too few, or a fault of `relax_step`."""
    strict = {"strict": fault.get("strict", False)}
    parts = [*_integrate(**strict), *_relax(**fault), _emit(), _conclusion(short)]
    return parts + [_run(t_in, t_out, short, **fault) for t_in, t_out in SIZES]


def _integrate(**strict: bool) -> list[Query]:
    """After frame t: ``0 <= c <= t``; above theta means c >= 1; below 0 means c <= t - 1."""
    v, c, t, i, s, v0, theta = z3().Ints("v c t i s v0 theta")
    first, next_ = if_step(v0, 0, i, theta, **strict), if_step(v, c, i, theta, **strict)
    before = [theta >= 1, t >= 1, _kept(v, c, t, theta)]
    charge = v0 + s + i == next_.v + next_.n * theta
    return [
        Query("first frame", [theta >= 1], _kept(first.v, first.n, 1, theta)),
        Query("next frame", before, _kept(next_.v, next_.n, t + 1, theta)),
        Query("charge", [theta >= 1, v0 + s == v + c * theta], charge),
    ]


def _kept(v: Term, c: Term, t: Term, theta: Term) -> Term:
    implies = z3().Implies
    return z3().And(c >= 0, c <= t, implies(v >= theta, c >= 1), implies(v < 0, c <= t - 1))


def _relax(**fault: bool) -> list[Query]:
    """After k steps: ``c + clip(d, -k, k)``, where d was the level of the membrane."""
    v, c, k, d, r, c0, theta = z3().Ints("v c k d r c0 theta")
    given = [k >= 0, c == c0 + clip(d, -k, k), *divided(v, theta, d - clip(d, -k, k), r)]
    after, moved = relax_step(v, c, theta, **fault), clip(d, -(k + 1), k + 1)
    then = z3().And(after.n == c0 + moved, after.v == (d - moved) * theta + r)
    return [Query("relaxing step", given, then)]


def _emit() -> Query:
    """After t frames ``clip(c, 0, t)`` spikes are out."""
    c, t, out = z3().Ints("c t out")
    then = out + bit(c >= t + 1) == clip(c, 0, t + 1)
    return Query("emitted frame", [t >= 0, out == clip(c, 0, t)], then)


def _conclusion(short: int) -> Query:
    v, c, d, r, floor, theta, t_in, t_out = z3().Ints("v c d r floor theta t_in t_out")
    steps = most(most(t_in, t_out) - 1 - short, 0)
    charge = v + c * theta  # v_init and all input, by "charge"
    given = [t_in >= 1, t_out >= 1, _kept(v, c, t_in, theta), *divided(v, theta, d, r)]
    given += [floor * theta <= charge, charge < (floor + 1) * theta]
    return Query(
        "level", given, clip(c + clip(d, -steps, steps), 0, t_out) == clip(floor, 0, t_out)
    )


def _run(t_in: int, t_out: int, short: int, **fault: bool) -> Query:
    """All steps of one size, symbolic in theta, start and currents."""
    theta, v0 = z3().Ints("theta v_init")
    currents = z3().Ints(" ".join(f"i{t}" for t in range(1, t_in + 1)))
    after = over_frames(v0, currents, theta, strict=fault.get("strict", False))
    for _ in range(max(t_in, t_out) - 1 - short):
        after = relax_step(after.v, after.n, theta, **fault)
    sent = total(bit(after.n >= t) for t in range(1, t_out + 1))
    shown = {"theta": theta, "v_init": v0, "t_out": t_out, "count": sent}
    shown |= {str(current): current for current in currents}
    then = sent == thermometer(v0 + total(currents), theta, t_out)
    small = near([theta, v0, *currents])
    return Query(f"run {t_in} to {t_out}", [theta >= 1], then, shown, small, run=True)


def _neuron(witness: Witness) -> IntPascal:
    return IntPascal(theta=witness["theta"], v_init=witness["v_init"], t_out=witness["t_out"])


def _replay(witness: Witness, plant: Any) -> Replay:
    neuron = _neuron(witness)
    claimed, faulty = level(witness, witness["t_out"]), count(plant(neuron), witness)
    return Replay(claimed, faulty, witness["count"], sound=count(neuron, witness))


def _without_retraction(neuron: IntPascal) -> Any:
    def step(v: Term, n: Term, *_: Term) -> After:
        return relax_step(v, n, neuron.theta, retracts=False)

    return with_step(neuron, RELAX, step)


PASCAL = Claim(
    name="pascal-level",
    statement="The spike-accumulation neuron emits the level of its activation, whatever the order "
    "of its input: integrate, max(T_in, T_out) - 1 relaxing steps, emit.",
    formula="sum of spikes = clip(floor((v_init + sum I) / theta), 0, T_out)",
    method="induction over frames, relaxing steps and emitted frames; unrolled runs",
    bounds="all T_in, T_out, theta >= 1, all v_init and I; unrolled up to 3 frames",
    prove=by_z3(queries),
    controls=(
        planted(
            "one relaxing step fewer",
            queries,
            partial(_replay, plant=partial(shortened, code=RELAX)),
            short=1,
        ),
        planted(
            "no inhibitory spike",
            queries,
            partial(_replay, plant=_without_retraction),
            retracts=False,
        ),
    ),
)
CLAIMS = (PASCAL,)
