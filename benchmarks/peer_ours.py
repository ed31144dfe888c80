"""This library on the same files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import workloads
from peer_cases import Case

from refsnn.engines import run_numba
from refsnn.snn import SNN


def network(case: Case) -> tuple[Any, dict[str, int]]:
    """The graph of the file, and thresholds."""
    kind = "vgg16" if any(node["kind"] == "pool" for node in case.nodes) else "resnet20"
    graph = workloads.NETWORKS[kind]({f"{k}.weight": case.weight(k) for k in case.params})
    thetas = {node["name"]: node["theta"] for node in case.nodes if node["kind"] == "act"}
    case.params.clear()
    return graph, thetas


def runner(snn: SNN, x: Any, **options: Any) -> Callable[[], Any]:
    return lambda: run_numba(snn, x, totals=True, small=0, **options).logits


def integers(case: Case) -> Callable[[], Any]:
    """int8 weights, each layer dense or event-driven."""
    graph, thetas = network(case)
    return runner(workloads.spiking(graph, case.steps, thetas), case.x)


def floats(case: Case) -> Callable[[], Any]:
    """float32 weights, event-driven."""
    graph, thetas = network(case)
    snn = workloads.spiking(graph, case.steps, thetas)
    return runner(snn, case.x, floats=True)


def pascal(case: Case) -> Callable[[], Any]:
    return runner(workloads.pascal(workloads.halved(*network(case))), case.x)


def bits(case: Case) -> Callable[[], Any]:
    return runner(workloads.bit_serial(workloads.halved(*network(case))), case.x)
