"""The networks that benchmarks run: VGG-16 and ResNet-20 at 32 x 32, small integers throughout.

Weights are ``clip(round(N(0, 30)), -127, 127)``, spikes are worth one, thresholds are even
integers, found layer by layer so that a given fraction of neurons fires in a step. Every sum of
float32 is then exact, and every correct implementation has the same logits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from refsnn.activations import ReLU
from refsnn.codings import constant
from refsnn.engines import run_frames
from refsnn.graph import INPUT, Graph, Node
from refsnn.neurons import LIF, BitSerial, Neuron, Pascal, Readout
from refsnn.ops import Add, AvgPool2d, Conv2d, Flatten, GlobalAvgPool, Linear, Op, Scale
from refsnn.snn import SNN
from refsnn.typing import Array, Params

CALIBRATION_SEED, CALIBRATION_SAMPLES, CALIBRATION_STEPS = 7, 2, 8
HALVINGS = 22


class Builder:
    """Nodes and weights, given or drawn in the order in which they are added."""

    def __init__(self, given: Params | None) -> None:
        self.rng, self.nodes = np.random.default_rng(0), list[Node]()
        self.params: dict[str, Array] = {}
        self.given = given

    def add(self, kind: str, op: Op, *inputs: str) -> str:
        self.nodes.append(Node(f"{kind}{len(self.nodes)}", op, inputs))
        return self.nodes[-1].name

    def weights(self, name: str, *shape: int) -> str:
        if self.given is not None:
            self.params[f"{name}.weight"] = self.given[f"{name}.weight"]
            return name
        drawn = np.clip(np.round(self.rng.normal(0, 30, shape)), -127, 127)
        self.params[f"{name}.weight"] = drawn.astype(np.float32)
        return name

    def conv(self, source: str, c: int, co: int, k: int = 3, stride: int = 1) -> str:
        op = Conv2d(co, k, stride=stride, padding=k // 2, bias=False)
        return self.weights(self.add("conv", op, source), co, c, k, k)

    def linear(self, source: str, c: int, co: int) -> str:
        return self.weights(self.add("fc", Linear(co, bias=False), source), co, c)

    def act(self, source: str) -> str:
        return self.add("act", ReLU(), source)

    def graph(self) -> Graph:
        return Graph((3, 32, 32), tuple(self.nodes), self.params)


def vgg16(given: Params | None = None) -> Graph:
    """13 convolutions, 2 x 2 averages, 512-4096-4096-10; 332 M products a step."""
    made, top, c = Builder(given), INPUT, 3
    plan = "64 64 A 128 128 A 256 256 256 A 512 512 512 A 512 512 512 A"
    for word in plan.split():
        if word == "A":
            top = made.add("pool", AvgPool2d(2), top)
        else:
            top, c = made.act(made.conv(top, c, int(word))), int(word)
    top = made.add("flatten", Flatten(), top)
    for co in (4096, 4096):
        top, c = made.act(made.linear(top, c, co)), co
    made.linear(top, c, 10)
    return made.graph()


def resnet20(given: Params | None = None) -> Graph:
    """A stem and nine blocks of 16, 32, 64 channels; identity shortcuts add 100 a spike; 41 M."""
    made, width = Builder(given), 16
    top = made.act(made.conv(INPUT, 3, width))
    for co in (16, 16, 16, 32, 32, 32, 64, 64, 64):
        stride = 1 if co == width else 2
        inner = made.conv(made.act(made.conv(top, width, co, 3, stride)), co, co)
        if stride == 1:
            short = made.add("scale", Scale(), top)
            made.params[f"{short}.weight"] = np.asarray(100, np.float32)
        else:
            short = made.conv(top, width, co, 1, stride)
        top, width = made.act(made.add("add", Add(), inner, short)), co
    made.linear(made.add("sum", GlobalAvgPool(divisor=1), top), width, 10)
    return made.graph()


NETWORKS: dict[str, Callable[..., Graph]] = {"vgg16": vgg16, "resnet20": resnet20}


def images(count: int, seed: int = 1) -> Array:
    """Smooth noise, integers in 0..230, float32 (B, 3, 32, 32)."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((count, 3, 8, 8))
    place = (np.arange(32) + 0.5) / 4 - 0.5
    low = np.clip(np.floor(place), 0, 7).astype(int)
    high, part = np.clip(low + 1, 0, 7), np.clip(place - low, 0, 1)
    rows = coarse[:, :, low] * (1 - part)[:, None] + coarse[:, :, high] * part[:, None]
    fine = rows[..., low] * (1 - part) + rows[..., high] * part
    noise = 0.15 * rng.random((count, 3, 32, 32))
    return np.round((fine + noise) * 200).astype(np.float32)


def spiking(graph: Graph, steps: int, thetas: dict[str, int]) -> SNN:
    """Integrate and fire from theta / 2, ``>=``, soft reset, spikes of one."""
    acts = [node.name for node in graph.nodes if isinstance(node.op, ReLU)]
    neurons = {
        name: LIF(theta=np.asarray(thetas.get(name, 2)), v_init=0.5, worth=np.asarray(1.0))
        for name in acts
    }
    return SNN(graph, neurons, Readout(kind="sum"), steps)


def calibrated(graph: Graph, rate: float) -> dict[str, int]:
    """Thresholds at which each layer fires at ``rate``, given the layers before it."""
    x = images(CALIBRATION_SAMPLES, CALIBRATION_SEED)
    thetas: dict[str, int] = {}
    for name in [node.name for node in graph.nodes if isinstance(node.op, ReLU)]:
        currents = currents_of(spiking(graph, CALIBRATION_STEPS, thetas), x, name)
        thetas[name] = threshold(currents, rate)
    return thetas


def currents_of(snn: SNN, x: Array, name: str) -> Array:
    """Input of one layer, frame by frame, in a network that ends there."""
    short = ending_at(snn, snn.graph.node(name).inputs[0])
    outcome = run_frames(short, constant(x, snn.input_frames), record=[short.graph.output])
    return outcome.traces[short.graph.output].current


def ending_at(snn: SNN, name: str) -> SNN:
    """The part of a network that this edge depends on."""
    wanted, nodes = {name}, list[Node]()
    for node in reversed(snn.graph.nodes):
        if node.name in wanted:
            nodes.append(node)
            wanted.update(node.inputs)
    names = {node.name for node in nodes}
    params = {k: v for k, v in snn.graph.params.items() if k.rpartition(".")[0] in names}
    neurons = {k: v for k, v in snn.neurons.items() if k in names}
    graph = Graph(snn.graph.input_shape, tuple(reversed(nodes)), params)
    return replace(snn, graph=graph, neurons=neurons)


def threshold(currents: Array, rate: float) -> int:
    """The even integer at which this fraction of neurons fires, by halving its logarithm."""
    low, high = 2.0, float(8 * max(2.0, np.abs(currents).max()))
    for _ in range(HALVINGS):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if firing_rate(currents, even(middle)) > rate else (low, middle)
    return even(np.sqrt(low * high))


def even(value: float) -> int:
    return max(2, 2 * round(value / 2))


def firing_rate(currents: Array, theta: int) -> float:
    v, spikes = np.full(currents.shape[1:], theta / 2, np.float32), 0
    for current in currents:
        v = v + current
        fired = v >= theta
        v -= np.float32(theta) * fired
        spikes += int(fired.sum())
    return spikes / currents.size


def halved(graph: Graph, thetas: dict[str, int]) -> Graph:
    """Weights over the power of two next to each threshold: every neuron has threshold one.

    The image comes once, not in each of eight steps: the first layer's weights grow by eight.
    """
    params, scales = dict(graph.params), {}
    for node in graph.nodes:
        if isinstance(node.op, ReLU):
            scale = np.float32(2.0 ** -round(np.log2(thetas[node.name])))
            scales.update(dict.fromkeys(weighted(graph, node.inputs[0]), scale))
    scales[graph.nodes[0].name] *= 8
    for name, scale in scales.items():
        params[f"{name}.weight"] = params[f"{name}.weight"] * scale
    return graph.with_params(params)


def weighted(graph: Graph, name: str) -> list[str]:
    """The nodes with weights whose sum is this edge."""
    node = graph.node(name)
    if isinstance(node.op, Add):
        return [found for source in node.inputs for found in weighted(graph, source)]
    return [name] if f"{name}.weight" in graph.params else weighted(graph, node.inputs[0])


def accumulating(graph: Graph, neuron: Callable[[], Neuron]) -> SNN:
    """Exact schemes: one neuron for all activations, each layer waits for its total charge."""
    neurons = {node.name: neuron() for node in graph.nodes if isinstance(node.op, ReLU)}
    return SNN(graph, neurons, Readout(kind="sum", bias_plan="once"), 1)


def pascal(graph: Graph) -> SNN:
    """Spike accumulation, T = 8."""
    return accumulating(graph, lambda: Pascal(theta=np.asarray(1.0), t_out=8))


def bit_serial(graph: Graph) -> SNN:
    """Three bits."""
    return accumulating(graph, lambda: BitSerial(theta=np.asarray(1.0), t_out=3))
