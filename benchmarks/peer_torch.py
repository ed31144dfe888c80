"""The same network in PyTorch, SpikingJelly and snnTorch: each as its own guides write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from peer_cases import Case

Run = Callable[[], Any]


def weights(case: Case) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(case.weight(name)) for name in case.params}


def apply(node: dict[str, Any], w: Any, *x: torch.Tensor) -> torch.Tensor:
    """Everything but activations, on (N, ...)."""
    kind = node["kind"]
    if kind == "conv":
        return F.conv2d(x[0], w, stride=node["stride"], padding=node["padding"])
    if kind == "linear":
        return F.linear(x[0], w)
    if kind == "pool":
        return F.avg_pool2d(x[0], 2)
    if kind == "sum":
        return x[0].sum((2, 3))
    if kind == "scale":
        return x[0] * w
    return x[0] + x[1] if kind == "add" else x[0].flatten(1)


def walk(case: Case, x: torch.Tensor, w: dict[str, Any], act: Callable[..., Any]) -> torch.Tensor:
    """Every node in turn; ``act(node, input)`` is an activation."""
    edges = {"input": x}
    final = {name: i for i, node in enumerate(case.nodes) for name in node["inputs"]}
    for i, node in enumerate(case.nodes):
        given = [edges[name] for name in node["inputs"]]
        weight = w.get(node["name"])
        found = act(node, *given) if node["kind"] == "act" else apply(node, weight, *given)
        edges = {name: edge for name, edge in edges.items() if final[name] > i}
        edges[node["name"]] = found
    return found


def last(x: torch.Tensor) -> torch.Tensor:
    """Channels last, if it is an image."""
    return x.to(memory_format=torch.channels_last) if x.ndim == 4 else x


def ann(case: Case) -> Run:
    """One pass with ReLU in float32."""
    x, w = torch.from_numpy(case.x), weights(case)
    return lambda: walk(case, x, w, lambda _, value: torch.relu(value))


def ann_bf16(case: Case) -> Run:
    """One pass in bfloat16, channels last (AMX where the processor has it)."""
    x = last(torch.from_numpy(case.x).bfloat16())
    w = {k: last(v.bfloat16()) for k, v in weights(case).items()}
    return lambda: walk(case, x, w, lambda _, value: torch.relu(value)).float()


def fold(case: Case) -> Run:
    """Time folded into the batch, channels last, the constant first layer once, in place."""
    x = last(torch.from_numpy(case.x))
    w = {k: last(v) for k, v in weights(case).items()}
    batch, steps = len(x), case.steps

    def act(node: dict[str, Any], current: torch.Tensor) -> torch.Tensor:
        still = len(current) == batch and steps > 1
        shape = (steps * batch, *current.shape[1:])
        layout = torch.channels_last if current.ndim == 4 else torch.contiguous_format
        spikes = torch.empty(shape, memory_format=layout)
        theta = float(node["theta"])
        v = torch.full_like(current[:batch], theta / 2)
        for t in range(steps):
            rows = slice(t * batch, (t + 1) * batch)
            v.add_(current if still else current[rows])
            torch.ge(v, theta, out=spikes[rows])
            v.sub_(spikes[rows], alpha=theta)
        return spikes

    def run() -> torch.Tensor:
        out = walk(case, x, w, act)
        return out.reshape(steps, batch, -1).sum(0)

    return run


def spikingjelly(case: Case) -> Run:
    """Multi-step mode: its layers fold time, its neurons loop over it."""
    from spikingjelly.activation_based import functional, neuron

    x, w = torch.from_numpy(case.x), weights(case)
    nodes = {
        node["name"]: neuron.IFNode(v_threshold=float(node["theta"]), v_reset=None, step_mode="m")
        for node in case.nodes
        if node["kind"] == "act"
    }
    layers = torch.nn.ModuleDict(nodes)
    folded = functional.seq_to_ann_forward

    def run() -> torch.Tensor:
        functional.reset_net(layers)
        for node in nodes.values():
            node.v = node.v_threshold / 2
        edges: dict[str, Any] = {"input": x.unsqueeze(0).repeat(case.steps, 1, 1, 1, 1)}
        for node in case.nodes:
            name, given = node["name"], [edges[source] for source in node["inputs"]]
            if node["kind"] == "act":
                edges[name] = layers[name](*given)
            elif node["kind"] == "add":
                edges[name] = given[0] + given[1]
            else:
                weight = w.get(name)
                edges[name] = folded(given[0], lambda value, n=node, m=weight: apply(n, m, value))
        return edges[name].sum(0)

    return run


def snntorch(case: Case) -> Run:
    """A loop over time. Its neuron fires above a threshold: theta - 1/8 (averages
    are quarters); the reset is done here."""
    import snntorch as snn

    x, w = torch.from_numpy(case.x), weights(case)
    nodes = {
        node["name"]: snn.Leaky(beta=1.0, threshold=node["theta"] - 0.125, reset_mechanism="none")
        for node in case.nodes
        if node["kind"] == "act"
    }

    def run() -> torch.Tensor:
        membranes: dict[str, Any] = {}
        total: Any = 0

        def act(node: dict[str, Any], current: torch.Tensor) -> torch.Tensor:
            name, theta = node["name"], float(node["theta"])
            before = membranes.get(name)
            before = torch.full_like(current, theta / 2) if before is None else before
            spikes, after = nodes[name](current, before)
            membranes[name] = after - theta * spikes
            return spikes

        for _ in range(case.steps):
            total = total + walk(case, x, w, act)
        return total

    return run
