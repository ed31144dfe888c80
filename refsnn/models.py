"""Small networks to start from."""

from __future__ import annotations

from collections.abc import Callable

from refsnn.activations import QCFS, Activation, Clip, ReLU
from refsnn.activations.rates import RateNorm
from refsnn.errors import InputError, nearest
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.ops import Add, AvgPool2d, BatchNorm, Conv2d, Flatten, Linear, Op
from refsnn.typing import Shape

ACTS: dict[str, Callable[[int], Activation]] = {
    "qcfs": lambda levels: QCFS(levels=levels),
    "relu": lambda _levels: ReLU(),
    "clip": lambda _levels: Clip(),
    "ratenorm": lambda _levels: RateNorm(),
}


def activation(name: str, levels: int) -> Activation:
    """The activation of this name."""
    if name not in ACTS:
        raise InputError(
            f"unknown activation {name!r}", where="--act", fix=nearest(name, list(ACTS))
        )
    return ACTS[name](levels)


class Builder:
    """Collects nodes; each call adds one and returns its name."""

    def __init__(self, act: Activation) -> None:
        self.act = act
        self.nodes: list[Node] = []

    def add(self, name: str, op: Op, *inputs: str) -> str:
        """Add one node."""
        self.nodes.append(Node(name, op, inputs))
        return name

    def conv(self, index: int, channels: int, source: str, stride: int = 1) -> str:
        """3x3 convolution and batch norm."""
        conv = Conv2d(channels, 3, stride=stride, padding=1, bias=False)
        return self.add(f"bn{index}", BatchNorm(), self.add(f"conv{index}", conv, source))


def small_cnn(
    input_shape: Shape, classes: int, act: Activation, seed: int, width: int = 16
) -> Graph:
    """Conv-BN-activation, a residual block, average pooling, a convolution, two linear layers."""
    b = Builder(act)
    a0 = b.add("act0", act, b.conv(0, width, INPUT))
    a1 = b.add("act1", act, b.conv(1, width, a0))
    a2 = b.add("act2", act, b.add("add", Add(), b.conv(2, width, a1), a0))
    pooled = b.add("pool", AvgPool2d(2), a2)
    a3 = b.add("act3", act, b.conv(3, 2 * width, pooled))
    flat = b.add("flatten", Flatten(), b.add("pool2", AvgPool2d(2), a3))
    a4 = b.add("act4", act, b.add("fc0", Linear(2 * width), flat))
    b.add("fc1", Linear(classes), a4)
    return initialise(input_shape, b.nodes, seed)


def mlp(
    input_shape: Shape,
    classes: int,
    act: Activation,
    seed: int,
    width: int = 64,
    depth: int = 2,
    norm: bool = False,
) -> Graph:
    """``depth`` hidden linear layers, each with batch norm if asked, and a linear output."""
    b = Builder(act)
    edge = b.add("flatten", Flatten(), INPUT)
    for i in range(depth):
        edge = b.add(f"fc{i}", Linear(width), edge)
        edge = b.add(f"bn{i}", BatchNorm(), edge) if norm else edge
        edge = b.add(f"act{i}", act, edge)
    b.add(f"fc{depth}", Linear(classes), edge)
    return initialise(input_shape, b.nodes, seed)


NETWORKS: dict[str, Callable[..., Graph]] = {"cnn": small_cnn, "mlp": mlp}


def network(name: str, input_shape: Shape, classes: int, act: Activation, seed: int) -> Graph:
    """The network of this name with fresh parameters."""
    if name not in NETWORKS:
        raise InputError(
            f"unknown network {name!r}", where="--net", fix=nearest(name, list(NETWORKS))
        )
    return NETWORKS[name](input_shape, classes, act, seed)


__all__ = ["ACTS", "NETWORKS", "activation", "mlp", "network", "small_cnn"]
