"""Checks of the exercises of T19: each takes the learner's file, fails on the first wrong case."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from refsnn.activations import QCFS, ReLU
from refsnn.ann import activations, evaluate, logits
from refsnn.convert import Calibration
from refsnn.engines import run
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT, Node, initialise
from refsnn.io import load_snn, save_snn
from refsnn.models import small_cnn
from refsnn.neurons import IF
from refsnn.ops import Linear

IMAGES = np.random.default_rng(20250919).integers(0, 17, (12, 1, 8, 8)) / 16
LABELS = np.arange(12) % 3


def network(act):
    """A small network with batch norm, a shortcut and a pool."""
    return small_cnn((1, 8, 8), 3, act, seed=1, width=3)


def refused(kind, call):
    """Whether it raises this error and no other."""
    try:
        call()
    except kind:
        return True
    except Exception:
        return False
    return False


def tops(snn, x):
    """Largest input of every activation."""
    values = evaluate(snn.graph, x)
    return {node.name: values[node.inputs[0]].max() for node in activations(snn.graph)}


def builds(method):
    """What `build` makes, and what it refuses."""
    graph, calm = network(ReLU()), Calibration(IMAGES[:6])
    own = method(steps=5)
    assert refused(InputError, lambda: own.convert(graph)), "no images to be tuned on: InputError"
    wrong = refused(UnsupportedError, lambda: own.convert(network(QCFS(levels=4)), calm))
    assert wrong, "a QCFS network: UnsupportedError, as `support` says"
    flat = initialise((2,), (Node("fc", Linear(2), (INPUT,)),), 0)
    nothing = refused(UnsupportedError, lambda: own.convert(flat, Calibration(np.ones((4, 2)))))
    assert nothing, "a network without activations: UnsupportedError"
    snn, report = own.convert(graph, calm, Calibration(IMAGES, LABELS))
    for name, top in tops(snn, IMAGES[:6]).items():
        neuron = snn.neurons[name]
        said = f"{name}: theta is the largest activation, {top}, yours: {neuron.theta}"
        assert np.all(neuron.theta == top), said
        assert neuron == IF(theta=neuron.theta, v_init=0.0), f"{name}: IF, start 0, else by default"
    assert snn.input_frames == 5, f"steps = 5, yours: {snn.input_frames}"
    made = (snn.method, dict(snn.settings))
    assert made == ("own", {"steps": 5, "snap": None}), f"name and settings in the SNN: {made}"
    off = np.max(np.abs(logits(snn.graph, IMAGES) - logits(graph.astype(np.float64), IMAGES)))
    # folding a batch norm rounds
    assert off < 1e-9, f"the weights are those of the network; its logits moved by {off}"
    return snn, report


def snaps(method):
    """A grid asked for is a grid kept."""
    snn, report = method(steps=4, snap=6).convert(network(ReLU()), Calibration(IMAGES))
    for name, top in tops(snn, IMAGES).items():
        steps = np.asarray(snn.neurons[name].theta) * 2**6
        on = np.all(steps == np.ceil(top * 2**6))
        assert on, f"snap = 6, {name}: theta is the next multiple of 2^-6, yours: {steps} of them"
    level = report.evaluation.exactness.level
    assert level == "E", f"snap = 6: level E, yours: {level}, {report.evaluation.exactness.reason}"


FAULTS = {
    "starts at theta / 2": lambda neuron: IF(theta=neuron.theta),
    "starts at theta": lambda neuron: IF(theta=neuron.theta, v_init=1.25),
    "resets to zero": lambda neuron: IF(theta=neuron.theta, v_init=0.0, reset="zero"),
    "starts below": lambda neuron: IF(theta=neuron.theta, v_init=-0.5),
}


def judges(own, snn, report):
    """The claim holds, is about the network that is given, and can fail."""
    claim = report.claim
    assert claim.held, f"the right network: the claim is held, yours: {claim.observed}"
    assert claim.observed >= 0.4, f"the right network: about 1/2 is seen, yours: {claim.observed}"
    assert claim.statement == type(own).claim.statement, "judge gives `self.claim` as seen"
    for name, fault in FAULTS.items():
        for layer in snn.neurons:
            broken = replace(snn, neurons={**snn.neurons, layer: fault(snn.neurons[layer])})
            held = own.judge(broken, report.evaluation).held
            assert held is False, f"{layer} {name}: the claim must break, held is {held}"


def keeps(snn, report):
    """The report is JSON; a saved network is the same network."""
    body = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert body["claim_held"] is True, f"claim_held in the report: {body['claim_held']}"
    with tempfile.TemporaryDirectory() as folder:
        save_snn(path := Path(folder) / "snn.npz", snn)
        back = load_snn(path)
    same = np.array_equal(run(back, IMAGES).logits, run(snn, IMAGES).logits)
    assert same, "saved and loaded again it must give the same logits"


def exercise_2(work):
    """The contract of a method."""
    method = work.OwnMethod
    snn, report = builds(method)
    snaps(method)
    judges(method(steps=5), snn, report)
    keeps(snn, report)


def fired(z, theta, T, v=0, step=0, cap=10**9):
    """Spikes; ``step``: a change of theta, ``cap``: most spikes."""
    n = 0
    for _ in range(T):
        v = v + z
        if v >= theta + step and n < cap:
            v, n = v - theta, n + 1
    return n


JUDGED = {
    "silent at theta": lambda z, theta, T: 0 if z == theta else fired(z, theta, T),
    "fires at 0": lambda z, theta, T: 1 if z == 0 else fired(z, theta, T),
    "one spike too many in the middle": lambda z, theta, T: fired(z, theta, T) + (2 * z == theta),
    "two missing in the middle": lambda z, theta, T: fired(z, theta, T) - 2 * (2 * z == theta),
    "one spike at most": lambda z, theta, T: fired(z, theta, T, cap=1),
    "starts below": lambda z, theta, T: fired(z, theta, T, v=-1),
    "starts above": lambda z, theta, T: fired(z, theta, T, v=1),
    "theta one larger": lambda z, theta, T: fired(z, theta, T, step=1),
}


def exercise_3(work):
    """The judge lets nobody through, and those it let through are named."""
    for theta, T in ((16, 4), (10, 3), (8, 8)):
        for name, count in {**work.NEURONS, **JUDGED}.items():
            gaps = [T * z - theta * count(z, theta, T) for z in range(theta + 1)]
            true = all(0 <= gap <= theta for gap in gaps)
            got = bool(work.suspect(count, theta, T))
            said = f"neuron {name!r}, theta = {theta}, T = {T}: gaps {min(gaps)} ... {max(gaps)}"
            assert got == true, f"{said}: passes is {true}, yours: {got}"
    guilty = ["dead", "hard reset", "late by a step"]
    assert sorted(work.let_through) == guilty, "let_through: a neuron is missing or too many"


EXERCISES = {2: exercise_2, 3: exercise_3}
