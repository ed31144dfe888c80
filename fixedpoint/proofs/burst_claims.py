"""The claims about the burst neuron, and its planted faults on the integer model."""

from __future__ import annotations

import numpy as np

from fixedpoint.models import IntNeuron
from fixedpoint.models_burst import IntBurst
from fixedpoint.neurons import run_neuron
from fixedpoint.proofs import burst
from fixedpoint.proofs.base import Claim, Replay, Witness
from fixedpoint.proofs.solve import by_z3, planted
from fixedpoint.proofs.steps import After, burst_step
from fixedpoint.proofs.terms import least, most
from fixedpoint.proofs.variants import level, missing, train, with_step
from fixedpoint.schedule import STEP
from fixedpoint.typing import IntArray


def _neuron(witness: Witness) -> IntBurst:
    limit, shift = witness.get("phi", burst.PHI), witness.get("shift", 0)
    return IntBurst(theta=witness["theta"], v_init=witness["v_init"], phi=limit, shift=shift)


def _frames(witness: Witness) -> IntArray:
    return train(witness) if "i1" in witness else np.zeros((1, 1), np.int64)


def _levels(witness: Witness) -> list[int]:
    """Floor of all charge over theta after each frame."""
    neuron = _neuron(witness)
    charge = np.cumsum(_frames(witness)[:, 0] + neuron.charge) + witness["v_init"]
    return [int(floor) for floor in charge // witness["theta"]]


def _strict(witness: Witness) -> Replay:
    """Constant drive, or one frame."""
    neuron, frames = _neuron(witness), _frames(witness)
    phi, theta, shift = (int(getattr(neuron, name)) for name in ("phi", "theta", "shift"))

    def step(v: IntArray, n: IntArray, current: IntArray, _: int) -> After:
        return burst_step(v, n, current, theta, phi, shift, strict=True)

    faulty = with_step(neuron, STEP, step)
    return _counts(level(witness, phi * len(frames)), faulty, neuron, witness)


def _counts(claimed: int, faulty: IntNeuron, neuron: IntNeuron, witness: Witness) -> Replay:
    frames = _frames(witness)
    planted, sound = (int(run_neuron(one, frames).count[0]) for one in (faulty, neuron))
    return Replay(claimed, planted, witness["count"], sound)


def _clamped(neuron: IntBurst) -> IntNeuron:
    """A fault: the membrane is not let below zero."""
    theta, phi, shift = (int(getattr(neuron, name)) for name in ("theta", "phi", "shift"))

    def step(v: IntArray, n: IntArray, current: IntArray, _: int) -> After:
        after = burst_step(v, n, current, theta, phi, shift)
        return after._replace(v=np.maximum(after.v, 0))

    return with_step(neuron, STEP, step)


def _recursion(witness: Witness) -> Replay:
    claimed, phi = 0, burst.PHI
    for floor in _levels(witness):
        claimed = least(claimed + phi, most(claimed, floor))
    neuron = _neuron(witness)
    return _counts(claimed, _clamped(neuron), neuron, witness)


def _missing(witness: Witness) -> Replay:
    neuron = _neuron(witness)
    faulty, sound = (missing(one, witness) for one in (_clamped(neuron), neuron))
    return Replay(0, faulty, witness["missing"], sound)


def _logical(witness: Witness) -> Replay:
    neuron, phi = _neuron(witness), witness["phi"]
    f = witness["theta"].bit_length() - 1

    def step(v: IntArray, n: IntArray, current: IntArray, _: int) -> After:
        word = (v + current) & ((1 << burst.WIDTH) - 1)
        spike = np.minimum(word >> f, phi)
        return After(v, spike, v - (spike << f), n + spike)

    return _counts(level(witness, phi), with_step(neuron, STEP, step), neuron, witness)


COMPARATORS = Claim(
    name="burst-comparators",
    statement="Comparisons with theta, 2 theta, .., phi theta count what a clipped division gives.",
    formula="sum over k in 1..phi of [u >= k theta] = clip(floor(u / theta), 0, phi)",
    method="induction over comparisons; written out for phi = 1, 4, 7",
    bounds="all phi, theta >= 1, u",
    prove=by_z3(burst.comparators),
    controls=(planted("> for >=", burst.comparators, _strict, strict=True),),
)
CONSERVES = Claim(
    name="burst-conserves",
    statement="A burst takes what it sends, and sends 0 to phi spikes.",
    formula="v + I + h = v' + theta n, 0 <= n <= phi",
    method="one step from any membrane, linear integers",
    bounds="phi = 1, 4, 7, all theta >= 1, 0 <= h <= theta, v, I",
    prove=by_z3(burst.conserves),
    controls=(planted("membrane clamped at 0", burst.conserves, _missing, clamps=True),),
)
RECURSION = Claim(
    name="burst-recursion",
    statement="What the count becomes under any drive; F is the floor of all charge over theta.",
    formula="N = min(N' + phi, max(N', F))",
    method="one step from any state; 2 steps written out",
    bounds="all phi, theta >= 1, 0 <= h <= theta, v_init, I",
    prove=by_z3(burst.recursion),
    controls=(planted("membrane clamped at 0", burst.recursion, _recursion, clamps=True),),
)
CONSTANT = Claim(
    name="burst-constant",
    statement="Under one constant current the count of the burst neuron is the clipped level.",
    formula="N(t) = clip(floor((v_init + t (I + h)) / theta), 0, phi t)",
    method="induction over frames, three cases of I + h; 3 frames written out",
    bounds="all t, phi, theta >= 1, 0 <= v_init < theta, I, h",
    prove=by_z3(burst.constant),
    controls=(planted("> for >=", burst.constant, _strict, strict=True),),
)
SHIFTS = Claim(
    name="burst-shift",
    statement="For theta = 2^F the burst is the upper bits of the membrane, clipped.",
    formula="clip(u >> F, 0, phi) = sum over k in 1..phi of [u >= k 2^F]",
    method="bit-vectors",
    bounds=f"{burst.WIDTH} bits, F = 0, 5, 8, phi = 1, 4, 63, all u",
    prove=by_z3(burst.shifts),
    controls=(planted("logical for arithmetic shift", burst.shifts, _logical, logical=True),),
)
CLAIMS = (COMPARATORS, CONSERVES, RECURSION, CONSTANT, SHIFTS)
