"""The other tool of T19: trains a ResNet-20 on the digits and writes it as an ONNX file.

It stands for whatever framework your network comes from; nothing of it is needed for yours.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from refsnn.activations import ReLU
from refsnn.datasets import Split
from refsnn.graph import INPUT, Graph, initialise
from refsnn.models import Builder
from refsnn.ops import Add, BatchNorm, Conv2d, GlobalAvgPool, Linear
from refsnn.train import Training, train

KINDS = {
    "Conv2d": "Conv", "BatchNorm": "BatchNormalization", "ReLU": "Relu", "Add": "Add",
    "GlobalAvgPool": "GlobalAveragePool", "Linear": "Gemm",
}  # fmt: skip
PARAMS = ("weight", "bias", "running_mean", "running_var")


def block(b: Builder, index: int, source: str, width: int, stride: int) -> str:
    """Two 3x3 convolutions, and the way around them: a 1x1 convolution where the size changes."""
    first = b.add(f"act{index}", b.act, b.conv(index, width, source, stride))
    last = b.conv(index + 1, width, first)
    if stride > 1:
        way = b.add(f"way{index}", Conv2d(width, 1, stride=stride, bias=False), source)
        source = b.add(f"bnway{index}", BatchNorm(), way)
    return b.add(f"act{index + 1}", b.act, b.add(f"add{index}", Add(), last, source))


def resnet20(width: int = 4) -> Graph:
    """A stem, three stages of three blocks, a linear layer (He et al., CVPR 2016), 8x8 pixels."""
    b = Builder(ReLU())
    last, index = b.add("act0", b.act, b.conv(0, width, INPUT)), 1
    for stage in range(3):
        for stride in ((1, 2)[stage > 0], 1, 1):
            last = block(b, index, last, width << stage, stride)
            index += 2
    b.add("fc", Linear(10), b.add("pool", GlobalAvgPool(), last))
    return initialise((1, 8, 8), b.nodes, 0)


def trained(data: Split, epochs: int = 4) -> Graph:
    """The network after some epochs."""
    return train(resnet20(), data.prepared(), data.y, Training(epochs=epochs)).graph


def write_onnx(graph: Graph, path: Path) -> None:
    """The file that the other tool leaves behind. Needs the package onnx."""
    from onnx import TensorProto, helper, numpy_helper

    made = []
    for node in graph.nodes:
        op, kind = node.op, type(node.op).__name__
        own = [f"{node.name}.{name}" for name in PARAMS if f"{node.name}.{name}" in graph.params]
        extra = {
            "Conv2d": {"strides": _pair(op, "stride"), "pads": 2 * _pair(op, "padding")},
            "BatchNorm": {"epsilon": getattr(op, "eps", None)},
            "Linear": {"transB": 1},
        }.get(kind, {})
        ends_at = f"{node.name}.map" if kind == "GlobalAvgPool" else node.name
        made.append(helper.make_node(KINDS[kind], [*node.inputs, *own], [ends_at], **extra))
        if kind == "GlobalAvgPool":  # theirs keeps two empty axes
            made.append(helper.make_node("Flatten", [ends_at], [node.name]))
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])]
        for name, shape in ((INPUT, graph.input_shape), (graph.output, (10,)))
    ]
    weights = [numpy_helper.from_array(np.float32(v), name) for name, v in graph.params.items()]
    whole = helper.make_graph(made, "resnet20", *ends, weights)
    opset = [helper.make_opsetid("", 17)]
    path.write_bytes(helper.make_model(whole, opset_imports=opset).SerializeToString())


def _pair(op: object, name: str) -> list[int]:
    """Height and width of a setting of a convolution."""
    value = getattr(op, name, 0)
    return [value, value] if isinstance(value, int) else list(value)
