"""The compiled engine against the NumPy engine.

Run it with ``OPENBLAS_NUM_THREADS=1 python benchmarks/engines.py``.
Before its time counts every pair is compared, number for number: trains of neurons, logits and
counts of networks. Times are medians of interleaved runs.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version

import numpy as np

from refsnn.activations import QCFS
from refsnn.ann import evaluate
from refsnn.convert import METHODS, Calibration, PascalConversion, QCFSConversion
from refsnn.datasets import digits
from refsnn.engines import Run, run, run_numba
from refsnn.engines.kernels import bound
from refsnn.engines.layer import Layer
from refsnn.engines.propagate import Chunk, fire
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.models import activation, small_cnn
from refsnn.neurons import NEURONS, Neuron
from refsnn.ops import Add, Conv2d, GlobalAvgPool, Linear
from refsnn.snn import SNN
from refsnn.typing import Array

ROUNDS = 7


def medians(runs: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Milliseconds of each, run in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, work in runs.items():
            start = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - start)
    return {name: float(np.median(found)) * 1e3 for name, found in seconds.items()}


def must_equal(a: Run, b: Run) -> None:
    np.testing.assert_array_equal(a.logits, b.logits)
    for name, counts in a.counts.items():
        np.testing.assert_array_equal(counts, b.counts[name])


def resnet20(levels: int) -> Graph:
    """3x3x16 stem, three stages of three blocks, spatial mean, 64-10; weights in 1/16."""
    nodes: list[Node] = []

    def add(kind: str, op: object, *inputs: str) -> str:
        nodes.append(Node(f"{kind}{len(nodes)}", op, inputs))  # type: ignore[arg-type]
        return nodes[-1].name

    def conv(channels: int, kernel: int, stride: int, source: str) -> str:
        op = Conv2d(channels, kernel, stride=stride, padding=kernel // 2, bias=False)
        return add("conv", op, source)

    def act(source: str) -> str:
        return add("act", QCFS(levels=levels), source)

    top, width = act(conv(16, 3, 1, INPUT)), 16
    for channels in (16, 16, 16, 32, 32, 32, 64, 64, 64):
        stride = 1 if channels == width else 2
        inner = conv(channels, 3, 1, act(conv(channels, 3, stride, top)))
        short = top if stride == 1 else conv(channels, 1, stride, top)
        top, width = act(add("add", Add(), inner, short)), channels
    add("fc", Linear(10), add("mean", GlobalAvgPool(), top))
    graph = initialise((3, 32, 32), nodes, 0)
    params = {
        name: np.asarray(8.0) if name.endswith("lambda") else np.round(value * 16) / 16
        for name, value in graph.params.items()
    }
    return graph.with_params(params)


def row(name: str, ms: dict[str, float]) -> None:
    print(f"| {name} | " + " | ".join(f"{value:.1f}" for value in ms.values()), end=" |")
    first, *rest = ms.values()
    print(" " + ", ".join(f"{first / value:.2f}x" for value in rest) + " |", flush=True)


def digits_methods() -> None:
    print("\n| digits CNN, 297 images, float64: method | numpy ms | numba ms | numpy/numba |")
    print("|---|---|---|---|")
    split = digits().test
    x = split.x.astype(np.float64).reshape(len(split.x), 1, 8, 8) / 16
    data = Calibration(x[:64], split.y[:64])
    for name, method in METHODS.items():
        op = activation(method.source["act"], method.source["levels"])
        snn = method().convert(small_cnn((1, 8, 8), 10, op, 0), data)[0]
        must_equal(run(snn, x), run_numba(snn, x, small=0))
        row(name, medians(both(snn, x)))


def both(snn: SNN, x: Array) -> dict[str, Callable[[], object]]:
    return {"numpy": lambda: run(snn, x), "numba": lambda: run_numba(snn, x, small=0)}


def resnets() -> None:
    engines = "ann | numpy | numba | numba totals | numba 2 threads"
    print(f"\n| ResNet-20, 32x32, T = 8 | {engines} | ann / each |")
    print("|---|---|---|---|---|---|---|")
    graph = resnet20(8)
    for samples, dtype in ((1, "f4"), (32, "f4"), (32, "f8")):
        x = np.random.default_rng(1).integers(0, 64, (samples, 3, 32, 32)).astype(dtype) / 16
        x = x.astype(dtype)
        for method in (QCFSConversion(steps=8), PascalConversion()):
            snn = method.convert(graph)[0]
            runs = all_of(snn, x)
            must_equal(run(snn, x), run_numba(snn, x, totals=True, small=0))
            must_equal(run(snn, x), run_numba(snn, x, threads=2, small=0))
            must_equal(run(snn, x), run_numba(snn, x, small=0))
            row(f"{method.name} B={samples} {x.dtype}", medians(runs, 5 if samples > 1 else 15))


def all_of(snn: SNN, x: Array) -> dict[str, Callable[[], object]]:
    return {
        "ann": lambda: evaluate(snn.graph, x),
        "numpy": lambda: run(snn, x),
        "numba": lambda: run_numba(snn, x, small=0),
        "totals": lambda: run_numba(snn, x, small=0, totals=True),
        "threads": lambda: run_numba(snn, x, small=0, threads=2),
    }


SETTINGS: dict[str, dict[str, object]] = {
    "Pascal": {"t_out": 8}, "PascalFirst": {"t_out": 8}, "BitSerial": {"t_out": 8},
    "AdaFire": {"phi": 4}, "ShiftedIF": {"t_ref": 8},
    "LIF": {"tau": np.asarray(5.0), "integration": "exact"},
}  # fmt: skip


def neurons() -> None:
    print("\n| 16 x 65536 neurons, T = 8, float32 | numpy ns/step | numba ns/step | numpy/numba |")
    print("|---|---|---|---|")
    currents = np.random.default_rng(0).normal(0.2, 0.5, (8, 16, 65536)).astype(np.float32)
    bias = np.zeros((1, 65536), np.float32)
    for kind, cls in NEURONS.items():
        made: dict[str, object] = {} if kind == "Readout" else {"theta": np.asarray(1.0)}
        neuron = cls(**made, **SETTINGS.get(kind, {}))  # type: ignore[arg-type]
        runs = {
            "numpy": partial(specified, neuron, currents, bias),
            "numba": partial(kernel, neuron, currents, bias),
        }
        wanted, got = specified(neuron, currents, bias), kernel(neuron, currents, bias)
        wanted = wanted.sum(axis=0, keepdims=True) if kind == "Readout" else wanted
        np.testing.assert_array_equal(np.concatenate(got, axis=1), wanted)
        ms = medians(runs, 3)
        row(kind, {name: value * 1e6 / currents.size for name, value in ms.items()})


def specified(neuron: Neuron, currents: Array, bias: Array) -> Array:
    return fire("n", neuron, currents, bias, {}, Chunk({}, {}, {}, {}, {}), None)


def kernel(neuron: Neuron, currents: Array, bias: Array) -> list[Array]:
    """A sample at a time, as the engine does it, its values included."""
    made = bound(neuron, currents.shape[2:], currents.dtype)
    assert made is not None
    layer = Layer.of(made, neuron, currents.shape[1:], len(currents), bias, None)
    for b in range(currents.shape[1]):
        layer.drive(currents[:, b : b + 1], b)
    signal = layer.close(Chunk({}, {}, {}, {}, {}), "n")
    return [signal.rows(slice(b, b + 1)) for b in range(currents.shape[1])]


def main() -> None:
    names = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba"))
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "default")
    print(f"{platform.machine()}, {os.cpu_count()} cores, {names}, OpenBLAS threads {threads}")
    neurons()
    digits_methods()
    resnets()


if __name__ == "__main__":
    main()
