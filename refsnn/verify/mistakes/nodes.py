"""Mistakes in operations and in the layout of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from refsnn.engines import Case
from refsnn.graph import INPUT, Graph, Node
from refsnn.ops import AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d
from refsnn.typing import Array
from refsnn.verify.mistakes.base import NodeMistake

Params = Mapping[str, Array] | None


def _turned(_case: Case, graph: Graph, node: Node) -> Params:
    if not isinstance(node.op, Conv2d):
        return None
    return {"weight": graph.of(node.name)["weight"][..., ::-1, ::-1]}


def _transposed(_case: Case, graph: Graph, node: Node) -> Params:
    if not isinstance(node.op, Conv2d):
        return None
    weight = graph.of(node.name)["weight"]
    return {"weight": weight.swapaxes(-1, -2)} if weight.shape[-1] == weight.shape[-2] else None


def _in_and_out(_case: Case, graph: Graph, node: Node) -> Params:
    if not isinstance(node.op, Conv2d | Linear):
        return None
    weight = graph.of(node.name)["weight"]
    return {"weight": weight.swapaxes(0, 1)} if weight.shape[0] == weight.shape[1] else None


def _channels_reversed(_case: Case, graph: Graph, node: Node) -> Params:
    if not isinstance(node.op, Conv2d) or node.inputs != (INPUT,) or node.op.groups > 1:
        return None
    return {"weight": graph.of(node.name)["weight"][:, ::-1]}


def _flattened_last(_case: Case, graph: Graph, node: Node) -> Params:
    """A linear layer behind a flattened image, its columns read as (H, W, C)."""
    source = next((n for n in graph.nodes if n.name == node.inputs[0]), None)
    if not isinstance(node.op, Linear) or source is None or not isinstance(source.op, Flatten):
        return None
    shape = graph.shapes[source.inputs[0]]
    if len(shape) != 3:
        return None
    weight, (channels, height, width) = graph.of(node.name)["weight"], shape
    as_last = weight.reshape(-1, height, width, channels).transpose(0, 3, 1, 2)
    return {"weight": as_last.reshape(weight.shape)}


def _no_bias(_case: Case, graph: Graph, node: Node) -> Params:
    params = graph.of(node.name)
    return {"bias": np.zeros_like(params["bias"])} if "bias" in params else None


def _unshifted(case: Case, graph: Graph, node: Node) -> Params:
    """The bias that a batch norm became enters with each of the T steps."""
    steps = case.snn.frames[node.inputs[0]]
    readers = [n for n in graph.nodes if n.name in case.snn.neurons]
    late = any(case.snn.neurons[n.name].semantics.bias_plan == "once" for n in readers)
    if node.name not in case.norms or steps == 1 or not late:
        return None
    return {"bias": steps * graph.of(node.name)["bias"]}


def _sum_pool(_case: Case, _graph: Graph, node: Node) -> Node | None:
    if not isinstance(node.op, AvgPool2d) or node.op.area == 1:
        return None
    return replace(node, op=replace(node.op, divisor=1))


def _average_pool(_case: Case, _graph: Graph, node: Node) -> Node | None:
    if isinstance(node.op, AvgPool2d) and node.op.divisor is not None:
        return replace(node, op=replace(node.op, divisor=None))
    if isinstance(node.op, MaxPool2d) and node.op.padding in (0, (0, 0)):
        return replace(node, op=AvgPool2d(node.op.kernel, node.op.stride))
    return None


CONV, LINEAR = "Conv2d", "Conv2d or Linear with a square matrix"
NODES: tuple[NodeMistake, ...] = (
    NodeMistake("kernel-turned", "kernels are turned by half a turn", CONV, change=_turned),
    NodeMistake(
        "kernel-transposed", "kernels have height and width swapped", CONV, change=_transposed
    ),
    NodeMistake("matrix-transposed", "inputs and outputs are swapped", LINEAR, change=_in_and_out),
    NodeMistake(
        "input-channels-reversed", "channels of the image come in reversed order", CONV,
        change=_channels_reversed,
    ),
    NodeMistake(
        "flattened-channels-last", "an image is flattened as (H, W, C), not (C, H, W)",
        "Linear behind Flatten", change=_flattened_last,
    ),
    NodeMistake("no-bias", "the bias is left out", "Conv2d, Linear", change=_no_bias),
    NodeMistake(
        "norm-not-shifted", "the shift of a batch norm enters in full in each of the T steps",
        "BatchNorm before neurons whose bias enters once", change=_unshifted,
    ),
    NodeMistake(
        "sums-pool", "a pool sums where it should average", "AvgPool2d", change=_sum_pool
    ),
    NodeMistake(
        "averages-pool", "a pool averages where it should sum, or take the maximum",
        "AvgPool2d that sums, MaxPool2d", change=_average_pool,
    ),
)  # fmt: skip
