"""The claims about the shipped RTL, and what its planted faults do on the integer models."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from fixedpoint.models import IntIF, IntNeuron, IntPascal
from fixedpoint.models_accumulate import IntAccumulate
from fixedpoint.models_bit_serial import IntBitSerial
from fixedpoint.neurons import run_neuron
from fixedpoint.proofs.base import Claim, Replay, Witness
from fixedpoint.proofs.rtl import control, proves
from fixedpoint.proofs.rtl_benches import ACCUMULATE, BIT_SERIAL, IF, PASCAL
from fixedpoint.proofs.steps import After, bit_step, drain_step
from fixedpoint.proofs.variants import level, missing, shortened, train, with_step
from fixedpoint.register import Register
from fixedpoint.schedule import EMIT, RELAX

NEEDS = ("yosys", "yosys-smtbmc")
INDUCTION = "k-induction on the RTL (Yosys, k = 2), end reached"


def _missing(witness: Witness, **setting: Any) -> Replay:
    make = partial(IntIF, theta=witness["theta"], v_init=witness["v_init"])
    faulty, sound = (missing(one, witness) for one in (make(**setting), make()))
    return Replay(0, faulty, witness["missing"], sound)


def _level(witness: Witness, top: int, binary: bool, sound: IntNeuron, faulty: IntNeuron) -> Replay:
    model, right = (_sent(neuron, witness, binary) for neuron in (faulty, sound))
    return Replay(level(witness, top), model, witness["emitted"], right)


def _sent(neuron: IntNeuron, witness: Witness, binary: bool) -> int:
    spikes = run_neuron(neuron, train(witness)).spikes[:, 0]
    worth = 1 << np.arange(len(spikes) - 1, -1, -1) if binary else np.ones(len(spikes), np.int64)
    return int((spikes * worth).sum())


def _facts(witness: Witness, t_out: int) -> dict[str, Any]:
    return {name: witness[name] for name in ("theta", "v_init")} | {"t_out": t_out}


def _accumulate(witness: Witness) -> Replay:
    t_out = ACCUMULATE.parameters["T_OUT"]
    sound = IntAccumulate(**_facts(witness, t_out))

    def step(v: Any, n: Any, *_: Any) -> After:
        return drain_step(v, n, witness["theta"], strict=True)

    return _level(witness, t_out, False, sound, with_step(sound, EMIT, step))


def _bit_serial(witness: Witness) -> Replay:
    t_out = BIT_SERIAL.parameters["T_OUT"]
    sound = IntBitSerial(**_facts(witness, t_out))

    def step(v: Any, n: Any, _: Any, t: int) -> After:
        return bit_step(v, n, witness["theta"], 1 << (t_out - t), strict=True)

    return _level(witness, (1 << t_out) - 1, True, sound, with_step(sound, EMIT, step))


def _pascal(witness: Witness) -> Replay:
    t_out = PASCAL.parameters["T_OUT"]
    sound = IntPascal(**_facts(witness, t_out))
    return _level(witness, t_out, False, sound, shortened(sound, RELAX))


CHARGE = Claim(
    name="rtl-if",
    statement="if_neuron.v neither loses charge nor leaves its register, samples back to back.",
    formula="v + theta count = v_init + sum I at every clock; abs(v) <= 64 + 128 t",
    method=INDUCTION,
    bounds="11-bit membrane, 8-bit input, T = 4, abs(v_init) <= 64, all 0 < theta < 1024",
    prove=proves(IF),
    controls=(
        control(
            "membrane of 10 bits", IF, ("", ""),
            partial(_missing, membrane=Register(10, "wrap")), W=10, THETA_MAX=1,
        ),
        control(
            "reset to zero", IF, (": sum - theta;", ": {W{1'b0}};"), partial(_missing, reset="zero")
        ),
    ),
    needs=NEEDS,
)  # fmt: skip
COUNT = Claim(
    name="rtl-accumulate",
    statement="accumulate_neuron.v emits the level, samples back to back.",
    formula="spikes = count = clip(floor((v_init + sum I) / theta), 0, T_out)",
    method=INDUCTION,
    bounds="12-bit membrane, 8-bit input, T_in = T_out = 4, abs(v_init) <= 64, 0 < theta < 1024",
    prove=proves(ACCUMULATE),
    controls=(
        control(
            "> for >=", ACCUMULATE, ("emit && (v >= theta)", "emit && (v > theta)"), _accumulate
        ),
    ),
    needs=NEEDS,
)
BITS = Claim(
    name="rtl-bit-serial",
    statement="bit_serial_neuron.v emits the binary word of the level, samples back to back.",
    formula="sum 2^(T - t) s(t) = count = clip(floor((v_init + sum I) / theta), 0, 2^T - 1)",
    method=INDUCTION,
    bounds="12-bit membrane, 8-bit input, T = 4, abs(v_init) <= 64, 0 < theta < 128",
    prove=proves(BIT_SERIAL),
    controls=(control("> for >=", BIT_SERIAL, ("v >= threshold", "v > threshold"), _bit_serial),),
    needs=NEEDS,
)
RELAXED = Claim(
    name="rtl-pascal",
    statement="pascal_neuron.v emits the level for every order of the input, samples back to back.",
    formula="spikes = clip(floor((v_init + sum I) / theta), 0, T_out)",
    method=INDUCTION,
    bounds="12-bit membrane, 8-bit input, T_in = T_out = 4, abs(v_init) <= 64, 0 < theta < 1024",
    prove=proves(PASCAL),
    controls=(control("one relaxing step fewer", PASCAL, ("", ""), _pascal, T_RELAX=2),),
    needs=NEEDS,
)
CLAIMS = (CHARGE, COUNT, BITS, RELAXED)
