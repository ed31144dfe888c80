"""What this machine does: layers of spikes in billions of operations a second, next to BLAS.

A layer of T frames counts as T dense products (two operations each), however few of its inputs
have spikes: that is what a dense framework would have to do. One thread.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from refsnn import __version__
from refsnn.activations import ReLU
from refsnn.blas import single_threaded
from refsnn.engines import run, run_numba
from refsnn.graph import INPUT, Graph, Node
from refsnn.neurons import IF, Readout
from refsnn.ops import Conv2d, GlobalAvgPool, Linear
from refsnn.snn import SNN
from refsnn.tell import Tell, silent
from refsnn.typing import Array

KIND = "refsnn/bench/1"
LAYERS = ((64, 32), (128, 16), (256, 8), (512, 4))
"""Channels in and out, height and width; 3 x 3."""
SGEMM = 1024
Works = dict[str, Callable[[], Any]]


@dataclass(frozen=True, kw_only=True)
class BenchJob:
    """What is measured."""

    steps: int = 8
    rate: float = 0.1
    """Part of the inputs that spikes in a frame."""
    rounds: int = 7


class Row(NamedTuple):
    """A kernel on a layer."""

    layer: str
    kernel: str
    ms: float
    gops: float
    """Dense-equivalent 10**9 operations a second."""
    of_sgemm: float


def run_bench(job: BenchJob, tell: Tell = silent) -> dict[str, Any]:
    """Measure everything; plain JSON values. Results are compared before their times count."""
    from refsnn.engines.simd import cpu

    with single_threaded() as alone:
        ceiling = 2 * SGEMM**3 / 1e9 / _seconds({"sgemm": sgemm()}, job.rounds)["sgemm"]
        rows = []
        for channels, size in LAYERS:
            tell(f"{channels} channels, {size} x {size}")
            rows += layer_rows(job, channels, size, ceiling)
        tell("a network")
        network = network_row(job)
    machine = platform.processor() or platform.machine()
    return {
        "format": KIND, "refsnn": __version__, "machine": machine,
        "numpy": np.__version__, "threads": 1 if alone else None, "byte_dot": cpu.has_dot(),
        "steps": job.steps, "rate": job.rate, "sgemm_gflops": ceiling,
        "rows": [row._asdict() for row in rows], "network": network,
    }  # fmt: skip


def sgemm() -> Callable[[], Any]:
    """The product of two square matrices, float32."""
    a, b = np.random.default_rng(0).random((2, SGEMM, SGEMM), np.float32)
    out = np.empty_like(a)
    return partial(np.matmul, a, b, out=out)


def layer_rows(job: BenchJob, channels: int, size: int, ceiling: float) -> list[Row]:
    """The dense and the event-driven kernel on one layer, whose trains must be equal."""
    works, trains = kernels(job, channels, size)
    for work in works.values():
        work()
    assert np.array_equal(trains["dense"], trains["events"])
    seconds = _seconds(works, job.rounds)
    operations = 2 * 9 * channels**2 * size**2 * job.steps / 1e9
    name = f"{channels} to {channels} at {size} x {size}"
    return [
        Row(name, kernel, 1e3 * one, operations / one, operations / one / ceiling)
        for kernel, one in seconds.items()
    ]


def kernels(job: BenchJob, channels: int, size: int) -> tuple[Works, dict[str, Array]]:
    """Both kernels on random spikes and weights, and where they write."""
    from refsnn.engines import simd

    rng = np.random.default_rng(channels)
    shape = (job.steps, 1, channels, size, size)
    train = simd.to_words((rng.random(shape) < job.rate).astype(np.uint8))
    weights = rng.integers(-127, 127, (channels, channels, 3, 3), np.int8, endpoint=True)
    reading = simd.Reading((channels, size, size), (1, 1), (3, 3), (1, 1), (1, 1), (1, 1))
    theta = int(73 * np.sqrt(9 * channels * job.rate)) + 1
    p = np.stack([simd.per_output(v, channels, np.int32) for v in (theta // 2, theta, theta, 0)])
    vectors = simd.up(channels, simd.LANES) // simd.LANES
    works: Works = {}
    trains: dict[str, Array] = {}
    for name, run_layer, pack in (
        ("dense", simd.dense_frames, simd.for_tiles),
        ("events", simd.event_frames, simd.for_events),
    ):
        packed = pack(weights)
        nothing = (train[:0], simd.nothing(), packed[:0], train[:0], np.zeros(0, np.int32))
        trains[name] = out = np.zeros_like(train)
        rest = (*nothing, p, vectors, 0, out)
        works[name] = partial(run_layer, train, reading.numbers(), packed, *rest)
    return works, trains


def network_row(job: BenchJob) -> dict[str, Any]:
    """A small network of integers in the specification and in the compiled engine."""
    snn = integer_network(job.steps)
    x = np.random.default_rng(0).integers(0, 256, (4, 3, 32, 32)).astype(np.float64) / 256
    works: Works = {
        "numpy": partial(run, snn, x), "numba": partial(run_numba, snn, x, totals=True, small=0)
    }  # fmt: skip
    wanted, got = (work() for work in works.values())
    assert np.array_equal(wanted.logits, got.logits)
    seconds = _seconds(works, max(3, job.rounds // 2))
    return {
        "network": "three convolutions of 32 channels, 4 images",
        "numpy_ms": 1e3 * seconds["numpy"],
        "numba_ms": 1e3 * seconds["numba"],
        "faster": seconds["numpy"] / seconds["numba"],
    }


def integer_network(steps: int) -> SNN:
    """Weights in 1/64; every third channel is inhibited."""
    rng, nodes, params, top, c = np.random.default_rng(1), [], {}, INPUT, 3
    for i in range(3):
        nodes.append(Node(f"conv{i}", Conv2d(32, 3, padding=1, bias=False), (top,)))
        params[f"conv{i}.weight"] = rng.integers(-24, 25, (32, c, 3, 3)) / 64
        nodes.append(Node(f"act{i}", ReLU(), (f"conv{i}",)))
        top, c = f"act{i}", 32
    nodes += [Node("sum", GlobalAvgPool(divisor=1), (top,))]
    nodes += [Node("fc", Linear(10, bias=False), ("sum",))]
    params["fc.weight"] = rng.integers(-24, 25, (10, 32)) / 64
    neurons = {f"act{i}": IF(theta=np.asarray(1.0)) for i in range(3)}
    return SNN(Graph((3, 32, 32), tuple(nodes), params), neurons, Readout(kind="sum"), steps)


def _seconds(works: Works, rounds: int) -> dict[str, float]:
    """Medians of processor time, all in turns: what else runs on the machine hardly counts."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            start = time.process_time()
            work()
            found[name].append(time.process_time() - start)
    return {name: float(np.median(one)) for name, one in found.items()}
