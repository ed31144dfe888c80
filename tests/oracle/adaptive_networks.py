"""The networks of ``adaptive_calibration.npz``, rebuilt from the names of their parameters."""

from typing import NamedTuple

import numpy as np
from oracle.ledger import Group

from refsnn.activations import ReLU
from refsnn.graph import INPUT, Graph, Node
from refsnn.ops import Add, AvgPool2d, BatchNorm, Conv2d, Flatten, GlobalAvgPool, Linear, Op


class Built(NamedTuple):
    """A graph, and the activation of each layer that the file calls spiking, in its order."""

    graph: Graph
    acts: dict[str, str]


class Sketch:
    """Collects nodes; parameters are those of the file, under the same names."""

    def __init__(self, params: dict[str, np.ndarray]) -> None:
        self.params, self.nodes = params, []

    def add(self, name: str, op: Op, *inputs: str) -> str:
        self.nodes.append(Node(name, op, inputs))
        return name

    def conv(self, name: str, source: str, stride: int = 1) -> str:
        weight = self.params[f"{name}.weight"]
        size, bias = weight.shape[-1], f"{name}.bias" in self.params
        op = Conv2d(len(weight), size, stride, (size - 1) // 2, bias=bias)
        return self.add(name, op, source)

    def linear(self, name: str, source: str) -> str:
        return self.add(name, Linear(len(self.params[f"{name}.weight"])), source)

    def norm(self, name: str, source: str) -> str:
        return self.add(name, BatchNorm(), source)

    def act(self, layer: str, source: str) -> str:
        return self.add(f"act of {layer}", ReLU(), source)


def build(group: Group) -> Built:
    """A perceptron, a residual network or a chain of convolutions, by its names."""
    params = {m[1]: group.use(m[0]) for m in group.names(r"ann\.(.+)")}
    layers = [str(name) for name in group.use("layers")]
    sketch = Sketch(params)
    if any(name.startswith("classifier.") for name in params):
        perceptron(sketch, layers)
    elif "conv1.weight" in params:
        residual(sketch, group)
    else:
        chain(sketch)
    shape = group.peek("eval_x").shape[1:]
    return Built(Graph(shape, tuple(sketch.nodes), params), {k: f"act of {k}" for k in layers})


def numbers(params: dict[str, np.ndarray], start: str = "") -> list[int]:
    """Indices of the modules that have weights."""
    names = (k.removeprefix(start) for k in params if k.startswith(start))
    return sorted({int(k.split(".")[0]) for k in names if k.endswith(".weight")})


def perceptron(sketch: Sketch, layers: list[str]) -> None:
    source = INPUT
    modules = [f"classifier.{i}" for i in numbers(sketch.params, "classifier.")]
    for i, module in enumerate(modules):
        source = sketch.linear(module, source)
        if i < len(layers):
            source = sketch.act(layers[i], source)


def chain(sketch: Sketch) -> None:
    source, flat = INPUT, False
    modules = numbers(sketch.params)
    for i in modules:
        weight = sketch.params[f"{i}.weight"]
        if weight.ndim == 4:
            source = sketch.conv(str(i), source)
            if i + 1 in modules:
                source = sketch.norm(str(i + 1), source)
            source = sketch.add(f"pool of {i}", AvgPool2d(2), sketch.act(str(i), source))
        elif weight.ndim == 2:
            source = source if flat else sketch.add("flatten", Flatten(), source)
            source, flat = sketch.linear(str(i), source), True


def residual(sketch: Sketch, group: Group) -> None:
    source = sketch.act("conv1", sketch.norm("bn1", sketch.conv("conv1", INPUT)))
    blocks = sorted({k.rpartition(".conv1.")[0] for k in sketch.params if ".conv1." in k})
    for block in blocks:
        source = _block(sketch, block, source)
    sketch.linear("fc", sketch.add("mean", GlobalAvgPool(), source))


def _block(sketch: Sketch, block: str, source: str) -> str:
    down = f"{block}.downsample.0"
    stride = 2 if f"{down}.weight" in sketch.params else 1
    inner = sketch.norm(f"{block}.bn1", sketch.conv(f"{block}.conv1", source, stride))
    inner = sketch.act(f"{block}.conv1", inner)
    outer = sketch.norm(f"{block}.bn2", sketch.conv(f"{block}.conv2", inner))
    if stride == 2:
        source = sketch.norm(f"{block}.downsample.1", sketch.conv(down, source, stride))
    return sketch.act(f"{block}.conv2", sketch.add(f"{block}.sum", Add(), outer, source))
