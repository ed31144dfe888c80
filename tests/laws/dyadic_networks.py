"""Random small networks on a dyadic grid: level E, so that every comparison is bit for bit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from refsnn.activations import QCFS
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.ops import Add, AvgPool2d, Concat, Conv2d, Flatten, GlobalAvgPool, Linear, MaxPool2d

SIZE = 4
"""Images are 2 x SIZE x SIZE."""
CHANNELS = 3


class Shape(NamedTuple):
    """What a random network is made of."""

    levels: tuple[int, ...]
    """L of every activation, repeated as needed."""
    residual: bool = True
    pool: str = "avg"
    concat: bool = False
    per_channel: bool = False
    theta_bits: int = 2
    """Thresholds are multiples of ``2**-theta_bits``."""


def graph_of(shape: Shape, seed: int, tie_lambda: bool = False) -> Graph:
    """The network; with ``tie_lambda`` lambda is dyadic too, whatever L."""
    nodes = nodes_of(shape)
    graph = initialise((2, SIZE, SIZE), nodes, seed)
    return graph.with_params(dyadic_params(graph, shape, np.random.default_rng(seed), tie_lambda))


def nodes_of(shape: Shape) -> list[Node]:
    """Convolution, residual block, joint, pool, convolution, linear layer."""
    made: list[Node] = []

    def add(name, op, *inputs):
        made.append(Node(name, op, inputs))
        return name

    def act(index, source):
        return add(f"act{index}", QCFS(levels=shape.levels[index % len(shape.levels)]), source)

    def conv(index, source):
        return add(f"conv{index}", Conv2d(CHANNELS, 3, padding=1), source)

    top = first = act(0, conv(0, INPUT))
    if shape.residual:
        inner = act(1, conv(1, top))
        top = act(2, add("add", Add(), conv(2, inner), first))
    if shape.concat:
        top = add("concat", Concat(), top, first)
    if shape.pool == "avg":
        top = add("pool", AvgPool2d(2), top)
    elif shape.pool == "max":
        top = add("pool", MaxPool2d(2, stride=1, padding=1), top)
    top = act(3, conv(3, top))
    if shape.pool == "global":
        top = add("global", GlobalAvgPool(), top)
    else:
        top = add("flatten", Flatten(), top)
    add("fc", Linear(3), top)
    return made


def dyadic_params(graph, shape, rng, tie_lambda):
    """Weights are multiples of 1/4, thetas of ``2**-theta_bits``, a few of each value."""
    params = {}
    for name, value in graph.params.items():
        node, _, key = name.rpartition(".")
        if key == "lambda":
            size = (CHANNELS,) if shape.per_channel else ()
            theta = rng.integers(1, 2 ** (shape.theta_bits + 1) + 1, size) * 2.0**-shape.theta_bits
            params[name] = np.asarray(theta if tie_lambda else theta * graph.node(node).op.levels)
        else:
            params[name] = rng.integers(-4, 5, value.shape) / 4
    return params


def images(seed: int, count: int = 3) -> np.ndarray:
    """Multiples of 1/8 in [-1, 2]."""
    return np.random.default_rng(seed).integers(-8, 17, (count, 2, SIZE, SIZE)) / 8


def shapes(pools=("none", "avg", "max", "global"), **fixed):
    """Networks with any mixture of levels."""
    free = {
        "levels": st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple),
        "residual": st.booleans(),
        "pool": st.sampled_from(pools),
        "concat": st.booleans(),
        "per_channel": st.booleans(),
    }
    free.update({key: st.just(value) for key, value in fixed.items()})
    return st.fixed_dictionaries(free).map(lambda kw: convertible(Shape(**kw)))


def convertible(shape: Shape) -> Shape:
    """Maximum pooling must read a neuron: no concatenation before it."""
    return shape._replace(concat=shape.concat and shape.pool != "max")


SEEDS = st.integers(0, 10_000)
RATE_POOLS = ("none", "avg", "global")
"""Maximum pooling has no meaning in a rate coded network."""
