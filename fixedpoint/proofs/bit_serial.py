"""The bit-serial neuron: weighted accumulation, restoring emission, and the choice of wires."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from fixedpoint.models_bit_serial import IntBitSerial, IntBitSerialWired
from fixedpoint.neurons import run_neuron
from fixedpoint.proofs.base import Claim, Replay, Witness
from fixedpoint.proofs.solve import Query, Term, by_z3, planted, z3
from fixedpoint.proofs.steps import After, bit_step
from fixedpoint.proofs.terms import clip, divided, near, thermometer, total
from fixedpoint.proofs.variants import train, with_step
from fixedpoint.schedule import EMIT

BITS = 3
"""Of the unrolled runs."""


def horner(late: bool = False) -> list[Query]:
    """Invariant ``total = acc p + rest``, p the worth of the frame just taken; then 8 frames."""
    acc, p, rest, total_, w = z3().Ints("acc p rest total w")
    step = _doubled(acc, w, late) * p + rest == total_
    return [
        Query("frame", [p >= 1, acc * 2 * p + (w * p + rest) == total_], step),
        _frames(8, late),
    ]


def _doubled(acc: Term, w: Term, late: bool) -> Term:
    return 2 * (acc + w) if late else 2 * acc + w


def _frames(bits: int, late: bool) -> Query:
    words = z3().Ints(" ".join(f"i{t}" for t in range(1, bits + 1)))
    acc: Term = 0
    for word in words:
        acc = _doubled(acc, word, late)
    weighted = total(word * 2 ** (bits - t) for t, word in enumerate(words, 1))
    shown = {"acc": acc} | {str(word): word for word in words}
    return Query(f"{bits} frames", [], acc == weighted, shown, near(words, 3), run=True)


def emission(strict: bool = False) -> list[Query]:
    """Restoring division with the worths P/2, P/4, .., 1, from ``P = 2^T`` on.

    Before each bit one of three holds: the rest is in 0..P theta - 1, it is negative and nothing is
    sent, or it is at least P theta and all bits so far are ones.
    """
    v, n, x, p, q, d, r, theta = z3().Ints("v n x p q d r theta")
    kept = partial(_kept, x=x, top=q, theta=theta)
    after = bit_step(v, n, theta, p, strict)
    given = [theta >= 1, p >= 1, q >= 2 * p]
    start = [theta >= 1, q >= 2]
    end = [*divided(x, theta, d, r), kept(v, n, 1), q >= 2]
    return [
        Query("start", start, kept(x, 0, q)),
        Query("bit", [*given, kept(v, n, 2 * p)], kept(after.v, after.n, p)),
        Query("level", end, n == clip(d, 0, q - 1)),
        _emitted(strict),
    ]


def _kept(v: Term, n: Term, p: Term, x: Term, top: Term, theta: Term) -> Term:
    both = z3().And
    inside = both(v >= 0, v < p * theta, n >= 0, n + p <= top)
    below, above = both(x < 0, n == 0), both(v >= p * theta, n + p == top)
    return both(x == v + theta * n, z3().Or(inside, below, above))


def _emitted(strict: bool) -> Query:
    x, theta = z3().Ints("x theta")
    after = After(x, 0, x, 0)
    for t in range(1, BITS + 1):
        after = bit_step(after.v, after.n, theta, 2 ** (BITS - t), strict)
    shown = {"theta": theta, "x": x, "count": after.n}
    then = after.n == thermometer(x, theta, 2**BITS - 1)
    return Query(f"T = {BITS}", [theta >= 1], then, shown, near([x, theta]), run=True)


def wires(guarded: bool = True) -> list[Query]:
    """Bits F..F+T-1 of the membrane, with the two guards, against the shifted and clipped word."""
    return [_wired(f, bits, guarded) for f in (0, 4, 11) for bits in (1, 4, 8)]


WIDTH = 24


def _wired(f: int, bits: int, guarded: bool) -> Query:
    v = z3().BitVec("x", WIDTH)
    top, floor = (1 << bits) - 1, v >> f
    over = z3().Extract(WIDTH - 2, f + bits, v) != 0
    word = z3().ZeroExt(WIDTH - bits, z3().Extract(f + bits - 1, f, v))
    level = z3().If(over, z3().BitVecVal(top, WIDTH), word)
    if guarded:
        level = z3().If(v < 0, z3().BitVecVal(0, WIDTH), level)
    shown = {"x": v, "count": level, "f": z3().IntVal(f), "bits": z3().IntVal(bits)}
    then = level == clip(floor, z3().BitVecVal(0, WIDTH), z3().BitVecVal(top, WIDTH))
    return Query(f"F = {f}, T = {bits}", [], then, shown, near([v]), run=True)


def _level(x: int, theta: int, bits: int) -> int:
    return int(clip(x // theta, 0, (1 << bits) - 1))


def _sent(neuron: IntBitSerial | Any, bits: int) -> int:
    spikes = run_neuron(neuron, np.zeros((1, 1), np.int64)).spikes[:, 0]
    return int(sum(int(s) << (bits - t) for t, s in enumerate(spikes, 1)))


def _strict(witness: Witness) -> Replay:
    theta, x = witness["theta"], witness["x"]
    sound = IntBitSerial(theta=theta, v_init=x, t_out=BITS)
    faulty = with_step(sound, EMIT, partial(_strict_bit, theta=np.int64(theta)))
    return Replay(_level(x, theta, BITS), _sent(faulty, BITS), witness["count"], _sent(sound, BITS))


def _strict_bit(v: Term, n: Term, _: Term, t: int, theta: Term) -> After:
    return bit_step(v, n, theta, 1 << (BITS - t), strict=True)


def _unguarded(witness: Witness) -> Replay:
    x, f, bits = (witness[name] for name in ("x", "f", "bits"))
    sound = IntBitSerialWired(theta=1 << f, v_init=x, t_out=bits)
    faulty = with_step(sound, EMIT, partial(_unguarded_bit, f=f, bits=bits))
    return Replay(
        _level(x, 1 << f, bits), _sent(faulty, bits), witness["count"], _sent(sound, bits)
    )


def _unguarded_bit(v: Any, n: Any, _: Any, t: int, f: int, bits: int) -> After:
    over = (v & ((1 << (WIDTH - 1)) - 1)) >> (f + bits) != 0
    spike = np.where(over, 1, v >> (f + bits - t) & 1)
    return After(v, spike, v, n + (spike << (bits - t)))


def _late(witness: Witness) -> Replay:
    words = train(witness)
    worth = 1 << np.arange(len(words) - 1, -1, -1)[:, None]
    neuron = IntBitSerial(theta=1, v_init=0, t_out=1)
    trace = run_neuron(neuron, words * worth, trace=True).trace
    assert trace is not None
    acc = 0
    for word in words[:, 0]:
        acc = int(_doubled(acc, int(word), late=True))
    claimed = sum(int(w) << (len(words) - t) for t, w in enumerate(words[:, 0], 1))
    return Replay(claimed, acc, witness["acc"], int(trace.v[len(words) - 1, 0]))


HORNER = Claim(
    name="bit-serial-horner",
    statement="Doubling the accumulator before each frame weighs frame t with 2^(T - t).",
    formula="acc = 2 acc + I(t) from 0 ends at sum over t of 2^(T - t) I(t)",
    method="induction over frames; 8 frames written out",
    bounds="all T, all I",
    prove=by_z3(horner),
    controls=(planted("doubled after adding", horner, _late, late=True),),
)
EMISSION = Claim(
    name="bit-serial-level",
    statement="The bit-serial neuron emits the binary word of the level, most significant bit "
    "first.",
    formula="sum 2^(T - t) s(t) = clip(floor(x / theta), 0, 2^T - 1), x = v_init + sum I",
    method=f"induction over bits (restoring division); {BITS} bits written out",
    bounds="all T, theta >= 1, x",
    prove=by_z3(emission),
    controls=(planted("> for >=", emission, _strict, strict=True),),
)
WIRES = Claim(
    name="bit-serial-wires",
    statement="For theta = 2^F the level is a choice of wires: bits F .. F + T - 1 of the "
    "membrane, zeros where it is negative, ones where a higher bit is set.",
    formula="wires(x) = clip(x >> F, 0, 2^T - 1)",
    method="bit-vectors",
    bounds=f"{WIDTH} bits, F = 0, 4, 11, T = 1, 4, 8, all x",
    prove=by_z3(wires),
    controls=(planted("no guard below 0", wires, _unguarded, guarded=False),),
)
CLAIMS = (HORNER, EMISSION, WIRES)
