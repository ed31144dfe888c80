"""Which tensor of a PyTorch state dict is which parameter of a graph.

Rules of names and axes, one table: PyTorch and this project agree on the order of all axes, so the
table says which axes each expects, and what else is recognised as the same layer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from refsnn.errors import InputError
from refsnn.graph import Graph
from refsnn.typing import Array, Shape


class Rule(NamedTuple):
    """A parameter of ours, and what its axes mean in both."""

    ours: str
    axes: str


RULES: dict[str, dict[str, Rule]] = {
    "Linear": {"weight": Rule("weight", "out, in"), "bias": Rule("bias", "out")},
    "Conv2d": {"weight": Rule("weight", "out, in/groups, kh, kw"), "bias": Rule("bias", "out")},
    "ConvTranspose2d": {"weight": Rule("weight", "in, out, kh, kw"), "bias": Rule("bias", "out")},
    "BatchNorm": {
        key: Rule(key, "channel") for key in ("weight", "bias", "running_mean", "running_var")
    },
    "QCFS": {"thresh": Rule("lambda", "one number"), "lambda": Rule("lambda", "")},
}
"""Operation to (name in the state dict to parameter). Other operations: the same names."""
IGNORED = ("num_batches_tracked",)
WRAPPERS = ("module.", "_orig_mod.", "model.", "net.", "network.")
"""Prefixes that wrappers put before every name."""


@dataclass(frozen=True)
class Target:
    """Where a tensor or a module goes: a parameter or a node of ours, its axes permuted."""

    to: str
    axes: tuple[int, ...] | None = None


Names = Mapping[str, Target | None]
"""Name of a tensor, or of a module, to its target; None: leave it out."""


def fit(graph: Graph, tensors: Mapping[str, Array], names: Names | None = None) -> Graph:
    """The graph with its parameters taken from a state dict.

    Raises
    ------
    InputError
        Names every parameter without a tensor, every tensor without a parameter, and every pair
        whose shapes differ.
    """
    names = {} if names is None else names
    tensors = _unwrapped(graph, tensors, names)
    found: dict[str, Array] = {}
    unused, misshaped = [], []
    for name, tensor in tensors.items():
        target = _target(graph, name, names)
        if target is None:
            continue
        if target.to not in graph.params:
            unused.append(f"{name} {tensor.shape}")
            continue
        if target.to in found:
            raise InputError("two tensors for one parameter", where=target.to, got=name)
        found[target.to] = turned(name, tensor, target, graph.params[target.to].shape)
        if found[target.to].shape != graph.params[target.to].shape:
            wanted = f"{graph.params[target.to].shape}{_axes(graph, target.to)}"
            misshaped.append(f"{target.to}: expected {wanted}, got {name} {tensor.shape}")
    missing = [f"{n} {v.shape}" for n, v in graph.params.items() if n not in found]
    _complain({"missing": missing, "unused": unused, "misshaped": misshaped})
    for name in names:
        if not any(t == name or t.startswith(f"{name}.") for t in tensors):
            raise InputError("name of no tensor", where="--map", got=name)
    return graph.with_params(found)


def turned(name: str, tensor: Array, target: Target, shape: Shape) -> Array:
    """The tensor with its axes as ours; axes of length one are dropped or added."""
    if target.axes is not None:
        if sorted(target.axes) != list(range(tensor.ndim)):
            got = f"axes {target.axes} of {tensor.shape}"
            raise InputError("not a permutation", where=f"--map, {name}", got=got)
        tensor = tensor.transpose(target.axes)
    if tensor.size == int(np.prod(shape)) and _squeezed(tensor.shape) == _squeezed(shape):
        tensor = tensor.reshape(shape)
    return tensor


def load_names(path: str | Path) -> Names:
    """Names as JSON: ``{"theirs": "ours", "x": null, "y": {"to": "fc", "axes": [1, 0]}}``."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError("names cannot be read", where=str(path), got=error) from error
    if not isinstance(data, dict):
        raise InputError("names are no JSON object", where=str(path))
    return {name: _named(f"{path}, {name}", value) for name, value in data.items()}


def _named(where: str, value: Any) -> Target | None:
    if value is None or isinstance(value, str):
        return None if value is None else Target(value)
    said = value if isinstance(value, dict) else {}
    axes, to = said.get("axes"), said.get("to")
    whole = isinstance(axes, list) and all(type(axis) is int for axis in axes)
    if not whole or not isinstance(to, str) or len(said) != 2:
        expected = 'a name, null, or {"to": name, "axes": [...]}'
        raise InputError("not a target", where=where, expected=expected, got=value)
    return Target(to, tuple(axes or ()))


def _target(graph: Graph, name: str, names: Names) -> Target | None:
    """Where a tensor goes; None: nowhere, on purpose. The whole name counts before its module."""
    module, _, key = name.rpartition(".")
    if key in IGNORED:
        return None
    if name in names:
        return names[name]
    asked = names.get(module, Target(module))
    if asked is None:
        return None
    return Target(f"{asked.to}.{_ours(graph, asked.to, key)}", asked.axes)


def _ours(graph: Graph, node: str, key: str) -> str:
    rules = RULES.get(_kind(graph, node), {})
    return rules[key].ours if key in rules else key


def _kind(graph: Graph, node: str) -> str:
    found = [type(n.op).__name__ for n in graph.nodes if n.name == node]
    return found[0] if found else ""


def _axes(graph: Graph, parameter: str) -> str:
    node, _, key = parameter.rpartition(".")
    rules = {rule.ours: rule.axes for rule in RULES.get(_kind(graph, node), {}).values()}
    return f" ({rules[key]})" if rules.get(key) else ""


def _squeezed(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)


def _unwrapped(graph: Graph, tensors: Mapping[str, Array], names: Names) -> Mapping[str, Array]:
    """Without the prefix that a wrapper put before every name."""
    nodes = {node.name for node in graph.nodes}
    for _ in WRAPPERS:
        known = any(t in names or t.rpartition(".")[0] in {*nodes, *names} for t in tensors)
        prefix = next((p for p in WRAPPERS if all(t.startswith(p) for t in tensors)), None)
        if known or prefix is None:
            break
        tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def _complain(lists: Mapping[str, list[str]]) -> None:
    told = [f"{what}: {', '.join(found)}" for what, found in lists.items() if found]
    if told:
        raise InputError(
            "tensors do not fit the graph",
            got="; ".join(told),
            fix='say which is which: --map names.json with {"theirs": "ours", ...}',
        )
