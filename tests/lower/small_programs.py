"""Helpers of the tests of integer programs."""

from __future__ import annotations

from itertools import product

import numpy as np
from laws.dyadic_networks import RATE_POOLS, graph_of, shapes

from fixedpoint.program import Layer, Program, Tap
from fixedpoint.synapses import Dense
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.lower import lower

ZERO = np.zeros((), np.int64)


def dense_program(weight, bias, neuron, fmt, frames=1, once=True, readout=None):
    """Input, one layer of neurons, a readout that adds up its spikes."""
    weight = np.asarray(weight, np.int64)
    readout = np.ones((1, len(weight)), np.int64) if readout is None else readout
    layers = (
        Layer(
            "hidden", (Tap("input", (Dense(weight),)),), np.asarray(bias, np.int64), neuron, once
        ),
        Layer("out", (Tap("hidden", (Dense(readout),)),), ZERO, None, once),
    )
    return Program(fmt, (weight.shape[1],), frames, layers)


def every_input(fmt, size):
    return np.array(list(product(range(fmt.low, fmt.high + 1), repeat=size)), np.int64)


def lowered(shape, seed, rate):
    graph, rng = graph_of(shape, seed), np.random.default_rng(seed)
    graph = graph.with_params({k: v * rng.uniform(0.6, 1.4) for k, v in graph.params.items()})
    method = QCFSConversion(steps=3) if rate else PascalConversion()
    return lower(method.convert(graph)[0], rng.integers(-8, 17, (2, 2, 4, 4)) / 8)


LOWERABLE = shapes(RATE_POOLS, per_channel=False)
