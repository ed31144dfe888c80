"""A workload as one file that every implementation can read without this library.

The file holds the nodes of the network as plain words and numbers, weights as bytes, images, and
the logits of the NumPy engine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ALIASES = {
    "Conv2d": "conv", "Linear": "linear", "AvgPool2d": "pool", "Flatten": "flatten", "ReLU": "act",
    "Add": "add", "Scale": "scale", "GlobalAvgPool": "sum",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What is run."""

    nodes: list[dict[str, Any]]
    """name, kind, inputs; stride and padding of a convolution; theta of an activation."""
    params: dict[str, Any]
    x: Any
    """float32 (B, 3, 32, 32), integers."""
    steps: int
    logits: Any
    """Of the specification, (B, 10)."""

    def weight(self, name: str) -> Any:
        """float32."""
        return self.params[name].astype(np.float32)


def nodes_of(graph: Any, thetas: dict[str, int]) -> list[dict[str, Any]]:
    """The network in words."""
    made = []
    for node in graph.nodes:
        word = {"name": node.name, "kind": ALIASES[type(node.op).__name__]}
        word["inputs"] = list(node.inputs)
        if word["kind"] == "conv":
            word["stride"], word["padding"] = node.op.window.stride[0], node.op.window.padding[0]
        if word["kind"] == "act":
            word["theta"] = thetas[node.name]
        made.append(word)
    return made


def save(path: Path, graph: Any, thetas: dict[str, int], x: Any, steps: int, logits: Any) -> None:
    """Write a case."""
    found = {k.removesuffix(".weight"): v for k, v in graph.params.items()}
    params = {f"w_{name}": value.astype(np.int8) for name, value in found.items()}
    for name, value in found.items():
        assert np.array_equal(params[f"w_{name}"], value)
    nodes = json.dumps(nodes_of(graph, thetas))
    np.savez(path, nodes=nodes, steps=steps, x=x, logits=logits, **params)


def load(path: str) -> Case:
    """Read one."""
    with np.load(path) as file:
        params = {k[2:]: file[k] for k in file.files if k.startswith("w_")}
        nodes, steps = json.loads(str(file["nodes"])), int(file["steps"])
        return Case(nodes, params, file["x"], steps, file["logits"])
