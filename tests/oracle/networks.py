"""The networks of the files, rebuilt from the names and shapes of their parameters."""

from collections.abc import Sequence
from dataclasses import replace
from math import isqrt

import numpy as np
from oracle.ledger import Group

from refsnn.activations import QCFS
from refsnn.graph import INPUT, Graph, Node
from refsnn.ops import (
    Add,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Flatten,
    GlobalAvgPool,
    Linear,
    Op,
)

Levels = Sequence[int]


class Sketch:
    """Collects nodes and parameters; each method adds one and returns the name of its edge."""

    def __init__(self, levels: Levels, lambdas: np.ndarray) -> None:
        self.levels, self.lambdas = levels, lambdas
        self.nodes: list[Node] = []
        self.params: dict[str, np.ndarray] = {}
        self.acts: list[str] = []

    def add(self, name: str, op: Op, *inputs: str, **params: np.ndarray) -> str:
        self.nodes.append(Node(name, op, inputs))
        self.params.update({f"{name}.{key}": value for key, value in params.items()})
        return name

    def linear(self, name: str, source: str, weight: np.ndarray, bias: np.ndarray) -> str:
        return self.add(name, Linear(len(weight)), source, weight=weight, bias=bias)

    def conv(
        self, name: str, source: str, weight: np.ndarray, stride: int = 1, **bias: np.ndarray
    ) -> str:
        size = weight.shape[-1]
        op = Conv2d(len(weight), size, stride=stride, padding=(size - 1) // 2, bias=bool(bias))
        return self.add(name, op, source, weight=weight, **bias)

    def act(self, name: str, source: str) -> str:
        index = len(self.acts)
        self.acts.append(name)
        op = QCFS(int(self.levels[index]), as_released=True)
        return self.add(name, op, source, **{"lambda": self.lambdas[index].reshape(())})

    def graph(self, shape: tuple[int, ...]) -> Graph:
        return Graph(shape, tuple(self.nodes), self.params)


class Built:
    """A graph and the names of its activations, in the order of the file."""

    def __init__(self, graph: Graph, acts: Sequence[str]) -> None:
        self.graph, self.acts = graph, list(acts)

    def exact(self) -> Graph:
        """The same network without the released order of float operations."""
        nodes = (replace(n, op=_exact(n.op)) for n in self.graph.nodes)
        return Graph(self.graph.input_shape, tuple(nodes), self.graph.params)


def _exact(op: Op) -> Op:
    return replace(op, as_released=False) if isinstance(op, QCFS) else op


def mlp(group: Group, levels: Levels, lambdas: np.ndarray) -> Built:
    """Linear layers ``W{i}``, ``b{i}`` with an activation between any two."""
    sketch, source = Sketch(levels, lambdas), INPUT
    last = max(int(m[1]) for m in group.names(r"W(\d+)"))
    for i in range(last + 1):
        source = sketch.linear(f"fc{i}", source, group.use(f"W{i}"), group.use(f"b{i}"))
        if i < last:
            source = sketch.act(f"act{i}", source)
    return Built(sketch.graph(group.use("x").shape[1:]), sketch.acts)


def resnet(group: Group, levels: Levels, lambdas: np.ndarray, pool: int, eps: float) -> Built:
    """Stem, average pool of side ``pool``, residual blocks, global mean, linear."""
    sketch = Sketch(levels, lambdas)
    given = {m[1]: group.use(m[0]) for m in group.names(r"p_(.+)") if not m[1].endswith(".up")}
    x = group.use("x")
    edge = _conv_norm(sketch, given, "stem.0", "stem.1", INPUT, _stride(x.shape[-1], group, 0), eps)
    edge, side = sketch.act("stem.2", edge), _side(group, 0)
    if pool > 1:
        edge, side = sketch.add("pool", AvgPool2d(pool), edge), side // pool
    for block in blocks(group):
        stride = _stride(side, group, len(sketch.acts))
        edge, side = _block(sketch, given, block, edge, stride, eps), side // stride
    edge = sketch.add("mean", GlobalAvgPool(), edge)
    sketch.linear("fc", edge, given["fc.weight"], given["fc.bias"])
    return Built(sketch.graph(x.shape[1:]), sketch.acts)


def blocks(group: Group) -> list[str]:
    """Names of the residual blocks, in order."""
    return sorted({m[1] for m in group.names(r"p_(b\d+)\..+")}, key=lambda name: int(name[1:]))


def activations(group: Group) -> list[str]:
    """Names of a residual network's activations, in order: stem, then inner and outer of each."""
    inner_outer = [(f"{b}.residual_function.2", f"{b}.relu") for b in blocks(group)]
    return ["stem.2", *(name for pair in inner_outer for name in pair)]


def _block(
    sketch: Sketch, given: dict[str, np.ndarray], block: str, source: str, stride: int, eps: float
) -> str:
    def branch(conv: str, norm: str, source: str, stride: int) -> str:
        return _conv_norm(sketch, given, f"{block}.{conv}", f"{block}.{norm}", source, stride, eps)

    inner = branch("residual_function.0", "residual_function.1", source, stride)
    inner = sketch.act(f"{block}.residual_function.2", inner)
    outer = branch("residual_function.3", "residual_function.4", inner, 1)
    if f"{block}.shortcut.0.weight" in given:
        source = branch("shortcut.0", "shortcut.1", source, stride)
    return sketch.act(f"{block}.relu", sketch.add(f"{block}.add", Add(), outer, source))


def _conv_norm(
    sketch: Sketch,
    given: dict[str, np.ndarray],
    conv: str,
    norm: str,
    source: str,
    stride: int,
    eps: float,
) -> str:
    bias = {"bias": given[f"{conv}.bias"]} if f"{conv}.bias" in given else {}
    edge = sketch.conv(conv, source, given[f"{conv}.weight"], stride, **bias)
    start = norm + "."
    params = {k.removeprefix(start): v for k, v in given.items() if k.startswith(start)}
    return sketch.add(norm, BatchNorm(eps=eps), edge, **params) if params else edge


def _side(group: Group, act: int) -> int:
    """Height of an activation's output, from whichever of its fields the file has."""
    field = next(group.names(rf"(?:\w+_)?(?:cnt|snn_cum|v_end){act}"))
    return int(group.peek(field[0]).shape[-1])


def _stride(side: int, group: Group, act: int) -> int:
    return side // _side(group, act)


def vgg(group: Group, levels: Levels, lambdas: np.ndarray, eps: float) -> Built:
    """Convolutions with average pools where the shapes halve, then linear layers."""
    sketch, x = Sketch(levels, lambdas), group.use("x")
    edge, side = INPUT, x.shape[-1]
    convs = _in_order(group, r"conv(\d+)_w")
    for i, weight in enumerate(convs):
        edge, side = _pooled(sketch, edge, side, _side(group, i))
        edge = _conv_of_vgg(sketch, group, i, weight, edge, eps)
    weights = _in_order(group, r"fc(\d+)_w")
    area = weights[0].shape[1] // len(convs[-1])
    edge, _ = _pooled(sketch, edge, side, isqrt(area))
    edge = sketch.add("flatten", Flatten(), edge)
    for i, weight in enumerate(weights):
        edge = sketch.linear(f"fc{i}", edge, weight, group.use(f"fc{i}_b"))
        if i + 1 < len(weights):
            edge = sketch.act(f"act{len(sketch.acts)}", edge)
    return Built(sketch.graph(x.shape[1:]), sketch.acts)


def _conv_of_vgg(
    sketch: Sketch, group: Group, i: int, weight: np.ndarray, source: str, eps: float
) -> str:
    bias = {"bias": group.use(f"conv{i}_b")} if group.has(f"conv{i}_b") else {}
    edge = sketch.conv(f"conv{i}", source, weight, **bias)
    norm = {m[1]: group.use(m[0]) for m in group.names(rf"bn{i}_(\w+)")}
    edge = sketch.add(f"bn{i}", BatchNorm(eps=eps), edge, **norm) if norm else edge
    return sketch.act(f"act{i}", edge)


def _pooled(sketch: Sketch, edge: str, side: int, wanted: int) -> tuple[str, int]:
    """Average pool of whatever size takes ``side`` to ``wanted``."""
    if side == wanted:
        return edge, side
    return sketch.add(f"pool{len(sketch.nodes)}", AvgPool2d(side // wanted), edge), wanted


def _in_order(group: Group, pattern: str) -> list[np.ndarray]:
    found = sorted(group.names(pattern), key=lambda m: int(m[1]))
    return [group.use(m[0]) for m in found]
