"""Plausible wrong solutions of the exercises of T19: the checks must refuse each one."""

from dataclasses import asdict, replace

import numpy as np
from lesson_files import TUTORIALS, module

from refsnn.ann import activations
from refsnn.calibration.maxima import largest_inputs
from refsnn.convert.prepare import require_calibration
from refsnn.convert.rate_support import on_grid, placed, require_supported
from refsnn.neurons import IF, Readout, respond
from refsnn.snn import SNN

OwnMethod = module(TUTORIALS / "solutions" / "t19.py").OwnMethod


def own(**methods):
    """A solution of exercise 2 with some method replaced."""
    return {"OwnMethod": type("OwnMethod", (OwnMethod,), methods)}


def building(
    supported=True,
    data=lambda method, given: require_calibration(given, method.name, "largest activations"),
    tops=lambda graph, x, names: largest_inputs(graph, x, names),
    grid=on_grid,
    start=0.0,
    frames=lambda method: method.steps,
    settings=asdict,
    **neuron,
):
    """`build` with some part replaced."""

    def build(self, graph, calibration=None):
        if supported:
            require_supported(graph, self.name, self.support)
        images = data(self, calibration)
        found = tops(graph, images.x, [node.name for node in activations(graph)])
        neurons = placed(
            graph, grid(found, self.snap), lambda theta: IF(theta=theta, v_init=start, **neuron)
        )
        return SNN(graph, neurons, Readout(), frames(self), self.name, settings(self))

    return own(build=build)


def one_for_all(graph, x, names):
    found = largest_inputs(graph, x, names)
    return dict.fromkeys(found, max(found.values()))


def first_image(graph, x, names):
    return largest_inputs(graph, x[:1], names)


def scales_in_place(graph, x, names):
    """Changes the weights that it was given."""
    first = next(iter(graph.params.values()))
    first.flags.writeable = True
    first *= 0.5
    return largest_inputs(graph, x, names)


def gaps_of(neuron, steps, cells=16, top=1.0):
    theta = cells * steps
    z = np.arange(int(top * theta) + 1)
    scaled = replace(neuron, theta=np.asarray(theta))
    n = scaled.decode(respond(scaled, np.broadcast_to(z, (steps, len(z)))).spikes)
    return (steps * z - theta * n) / theta


def judging(seen, neurons=lambda method, snn: list(snn.neurons.values()), **drive):
    """`judge` with some part replaced; ``seen`` of the gaps of one neuron."""

    def judge(self, snn, evaluation):
        found = [seen(gaps_of(one, self.steps, **drive)) for one in neurons(self, snn)]
        return self.claim.seen(max(found))

    return own(judge=judge)


def farthest(gaps):
    return float(np.max(np.abs(gaps - 0.5)))


def fresh(method, snn):
    """Its own neurons, not those of the network."""
    return [IF(theta=neuron.theta, v_init=0.0) for neuron in snn.neurons.values()]


def another_claim(self, snn, evaluation):
    seen = max(farthest(gaps_of(neuron, self.steps)) for neuron in snn.neurons.values())
    return self.claim.seen(seen, bound=10.0)


def by_halves(self, snn, evaluation):
    """Right: in whole numbers to the end."""
    worst = 0
    theta = 20 * self.steps
    for neuron in snn.neurons.values():
        scaled = replace(neuron, theta=np.asarray(theta))
        for z in range(theta + 1):
            spikes = respond(scaled, np.full((self.steps, 1), z)).spikes
            worst = max(worst, abs(2 * (self.steps * z - theta * int(spikes.sum())) - theta))
    return self.claim.seen(worst / (2 * theta))


def proving(low=True, high=True, drives=lambda theta: range(theta + 1), spare=0):
    """A solution of exercise 3."""

    def suspect(count, theta, T):
        gaps = [T * z - theta * count(z, theta, T) for z in drives(theta)]
        return (not low or min(gaps) >= -spare) and (not high or max(gaps) <= theta + spare)

    return {"suspect": suspect}


WRONG = {
    2: {
        "no images needed": building(
            data=lambda method, given: given or type("Ones", (), {"x": np.ones((4, 1, 8, 8))})),
        "converts everything": building(supported=False),
        "a percentile": building(tops=lambda g, x, names: largest_inputs(g, x, names, 99.0)),
        "one theta for all": building(tops=one_for_all),
        "the first image only": building(tops=first_image),
        "changes the weights": building(tops=scales_in_place),
        "off the grid": building(grid=lambda tops, bits: tops),
        "grid rounds down": building(grid=lambda tops, bits: tops if bits is None else {
            name: np.floor(top * 2**bits) / 2**bits for name, top in tops.items()}),
        "starts at theta / 2": building(start=0.5),
        "hard reset": building(reset="zero"),
        "> for >=": building(compare="gt"),
        "steps of the default": building(frames=lambda method: 16),
        "no settings": building(settings=lambda method: {}),
        "a judge that is always content": own(judge=lambda self, snn, seen: self.claim.seen(0.0)),
        "a judge that is always content, and knows": own(
            judge=lambda self, snn, seen: self.claim.seen(0.5)),
        "a judge of its own neurons": judging(farthest, fresh),
        "a judge of the first layer": judging(
            farthest, lambda method, snn: list(snn.neurons.values())[:1]),
        "a judge of the last layer": judging(
            farthest, lambda method, snn: list(snn.neurons.values())[-1:]),
        "a judge of the mean": judging(lambda gaps: abs(float(np.mean(gaps)) - 0.5)),
        "a judge of one side": judging(lambda gaps: float(np.max(gaps)) - 0.5),
        "a judge of the other side": judging(lambda gaps: 0.5 - float(np.min(gaps))),
        "a judge of theta alone": judging(lambda gaps: abs(float(gaps[-1]) - 0.5)),
        "a judge that has not run": own(judge=lambda self, snn, seen: self.claim),
        "another bound": own(judge=another_claim),
    },
    3: {
        "as found": proving(high=False),
        "the other side only": proving(low=False),
        "theta only": proving(drives=lambda theta: [theta]),
        "not theta": proving(drives=lambda theta: range(theta)),
        "not 0": proving(drives=lambda theta: range(1, theta + 1)),
        "every second drive": proving(drives=lambda theta: range(1, theta + 1, 2)),
        "a little more is fine": proving(spare=1),
        "a little less is not": proving(spare=-1),
        "passes nobody": {"suspect": lambda count, theta, T: False},
        "nobody named": {"let_through": []},
        "one that keeps the claim": {
            "let_through": ["dead", "late by a step", "hard reset", "> for >="]},
        "the dead only": {"let_through": ["dead"]},
    },
}  # fmt: skip
RIGHT = {
    2: {
        "a judge in whole numbers": own(judge=by_halves),
        "a finer judge": judging(farthest, cells=64),
    },
    3: {"in another order": {"let_through": ["dead", "hard reset", "late by a step"]}},
}
"""Other ways to be right: the checks must accept them."""
