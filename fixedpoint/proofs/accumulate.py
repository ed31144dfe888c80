"""Accumulate, then fire: the count is the level, for all lengths and thresholds."""

from __future__ import annotations

from functools import partial

import numpy as np

from fixedpoint.models_accumulate import IntAccumulate
from fixedpoint.proofs.base import Claim, Replay, Witness
from fixedpoint.proofs.solve import Query, Term, by_z3, planted, z3
from fixedpoint.proofs.steps import After, drain_step
from fixedpoint.proofs.terms import clip, divided, near, thermometer
from fixedpoint.proofs.variants import count, shortened, with_step
from fixedpoint.schedule import EMIT

LONGEST = 64


def inductive(strict: bool = False) -> list[Query]:
    """After k emitting steps the count is ``clip(floor(x / theta), 0, k)``; unrolled for 3."""
    v, n, k, d, r, x, theta = z3().Ints("v n k d r x theta")
    sent = clip(d, 0, k)
    given = [k >= 0, *divided(x, theta, d, r), n == sent, v == x - sent * theta]
    after, then = drain_step(v, n, theta, strict), clip(d, 0, k + 1)
    step = z3().And(after.n == then, after.v == x - then * theta)
    return [Query("emitting step", given, step), *unrolled((3,), strict=strict)]


def unrolled(lengths: tuple[int, ...], short: int = 0, strict: bool = False) -> list[Query]:
    """The thermometer form for fixed lengths: linear in a symbolic theta."""
    return [_run(t_out, short, strict) for t_out in lengths]


def _run(t_out: int, short: int, strict: bool) -> Query:
    x, theta = z3().Ints("x theta")
    after = After(x, 0, x, 0)
    for _ in range(t_out - short):
        after = drain_step(after.v, after.n, theta, strict)
    shown = {"theta": theta, "x": x, "t_out": t_out, "count": after.n}
    then = after.n == thermometer(x, theta, t_out)
    small = near([x], 100) + near([theta])
    return Query(f"T_out = {t_out}", [theta >= 1], then, shown, small, run=True)


def _sound(witness: Witness) -> IntAccumulate:
    return IntAccumulate(theta=witness["theta"], v_init=0, t_out=witness["t_out"])


def _strict(witness: Witness) -> Replay:
    def step(v: Term, n: Term, *_: Term) -> After:
        return drain_step(v, n, np.int64(witness["theta"]), strict=True)

    return _replay(witness, count(with_step(_sound(witness), EMIT, step), _one_frame(witness)))


def _short(witness: Witness) -> Replay:
    return _replay(witness, count(shortened(_sound(witness), EMIT), _one_frame(witness)))


def _one_frame(witness: Witness) -> Witness:
    return {"i1": witness["x"]}


def _replay(witness: Witness, faulty: int) -> Replay:
    claimed = clip(witness["x"] // witness["theta"], 0, witness["t_out"])
    sound = count(_sound(witness), _one_frame(witness))
    return Replay(claimed, faulty, witness["count"], sound)


COUNT = Claim(
    name="accumulate-level",
    statement="A neuron that takes the whole input first and then fires sends as many spikes as "
    "the level of the activation.",
    formula="sum of spikes = clip(floor(x / theta), 0, T_out), x = v_init + sum I",
    method="induction over emitting steps",
    bounds="all T_out, theta >= 1, x",
    prove=by_z3(inductive),
    controls=(planted("> for >=", inductive, _strict, strict=True),),
)
THERMOMETER = Claim(
    name="accumulate-thermometer",
    statement="The same, every step written out, against the sum of comparisons with k theta.",
    formula="sum of spikes = sum over k in 1..T_out of [x >= k theta]",
    method="unrolled, linear integers",
    bounds=f"T_out = {LONGEST}, all theta >= 1, x",
    prove=by_z3(partial(unrolled, (LONGEST,))),
    controls=(planted("one emitting step fewer", partial(unrolled, (8,)), _short, short=1),),
)
CLAIMS = (COUNT, THERMOMETER)
